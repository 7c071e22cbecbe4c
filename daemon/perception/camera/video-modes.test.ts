import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../platform/user-error.ts';
import { chooseMode, describeModes, parseVideoModes, type WantedMode } from './video-modes.ts';

/** As `v4l2-ctl --list-formats-ext` of today and of Ubuntu 18.04 print it, of a Logitech C270 in part. */
const newListing = `ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'YUYV' (YUYV 4:2:2)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
			Interval: Discrete 0.067s (15.000 fps)
		Size: Discrete 1280x960
			Interval: Discrete 0.133s (7.500 fps)
	[1]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 1280x720
			Interval: Discrete 0.033s (30.000 fps)
	[2]: 'H264' (H.264, compressed)
		Size: Discrete 1920x1080
			Interval: Discrete 0.033s (30.000 fps)
`;
const oldListing = `ioctl: VIDIOC_ENUM_FMT
	Index       : 0
	Type        : Video Capture
	Pixel Format: 'MJPG' (compressed)
	Name        : Motion-JPEG
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
`;
/** The same of other cameras, by format, size and rates. */
function listing(formats: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>): string {
  const lines = Object.entries(formats).flatMap(([format, sizes], index) => [
    `\t[${index}]: '${format}' (as the driver calls it)`,
    ...Object.entries(sizes).flatMap(([size, rates]) => [
      `\t\tSize: Discrete ${size}`,
      ...rates.map((rate) => `\t\t\tInterval: Discrete ${(1 / rate).toFixed(3)}s (${rate.toFixed(3)} fps)`),
    ]),
  ]);
  return ['ioctl: VIDIOC_ENUM_FMT', '\tType: Video Capture', '', ...lines, ''].join('\n');
}

/** Of a Logitech C920 in part: three formats, and many rates. */
const c920 = listing({
  YUYV: { '640x480': [30, 24, 20], '2304x1536': [2] },
  H264: { '640x480': [30] },
  MJPG: { '640x480': [30, 24], '1920x1080': [30] },
});
/** A 4K camera whose rates are fractions. */
const fourK = listing({
  YUYV: { '640x480': [30], '3840x2160': [8.333] },
  MJPG: { '640x480': [29.97, 14.985], '3840x2160': [29.97, 23.976] },
});
/** A depth camera: infrared and depth beside colour, and a name longer than four letters. */
const depth = listing({
  'Z16 ': { '640x480': [90] },
  'Y16 -BE': { '640x480': [90] },
  UYVY: { '640x480': [60] },
});
/** An IMX219 on a Nano's ribbon cable, as V4L2 shows it. */
const ribbon = `ioctl: VIDIOC_ENUM_FMT
	Index       : 0
	Type        : Video Capture
	Pixel Format: 'RG10'
	Name        : 10-bit Bayer RGRG/GBGB
		Size: Discrete 3264x2464
			Interval: Discrete 0.048s (21.000 fps)
		Size: Discrete 1280x720
			Interval: Discrete 0.017s (60.000 fps)
`;
/** A driver that scales: sizes in steps, rates in a span, and a format of which it tells nothing more. */
const steps = `ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'YU12' (Planar YUV 4:2:0)
		Size: Stepwise 32x32 - 2592x1944 with step 2/2
	[1]: 'JPEG' (JFIF JPEG, compressed)
		Size: Discrete 320x240
			Interval: Continuous 0.011s - 1.000s (1.000-90.000 fps)
	[2]: 'BGR3' (24-bit BGR 8-8-8)
`;
const wanted = { widthPx: 640, heightPx: 480, framesPerSecond: 30 };
const modes = parseVideoModes(newListing);
const chosen = (text: string, changes: Partial<WantedMode> = {}) =>
  chooseMode(parseVideoModes(text), { ...wanted, ...changes }, '/dev/video0');

