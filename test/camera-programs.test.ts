import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type CameraUnderTest,
  describeCamera,
  openCamera,
  testSize,
} from '../daemon/perception/camera/camera-reader.contract.ts';
import type { CameraReader } from '../daemon/perception/camera/camera-reader.ts';
import { planCamera } from '../daemon/perception/camera/pipelines.ts';
import { resolveCamera } from '../daemon/perception/camera/resolve-camera.ts';
import { fake, processesWith, zombies } from './harness/fake-camera.ts';

const { widthPx, heightPx, framesPerSecond } = testSize;

describeCamera({ name: 'fake, stamped', framing: 'stamped', endless: fake('stream'), short: fake('some') });
describeCamera({
  name: 'fake, raw',
  framing: 'raw',
  endless: fake('stream', { framing: 'raw' }),
  short: fake('some', { framing: 'raw' }),
});

/** Programs of the system: where one is missing its tests are skipped, but not where the project is checked. */
function describeSystemCamera(
  program: string,
  camera: { endless: string[]; short: string[]; framing?: CameraUnderTest['framing'] },
): void {
  const missing = spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined;
  const { framing = 'raw' } = camera;
  if (!missing) {
    describeCamera({ name: `${program}, ${framing}`, ...camera, framing });
    return;
  }
  const reason = `${program} is not installed`;
  if (process.env['CI'] !== 'true') console.log(`${reason}: its camera tests are skipped`);
  it.skipIf(process.env['CI'] !== 'true')(`a camera program: ${program} (${reason})`, () => {
    expect.fail(reason);
  });
}

const gstreamer = (source: string) => [
  ...['gst-launch-1.0', '-q', 'videotestsrc', ...source.split(' '), '!'],
  ...[
    `video/x-raw,format=RGB,width=${widthPx},height=${heightPx},framerate=${framesPerSecond}/1`,
    '!',
    'fdsink',
    'fd=1',
  ],
];
describeSystemCamera('gst-launch-1.0', {
  endless: gstreamer('is-live=true pattern=ball'),
  short: gstreamer('is-live=true pattern=ball num-buffers=6'),
});

const inPackets = (command: readonly string[], encoder?: string) => {
  const sink = command.indexOf('fdsink');
  const stages = [...(encoder === undefined ? [] : ['videoconvert', '!', encoder, '!']), 'gdppay', '!'];
  return [...command.slice(0, sink), ...stages, ...command.slice(sink)];
};
describeSystemCamera('gst-launch-1.0', {
  framing: 'gdp-rgb',
  endless: inPackets(gstreamer('is-live=true pattern=ball')),
  short: inPackets(gstreamer('is-live=true pattern=ball num-buffers=6')),
});
describeSystemCamera('gst-launch-1.0', {
  framing: 'gdp-jpeg',
  endless: inPackets(gstreamer('is-live=true pattern=ball'), 'jpegenc'),
  short: inPackets(gstreamer('is-live=true pattern=ball num-buffers=6'), 'jpegenc'),
});

/** The pipeline for a USB camera whose JPEG is decoded beside it, with a test picture for the camera and the processor for the decoder. */
const decodedBeside = (...limit: string[]) => {
  const mode = { format: 'MJPG', ...testSize };
  const elements = new Set(['v4l2src', 'queue', 'tee', 'funnel', 'gdppay', 'videoconvert', 'fdsink']);
  const tools = { elements, ffmpeg: false, jpegDecoder: [['jpegdec']] };
  const { command } = planCamera({ kind: 'usb', device: '/dev/video0' }, testSize, tools, [mode]);
  const source = command.indexOf('v4l2src');
  const raw = `video/x-raw,width=${widthPx},height=${heightPx},framerate=${framesPerSecond}/1`;
  return [
    ...command.slice(0, source),
    ...['videotestsrc', 'is-live=true', 'pattern=ball', ...limit, '!', raw, '!', 'jpegenc'],
    ...command.slice(source + 2),
  ];
};
describeSystemCamera('gst-launch-1.0', {
  framing: 'gdp-jpeg-and-rgb',
  endless: decodedBeside(),
  short: decodedBeside('num-buffers=6'),
});

