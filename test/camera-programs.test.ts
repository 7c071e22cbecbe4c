import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { describeCamera, openCamera, testSize } from '../daemon/perception/camera/camera-reader.contract.ts';
import type { CameraReader } from '../daemon/perception/camera/camera-reader.ts';
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
function describeSystemCamera(program: string, camera: { endless: string[]; short: string[] }): void {
  const missing = spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined;
  if (!missing) {
    describeCamera({ name: program, framing: 'raw', ...camera });
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

const ffmpeg = (...limit: string[]) => [
  ...['ffmpeg', '-nostdin', '-loglevel', 'error', '-re', '-f', 'lavfi'],
  ...['-i', `testsrc2=size=${widthPx}x${heightPx}:rate=${framesPerSecond}`, ...limit],
  ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
];
describeSystemCamera('ffmpeg', { endless: ffmpeg(), short: ffmpeg('-frames:v', '6') });

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
    const { nextState } = start(fake(mode));
    await nextState('streaming');
    expect(await nextState('stalled')).toMatch(text);
    expect(await nextState('failed')).toMatch(text);
    await nextState('streaming');
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
