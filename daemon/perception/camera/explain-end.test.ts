import { describe, expect, it } from 'vitest';
import { type CameraProgramLife, explainEnd } from './explain-end.ts';

const camera: Parameters<typeof explainEnd>[0] = {
  ...{ command: ['ffmpeg', '-i', 'x'], framing: 'raw', widthPx: 4, heightPx: 2 },
};
const life: CameraProgramLife = {
  end: { kind: 'ended', code: 0, signal: null },
  ...{ verdict: undefined, lastLines: [], partialBytes: 0, gavePicture: true },
};

describe('why a camera program is gone', () => {
  it.each<[string, Partial<CameraProgramLife>, string]>([
    ['it ended', {}, 'the camera program "ffmpeg" ended (exit code 0)'],
    [
      'it was killed before it gave anything',
      { end: { kind: 'ended', code: null, signal: 'SIGSEGV' }, gavePicture: false },
      'the camera program "ffmpeg" ended (signal SIGSEGV) without a picture',
    ],
    [
      'its pictures are of another size',
      { partialBytes: 7, gavePicture: false },
      'the camera program "ffmpeg" ended (exit code 0) in the middle of a frame (7 of 24 bytes): is its picture 4x2 RGB?',
    ],
    [
      'it was ended, with its last words',
      { verdict: 'no picture for 900 ms', lastLines: ['a', 'b', 'c', 'd'] },
      'the camera program "ffmpeg" was ended: no picture for 900 ms; its last words: b | c | d',
    ],
    [
      'it is not there',
      { end: { kind: 'not-started', code: 'ENOENT' } },
      'the camera program "ffmpeg" is not installed or not in PATH. Change camera.source or --camera',
    ],
    [
      'it may not be run',
      { end: { kind: 'not-started', code: 'EACCES' } },
      'the camera program "ffmpeg" cannot be started (EACCES). Change camera.source or --camera',
    ],
  ])('%s', (_, over, text) => {
    expect(explainEnd(camera, { ...life, ...over })).toBe(text);
  });

  it('calls a camera by its name, and lets framings that need no whole frames end anywhere', () => {
    expect(explainEnd({ ...camera, name: 'CSI camera 0', framing: 'jpeg' }, { ...life, partialBytes: 7 })).toBe(
      'CSI camera 0 ended (exit code 0)',
    );
  });
});
