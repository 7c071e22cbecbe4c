import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { describeCamera, openCamera, testSize } from '../daemon/perception/camera/camera-reader.contract.ts';
import type { CameraReader } from '../daemon/perception/camera/camera-reader.ts';
import { findCameraTools } from '../daemon/perception/camera/camera-tools.ts';
import { type CameraProgramPlan, planCamera } from '../daemon/perception/camera/pipelines.ts';
import { processesWith, zombies } from './harness/fake-camera.ts';
import { type RtspCamera, startRtspCamera } from './harness/rtsp-camera.ts';
import { elementsAreThere, ffmpegIsThere } from './harness/tools.ts';

const elements = 'rtspsrc rtpjpegpay rtpjpegdepay rtpstreampay rtpjitterbuffer jpegenc jpegdec gdppay decodebin'.split(
  ' ',
);
const hasElements = elementsAreThere(elements);
const hasFfmpeg = ffmpegIsThere();
const tools = await findCameraTools();
const onlyFfmpeg = { elements: undefined, ffmpeg: true, jpegDecoder: undefined };

const open: { reader: CameraReader }[] = [];
const started: RtspCamera[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ reader }) => reader.stop()));
  await Promise.all(started.map((camera) => camera.left()));
  expect(zombies()).toEqual([]);
});
afterAll(async () => {
  await Promise.all(started.map((camera) => camera.kill()));
});

async function start(options?: Parameters<typeof startRtspCamera>[0]): Promise<RtspCamera> {
  const camera = await startRtspCamera(options);
  started.push(camera);
  return camera;
}

function plan(camera: RtspCamera, { by = tools, path = '/live', user = '' } = {}): CameraProgramPlan {
  const url = `rtsp://${user}127.0.0.1:${camera.port}${path}`;
  return planCamera({ kind: 'rtsp', url }, testSize, by, []);
}

function read(camera: CameraProgramPlan): ReturnType<typeof openCamera> {
  const opened = openCamera(camera);
  open.push(opened);
  return opened;
}

for (const { name, by, isThere, pictures } of [
  { name: 'GStreamer', by: tools, isThere: hasElements, pictures: 12 },
  // It leaves out those that it learns by how the stream is made: a second's, or so.
  { name: 'ffmpeg', by: onlyFfmpeg, isThere: hasElements && hasFfmpeg, pictures: 90 },
]) {
  const title = `a network camera, read by ${name}`;
  // What a group that is skipped consists of is asked all the same, and nothing can be planned without the tools.
  if (!isThere) {
    it.skip(title);
    continue;
  }
  describe(title, async () => {
    const endless = plan(await start(), { by });
    const short = plan(await start({ pictures }), { by });
    describeCamera({
      name: `${endless.command[0]} of a network camera`,
      framing: endless.framing,
      endless: endless.command,
      short: short.command,
    });

    it('is scaled to the size that is asked for', async () => {
      const { nextFrame, states } = read(plan(await start({ size: { widthPx: 128, heightPx: 96 } }), { by }));
      const frame = await nextFrame();
      expect(frame).toMatchObject({ widthPx: testSize.widthPx, heightPx: testSize.heightPx });
      frame.release();
      // A busy machine may hold the pictures up for a moment.
      expect(states.map(({ state }) => state).filter((state) => state !== 'stalled')).toEqual([
        'starting',
        'streaming',
      ]);
    });

    it('falls silent, and its connection stays open: told as stalled, ended, tried again; it speaks again: it is back', async () => {
      const camera = await start();
      const { nextFrame, nextState, nextStateSaying } = read(plan(camera, { by }));
      const first = await nextFrame();
      first.release();
      camera.hush();
      await nextStateSaying('stalled', /no picture for/);
      await nextStateSaying('failed', /the network camera rtsp:\/\/127\.0\.0\.1:\d+\/live was ended: no picture for/);
      camera.speak();
      await nextState('streaming');
      const later = await nextFrame();
      expect(later.frameId).toBeGreaterThan(first.frameId);
      later.release();
    });

    it('loses its power: told, tried with back-off as long as it is gone, and back when it is', async () => {
      const camera = await start();
      const { nextFrame, nextState, nextStateSaying, states } = read(plan(camera, { by }));
      (await nextFrame()).release();
      await camera.kill();
      await nextStateSaying('failed', /cannot be reached\. Right would be its address/);
      const waits = () =>
        states.flatMap(({ text }) => /started again in ([\d.]+) s/.exec(text ?? '')?.[1] ?? []).map(Number);
      while (waits().length < 4) await nextState('failed');
      expect(waits().slice(0, 4)).toEqual([0.02, 0.04, 0.08, 0.1]);
      await camera.revive();
      await nextState('streaming');
      (await nextFrame()).release();
    });

    it('wants a password: said in words, and never shown one that is given', async () => {
      const camera = await start({ credential: { user: 'teacher', password: 'chalk' } });
      expect(await read(plan(camera, { by })).nextState('failed')).toMatch(
        /wants a user and a password\. Right would be/,
      );
      const wrong = read(plan(camera, { by, user: 'teacher:chark@' }));
      const told = await wrong.nextState('failed');
      expect(told).toMatch(/wants a user and a password/);
      expect(told).not.toContain('chark');
      const { nextFrame } = read(plan(camera, { by, user: 'teacher:chalk@' }));
      (await nextFrame()).release();
    });

    it('has no such stream: said in words', async () => {
      const { nextState } = read(plan(await start(), { by, path: '/other' }));
      expect(await nextState('failed')).toMatch(/answers, and has no such stream\. Right would be the path/);
    });

    it('is left without a process when the reader stops, also while it is silent', async () => {
      const camera = await start();
      const { nextFrame, reader, nextState } = read(plan(camera, { by }));
      (await nextFrame()).release();
      const words = `127.0.0.1:${camera.port}/live`;
      expect(processesWith(words)).not.toEqual([]);
      camera.hush();
      await nextState('stalled');
      await reader.stop();
      expect(processesWith(words)).toEqual([]);
    });
  });
}
