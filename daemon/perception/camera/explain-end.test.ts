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

  const failed: Partial<CameraProgramLife> = { end: { kind: 'ended', code: 1, signal: null }, gavePicture: false };
  const network = ['gst-launch-1.0', 'rtspsrc', 'location=rtsp://10.0.0.9/x'];
  const file = ['gst-launch-1.0', 'filesrc', 'location=/v.mp4', '!', 'decodebin'];
  const usb = ['gst-launch-1.0', 'v4l2src', 'device=/dev/video9'];
  // As GStreamer 1.20 and ffmpeg 5.1 say it.
  it.each<[string, readonly string[], string, RegExp]>([
    [
      'a camera that nobody answers for',
      network,
      'Failed to connect. (Generic error)',
      /cannot be reached. Right .*switched on/,
    ],
    [
      'the same, by ffmpeg',
      ['ffmpeg', '-i', 'rtsp://10.0.0.9/x'],
      'rtsp://10.0.0.9/x: Connection refused',
      /cannot be reached/,
    ],
    ['a password', network, 'Unauthorized (401)', /wants a user and a password\. Right would be rtsp:\/\/USER/],
    ['a path', network, 'Not Found (404)', /answers, and has no such stream/],
    [
      'a text file',
      file,
      'decodebin cannot decode plain text files',
      /is no video that can be read\. Right would be an MP4/,
    ],
    ['noise', file, 'typefind: Could not determine type of stream.', /is no video/],
    [
      'the same, by ffmpeg',
      ['ffmpeg', '-i', '/v.mp4'],
      '/v.mp4: Invalid data found when processing input',
      /is no video/,
    ],
    [
      'a camera that is not plugged in',
      usb,
      'system error: No such file or directory',
      /is not there\. Right .*ls \/dev\/video/,
    ],
    ['one that is in use', usb, "Device '/dev/video9' is busy", /in use by another program/],
    ['one that this user may not use', usb, 'system error: Permission denied', /may not be used.*usermod -aG video/],
  ])('says in words of its own what is wrong with %s', (_, command, said, text) => {
    const why = explainEnd(
      { ...camera, command: [...command], name: 'it' },
      { ...life, ...failed, lastLines: ['ERROR: x', said] },
    );
    expect(why).toMatch(text);
    expect(why).toMatch(/Change camera\.source or --camera$/);
    expect(why).not.toContain(said);
  });

  it('leaves the program its words where they are not known, or pictures came', () => {
    const lastLines = ['Failed to connect. (Generic error)'];
    const given = { ...camera, command: network, name: 'it' };
    expect(explainEnd(given, { ...life, ...failed, lastLines: ['odd'] })).toContain('its last words: odd');
    for (const source of ['/dev/video0', 'rtsp://10.0.0.9/x']) {
      const of = { ...camera, command: ['ffmpeg', '-i', source], name: 'it' };
      const said = `${source}: Invalid data found when processing input`;
      expect(explainEnd(of, { ...life, ...failed, lastLines: [said] })).toContain(`its last words: ${said}`);
    }
    expect(explainEnd(given, { ...life, ...failed, gavePicture: true, lastLines })).toContain('its last words: Failed');
  });
});