it('a picture that was decoded beside its JPEG is the same as that', async ({ skip }) => {
  if (spawnSync('gst-launch-1.0', ['--version'], { stdio: 'ignore' }).error !== undefined) {
    if (process.env['CI'] === 'true') expect.fail('gst-launch-1.0 is not installed');
    return skip('gst-launch-1.0 is not installed');
  }
  const opened = openCamera({ command: decodedBeside(), framing: 'gdp-jpeg-and-rgb' });
  try {
    for (let frames = 0; frames < 5; frames++) {
      const frame = await opened.nextFrame();
      if (frame.jpeg === undefined) throw new Error('a frame without its JPEG');
      const decoded = await sharp(frame.jpeg).removeAlpha().raw().toBuffer();
      const apart = decoded.reduce((worst, level, at) => Math.max(worst, Math.abs(level - frame.rgb[at]!)), 0);
      // Two decoders round differently, and take the colours of edges in their own way.
      expect(decoded.length).toBe(frame.rgb.length);
      expect(apart).toBeLessThan(64);
      frame.release();
    }
  } finally {
    await opened.reader.stop();
  }
  expect(zombies()).toEqual([]);
});

const ffmpeg = (...limit: string[]) => [
  ...['ffmpeg', '-nostdin', '-loglevel', 'error', '-re', '-f', 'lavfi'],
  ...['-i', `testsrc2=size=${widthPx}x${heightPx}:rate=${framesPerSecond}`, ...limit],
  ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
];
describeSystemCamera('ffmpeg', { endless: ffmpeg(), short: ffmpeg('-frames:v', '6') });

const ffmpegJpeg = (...limit: string[]) => [...ffmpeg(...limit).slice(0, -5), '-f', 'mjpeg', '-'];
describeSystemCamera('ffmpeg', { framing: 'jpeg', endless: ffmpegJpeg(), short: ffmpegJpeg('-frames:v', '6') });

describe('a camera that is named, not spelt out', () => {
  const open: CameraReader[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((reader) => reader.stop()));
    expect(zombies()).toEqual([]);
  });

  it('as the test picture is found a program for, with capture times, that can be killed and comes back', async () => {
    const plan = await resolveCamera('test', testSize);
    if (plan === undefined) throw new Error('the test picture has no program');
    expect(plan.framing).toBe('gdp-rgb');
    const tag = `tag${process.pid}`;
    const at = plan.command.indexOf('videotestsrc');
    const opened = openCamera({
      ...plan,
      command: [...plan.command.slice(0, at + 1), `name=${tag}`, ...plan.command.slice(at + 1)],
    });
    open.push(opened.reader);
    const first = await opened.nextFrame();
    first.release();
    const [pid] = processesWith(`name=${tag}`);
    process.kill(Number(pid), 'SIGKILL');
    expect(await opened.nextState('failed')).toMatch(/the test picture ended \(signal SIGKILL\)/);
    await opened.nextState('streaming');
    const later = await opened.nextFrame();
    expect(later.frameId).toBeGreaterThan(first.frameId);
    expect(later.capturedAtMs).toBeGreaterThan(first.capturedAtMs);
    later.release();
    await opened.reader.stop();
    expect(processesWith(`name=${tag}`)).toEqual([]);
  });

  it('as a folder shows its pictures round and round', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jetson-car-folder-'));
    for (const [name, red] of [
      ['b.png', 200],
      ['a.jpg', 20],
    ] as const) {
      const create = { width: 30, height: 20, channels: 3 as const, background: { r: red, g: 90, b: 90 } };
      await sharp({ create }).toFile(join(folder, name));
    }
    writeFileSync(join(folder, 'c.png'), 'no picture');
    const plan = await resolveCamera(`folder:${folder}`, testSize);
    if (plan === undefined) throw new Error('a folder has no program');
    const opened = openCamera(plan);
    open.push(opened.reader);
    const reds: number[] = [];
    // A reader that is late misses some; sooner or later both are seen.
    while (new Set(reds).size < 2 || reds.length < 4) {
      const frame = await opened.nextFrame();
      const middle = (frame.widthPx * Math.floor(frame.heightPx / 2) + frame.widthPx / 2) * 3;
      reds.push(Math.round(frame.rgb[middle]! / 20) * 20);
      frame.release();
    }
    expect(new Set(reds)).toEqual(new Set([20, 200]));
    rmSync(folder, { recursive: true, force: true });
  });

  it('that is not there is refused in words', async () => {
    await expect(resolveCamera('file:/no/such.mp4', testSize)).rejects.toThrow(/\/no\/such\.mp4, which is not there/);
    await expect(resolveCamera('folder:/no/such', testSize)).rejects.toThrow(/which is none/);
    await expect(resolveCamera('csi', testSize)).rejects.toThrow(/nvarguscamerasrc/);
  });

  it('that is not plugged in is started again until it is', async () => {
    const plan = await resolveCamera('/dev/video97', testSize);
    if (plan === undefined) throw new Error('a USB camera has no program');
    const opened = openCamera(plan);
    open.push(opened.reader);
    expect(await opened.nextState('failed')).toMatch(/the USB camera \/dev\/video97 ended .*started again in/);
    await opened.nextState('failed');
  });
});

