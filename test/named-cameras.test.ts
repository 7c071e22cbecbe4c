import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { openCamera, testSize } from '../daemon/perception/camera/camera-reader.contract.ts';
import type { CameraReader } from '../daemon/perception/camera/camera-reader.ts';
import { planCamera } from '../daemon/perception/camera/pipelines.ts';
import { resolveCamera } from '../daemon/perception/camera/resolve-camera.ts';
import { processesWith, zombies } from './harness/fake-camera.ts';
import { folderOfThisTest } from './harness/test-folders.ts';
import { elementsAreThere } from './harness/tools.ts';

const { widthPx, heightPx, framesPerSecond } = testSize;

describe('a camera that is named, not spelt out', () => {
  const open: CameraReader[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((reader) => reader.stop()));
    expect(zombies()).toEqual([]);
  });

  it.skipIf(!elementsAreThere(['videotestsrc', 'gdppay']))(
    'as the test picture is found a program for, with capture times, that can be killed and comes back',
    async () => {
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
      await opened.nextStateSaying('failed', /the test picture ended \(signal SIGKILL\)/);
      await opened.nextState('streaming');
      const later = await opened.nextFrame();
      expect(later.frameId).toBeGreaterThan(first.frameId);
      expect(later.capturedAtMs).toBeGreaterThan(first.capturedAtMs);
      later.release();
      await opened.reader.stop();
      expect(processesWith(`name=${tag}`)).toEqual([]);
    },
  );

  describe('as a video begins anew when it ends, whatever its name is', () => {
    const size = `${widthPx}x${heightPx}`;
    const source = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${framesPerSecond}`, '-t', '0.5'];
    const mjpeg = ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'];
    // GStreamer plays this one with gstreamer1.0-libav alone, which most computers lack.
    const mpeg4 = ['-c:v', 'mpeg4'];
    const hasFfmpeg = spawnSync('ffmpeg', ['-version']).error === undefined;
    it.for([
      ['what there is', mjpeg, undefined],
      ['what there is for its code', mpeg4, undefined],
      ['ffmpeg alone', mjpeg, { elements: undefined, ffmpeg: true, jpegDecoder: undefined }],
    ] as const)('by %s', async ([, code, tools], { skip }) => {
      if (!hasFfmpeg) {
        if (process.env['CI'] === 'true') expect.fail('ffmpeg is not installed');
        return skip('ffmpeg is not installed');
      }
      const folder = folderOfThisTest('jetson-car-video');
      const path = join(folder, 'the teacher\'s "first" drive!.mp4');
      const { status, stderr } = spawnSync('ffmpeg', ['-nostdin', '-loglevel', 'error', ...source, ...code, path], {
        encoding: 'utf8',
      });
      expect(status, stderr).toBe(0);
      const plan =
        tools === undefined
          ? await resolveCamera(`file:${path}`, testSize)
          : planCamera({ kind: 'file', path }, testSize, tools, []);
      if (plan === undefined) throw new Error('a video has no program');
      const opened = openCamera(plan);
      open.push(opened.reader);
      await opened.nextState('streaming');
      expect(await opened.nextState('failed')).toMatch(/drive!\.mp4 ended \(exit code 0\)\. It is started again/);
      await opened.nextState('streaming');
      await opened.reader.stop();
    });
  });

  it('as a folder shows its pictures round and round', async () => {
    const folder = folderOfThisTest('jetson-car-folder');
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
  });

  it('that is not there is refused in words', async () => {
    await expect(resolveCamera('file:/no/such.mp4', testSize)).rejects.toThrow(/\/no\/such\.mp4, which is not there/);
    await expect(resolveCamera('folder:/no/such', testSize)).rejects.toThrow(/which is none/);
    await expect(resolveCamera('file:/etc/passwd/a.mp4', testSize)).rejects.toThrow(/a\.mp4, which is not there/);
    await expect(resolveCamera('folder:/etc/passwd/a', testSize)).rejects.toThrow(/which is none/);
    await expect(resolveCamera('csi', testSize)).rejects.toThrow(/nvarguscamerasrc/);
  });

  it('that is not plugged in is started again until it is', async () => {
    const plan = await resolveCamera('/dev/video97', testSize);
    if (plan === undefined) throw new Error('a USB camera has no program');
    const opened = openCamera(plan);
    open.push(opened.reader);
    expect(await opened.nextState('failed')).toMatch(
      /the USB camera \/dev\/video97 is not there.*plugged in.*started again in/s,
    );
    await opened.nextState('failed');
  });
});
