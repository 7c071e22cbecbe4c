import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type CameraUnderTest,
  describeCamera,
  openCamera,
  testSize,
} from '../daemon/perception/camera/camera-reader.contract.ts';
import { type CameraReader, startCameraReader } from '../daemon/perception/camera/camera-reader.ts';
import { planCamera } from '../daemon/perception/camera/pipelines.ts';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import { fake, processesWith, zombies } from './harness/fake-camera.ts';
import { folderForEachTest, testFolder } from './harness/test-folders.ts';

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
  const pictures: { beside: Uint8Array; own: Uint8Array }[] = [];
  try {
    while (pictures.length < 5) {
      const frame = await opened.nextFrame();
      if (frame.jpeg === undefined) throw new Error('a frame without its JPEG');
      pictures.push({ beside: frame.rgb.slice(), own: await sharp(frame.jpeg).removeAlpha().raw().toBuffer() });
      frame.release();
    }
  } finally {
    await opened.reader.stop();
  }
  expect(zombies()).toEqual([]);
  for (const { beside, own } of pictures) {
    expect(own).toHaveLength(beside.length);
    // Two decoders round differently, and take the colours of edges in their own way.
    const apart = meanDifference(beside, own);
    expect(apart).toBeLessThan(1);
    // The ball has moved from one picture to the next: the JPEG of another one would be seen.
    const others = pictures.filter((other) => other.own !== own).map((other) => meanDifference(beside, other.own));
    expect(Math.min(...others)).toBeGreaterThan(4 * apart);
  }
});

/** Of two pictures of one size, in levels of 0 to 255. */
function meanDifference(one: Uint8Array, other: Uint8Array): number {
  return one.reduce((sum, level, at) => sum + Math.abs(level - other[at]!), 0) / one.length;
}

const ffmpeg = (...limit: string[]) => [
  ...['ffmpeg', '-nostdin', '-loglevel', 'error', '-re', '-f', 'lavfi'],
  ...['-i', `testsrc2=size=${widthPx}x${heightPx}:rate=${framesPerSecond}`, ...limit],
  ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
];
describeSystemCamera('ffmpeg', { endless: ffmpeg(), short: ffmpeg('-frames:v', '6') });

const ffmpegJpeg = (...limit: string[]) => [...ffmpeg(...limit).slice(0, -5), '-f', 'mjpeg', '-'];
describeSystemCamera('ffmpeg', { framing: 'jpeg', endless: ffmpegJpeg(), short: ffmpegJpeg('-frames:v', '6') });

describe('a camera program that is in trouble', () => {
  const ownFolder = folderForEachTest(testFolder('camera-programs'));
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

  it('dies while its last picture is being decoded: that is no camera that is back', async () => {
    const [picture, first, second] = ['large.jpg', 'first', 'second'].map((name) => join(ownFolder(), name));
    const size = { widthPx: 3000, heightPx: 2000 };
    await sharp({ create: { width: 3000, height: 2000, channels: 3, background: '#4080c0' } }).toFile(picture!);
    const states: string[] = [];
    const reader = startCameraReader({
      camera: {
        ...{ ...testSize, ...size, framing: 'jpeg', captureOffsetMs: 0 },
        // The second time it gives nothing.
        command: [
          'sh',
          '-c',
          `if [ -e ${first} ]; then touch ${second}; exec sleep 1000; fi; touch ${first}; cat ${picture}`,
        ],
      },
      nowMs: monotonicNowMs,
      onFrame() {},
      onState: (state) => states.push(state),
      onProgramLine() {},
      timing: { restartFirstMs: 1500 },
    });
    open.push(reader);
    await vi.waitFor(() => expect(existsSync(second!)).toBe(true), 30_000);
    expect(states.filter((state) => state !== 'starting').at(-1)).toBe('failed');
  });

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