describe('a camera program that is in trouble', () => {
  const open: CameraReader[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((reader) => reader.stop()));
    expect(zombies()).toEqual([]);
  });
  const start = (command: string[], framing: 'stamped' | 'raw' = 'stamped') => {
    const opened = openCamera({ command, framing });
    open.push(opened.reader);
    return opened;
  };

  it('cannot be started', async () => {
    const { nextState } = start(['no-such-camera-program', '--x']);
    expect(await nextState('failed')).toMatch(/"no-such-camera-program" is not installed.*camera\.source/);
    await nextState('failed');
  });

  it('dies: its last words are told, without what would colour a terminal, and it is started again', async () => {
    const { nextState } = start(fake('die-after-3'));
    await nextState('streaming');
    expect(await nextState('failed')).toMatch(
      /ended \(exit code 3\); its last words: fake camera: die-after-3 \| fake camera: \.\[31msensor\.\[0m not found/,
    );
    await nextState('streaming');
  });

  it('prints rubbish', async () => {
    const { nextState } = start(fake('rubbish'));
    expect(await nextState('failed')).toMatch(/was ended: it printed something that is no frame.*usage: camera/);
  });

  it('sends another size', async () => {
    const { nextState } = start(fake('stream', { width: 80 }));
    expect(await nextState('failed')).toMatch(/sends 80x48 pixels, but camera\.widthPx and heightPx say 64x48/);
  });

  it('sends another size without saying so', async () => {
    const { nextState } = start(fake('half-frame', { framing: 'raw' }), 'raw');
    expect(await nextState('failed')).toMatch(
      /in the middle of a frame \(100 of 9216 bytes\): is its picture 64x48 RGB/,
    );
  });

  it.each([
    ['freeze', /the same picture again and again/],
    ['same-time', /time does not advance/],
    ['hang', /no picture for/],
  ])('stalls (%s): told at once, and it is started again', async (mode, text) => {
    const { nextStateSaying, nextState } = start(fake(mode));
    // On a busy machine there may be other stalls before.
    await nextStateSaying('stalled', text);
    await nextStateSaying('failed', text);
    await nextState('streaming');
  });

  it('shows black: told as what nobody can drive by, and shown all the same; it is not started again for it', async () => {
    const { nextStateSaying, nextFrame, states } = start(fake('cover'));
    await nextStateSaying('stalled', /black pictures \(is the lens covered\?\)/);
    const first = await nextFrame();
    first.release();
    const later = await nextFrame();
    later.release();
    expect(later.frameId).toBeGreaterThan(first.frameId);
    expect(states.map(({ state }) => state)).not.toContain('failed');
    expect(states.at(-1)?.state).toBe('stalled');
  });

  it('has another clock', async () => {
    const { nextState } = start(fake('other-clock'));
    expect(await nextState('failed')).toMatch(/capture times .* are not of the monotonic clock/);
  });

  it('ignores SIGINT and SIGTERM, and is gone all the same', async () => {
    const tag = `tag-${process.pid}-stubborn`;
    const { nextFrame, reader } = start(fake('ignore-signals', { tag }));
    (await nextFrame()).release();
    expect(processesWith(tag)).toHaveLength(1);
    await reader.stop();
    expect(processesWith(tag)).toEqual([]);
  });

  it('is a shell with a child: both end', async () => {
    const tag = `tag-${process.pid}-shell`;
    const line = fake('ignore-signals', { tag }).map((word) => `'${word}'`);
    const { nextFrame, reader } = start(['sh', '-c', `${line.join(' ')} | cat`]);
    (await nextFrame()).release();
    await reader.stop();
    expect(processesWith(tag)).toEqual([]);
  });
});