describe('the modes of a camera', () => {
  it('are read from either listing', () => {
    expect(modes).toHaveLength(6);
    expect(modes[3]).toEqual({ format: 'MJPG', widthPx: 640, heightPx: 480, framesPerSecond: 30 });
    expect(parseVideoModes(oldListing)).toEqual([modes[3]]);
    expect(parseVideoModes('Cannot open device /dev/video9, exiting.')).toEqual([]);
  });

  it('are chosen by size, then by rate, then by how cheap they are', () => {
    expect(chooseMode(modes, wanted, '/dev/video0')).toMatchObject({ format: 'MJPG', framesPerSecond: 30 });
    expect(chooseMode(modes, { ...wanted, framesPerSecond: 14 }, '/dev/video0')).toMatchObject({
      format: 'YUYV',
      framesPerSecond: 15,
    });
    expect(chooseMode(modes, { ...wanted, widthPx: 1280, heightPx: 960 }, '/dev/video0').framesPerSecond).toBe(7.5);
  });

  it('are listed when the size that was asked for is none of them', () => {
    const choose = () => chooseMode(modes, { ...wanted, widthPx: 1920, heightPx: 1080 }, '/dev/video0');
    expect(choose).toThrow(UserError);
    expect(choose).toThrow(
      'the camera /dev/video0 has no 1920x1080 pictures. It has 640x480 (30, 15 a second), 1280x960 (8 a second), ' +
        '1280x720 (30 a second). Change camera.widthPx and camera.heightPx.',
    );
    expect(() => chooseMode([], wanted, '/dev/video0')).toThrow(/gives nothing/);
  });

  it('are those of a camera with many', () => {
    expect(chosen(c920)).toEqual({ ...wanted, format: 'MJPG' });
    expect(chosen(c920, { framesPerSecond: 20 })).toMatchObject({ format: 'YUYV', framesPerSecond: 20 });
    expect(() => chosen(c920, { widthPx: 800, heightPx: 600 })).toThrow(
      'It has 640x480 (30, 24, 20 a second), 2304x1536 (2 a second), 1920x1080 (30 a second).',
    );
  });

  it('may have fractions for rates: a cheap one is not passed over for a thirtieth of a frame', () => {
    expect(chosen(fourK)).toEqual({ ...wanted, format: 'MJPG', framesPerSecond: 29.97 });
    expect(chosen(fourK, { widthPx: 3840, heightPx: 2160, framesPerSecond: 8 })).toMatchObject({
      framesPerSecond: 8.333,
    });
    expect(chosen(fourK, { framesPerSecond: 15 })).toMatchObject({ framesPerSecond: 14.985 });
  });

  it('are no one else’s: what a format with a long name has is not what stood before it', () => {
    expect(parseVideoModes(depth).map(({ format }) => format)).toEqual(['Z16', 'Y16 -BE', 'UYVY']);
    expect(chosen(depth)).toMatchObject({ format: 'UYVY', framesPerSecond: 60 });
  });

  it('of a ribbon-cable camera are none that can be used, and the way to read it is told', () => {
    expect(() => chosen(ribbon)).toThrow(/\/dev\/video0 gives RG10, and none of MJPG, .*camera\.source: csi/);
    expect(() => chosen("	[0]: 'H264' (H.264, compressed)\n")).toThrow(/gives H264, .*Name another device/);
  });

  it('may go in steps, or not be told at all', () => {
    expect(chosen(steps, { widthPx: 1000, heightPx: 600 })).toEqual({
      format: 'YU12',
      widthPx: 1000,
      heightPx: 600,
      framesPerSecond: 30,
    });
    // Only the one that does not tell may have an odd size.
    expect(chosen(steps, { widthPx: 4000, heightPx: 601 }).format).toBe('BGR3');
    expect(chosen(steps, { widthPx: 320, heightPx: 240, framesPerSecond: 120 })).toMatchObject({
      format: 'YU12',
      framesPerSecond: 120,
    });
    expect(chosen(steps, { widthPx: 320, heightPx: 240 })).toMatchObject({ format: 'JPEG', framesPerSecond: 30 });
    const [stepped] = parseVideoModes(steps);
    expect(() => chooseMode([stepped!], { ...wanted, widthPx: 641 }, '/dev/video0')).toThrow(
      'It has any size from 32x32 to 2592x1944 in steps of 2x2. Change',
    );
    expect(describeModes(parseVideoModes(steps))).toBe(
      'any size from 32x32 to 2592x1944 in steps of 2x2, 320x240 (90 a second), any size',
    );
  });

  it('with a fraction for a rate are found by GStreamer, whatever the fraction is', ({ skip }) => {
    const told = ['(fraction)[29969/1000,29971/1000]', '(fraction)[8332/1000,8334/1000]'];
    if (spawnSync('gst-launch-1.0', ['--version']).error !== undefined) {
      if (process.env['CI'] === 'true') expect.fail('gst-launch-1.0 is not installed');
      return skip('gst-launch-1.0 is not installed');
    }
    for (const [has, asked] of [
      ['2997/100', told[0]],
      ['30000/1001', told[0]],
      ['25/3', told[1]],
    ]) {
      const source = ['videotestsrc', 'num-buffers=1', '!', `video/x-raw,framerate=${has}`, '!', 'queue'];
      const { status, stderr } = spawnSync(
        'gst-launch-1.0',
        ['-q', ...source, '!', `video/x-raw,framerate=${asked}`, '!', 'fakesink'],
        { encoding: 'utf8' },
      );
      expect(status, stderr).toBe(0);
    }
  });
});
