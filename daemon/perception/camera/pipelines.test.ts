import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../platform/user-error.ts';
import { parseCameraSource, withoutPassword } from './camera-source.ts';
import { decodersOf, firstThatDecodes, parseElements, trialOf } from './camera-tools.ts';
import { planCamera, type SystemSource } from './pipelines.ts';

/** Of a Logitech C270, in part. */
const modes = [
  { format: 'YUYV', widthPx: 640, heightPx: 480, framesPerSecond: 30 },
  { format: 'YUYV', widthPx: 640, heightPx: 480, framesPerSecond: 15 },
  { format: 'YUYV', widthPx: 1280, heightPx: 960, framesPerSecond: 7.5 },
  { format: 'MJPG', widthPx: 640, heightPx: 480, framesPerSecond: 30 },
  { format: 'MJPG', widthPx: 1280, heightPx: 720, framesPerSecond: 30 },
];
const wanted = { widthPx: 640, heightPx: 480, framesPerSecond: 30 };

describe('a camera source', () => {
  it.each([
    ['simulator', { kind: 'simulator' }],
    ['usb', { kind: 'usb', device: '/dev/video0' }],
    [' /dev/video2 ', { kind: 'usb', device: '/dev/video2' }],
    ['/dev/v4l/by-id/usb-046d-index0', { kind: 'usb', device: '/dev/v4l/by-id/usb-046d-index0' }],
    ['csi', { kind: 'csi', sensorId: 0 }],
    ['csi:1', { kind: 'csi', sensorId: 1 }],
    ['test', { kind: 'test' }],
    ['file:my drive.mp4', { kind: 'file', path: 'my drive.mp4' }],
    ['folder:/tmp/x', { kind: 'folder', path: '/tmp/x' }],
    ['rtsp://10.0.0.9/live', { kind: 'rtsp', url: 'rtsp://10.0.0.9/live' }],
    ['ffmpeg -i "a b.mp4" -', { kind: 'program', command: ['ffmpeg', '-i', 'a b.mp4', '-'] }],
  ])('%j is understood', (text, source) => expect(parseCameraSource(text)).toEqual(source));
});

const everything = new Set(
  'v4l2src nvarguscamerasrc nvvidconv videotestsrc filesrc rtspsrc decodebin videoconvert videoscale queue gdppay fdsink'.split(
    ' ',
  ),
);
const gstreamer = { elements: everything, ffmpeg: true, jpegDecoder: undefined };
const without = (...names: string[]) => ({
  elements: new Set([...everything].filter((each) => !names.includes(each))),
  ffmpeg: false,
  jpegDecoder: undefined,
});
const line = (plan: { command: readonly string[] }) => plan.command.join(' ');

describe('the program for a camera', () => {
  it('takes the JPEG of a USB camera as it is', () => {
    const plan = planCamera({ kind: 'usb', device: '/dev/video0' }, wanted, gstreamer, modes);
    expect(line(plan)).toBe(
      'gst-launch-1.0 -q -e v4l2src device=/dev/video0 ! image/jpeg,width=640,height=480,framerate=30/1 ! ' +
        'queue leaky=downstream max-size-buffers=1 ! gdppay ! fdsink fd=1 sync=false',
    );
    expect(plan).toMatchObject({ framing: 'gdp-jpeg', name: 'the USB camera /dev/video0', framesPerSecond: 30 });
  });

  it('lets the hardware decode the JPEG of a USB camera, beside the JPEG itself', () => {
    const elements = new Set([...everything, 'tee', 'funnel', 'jpegparse', 'nvv4l2decoder']);
    const [jpegDecoder] = decodersOf(elements);
    const usb: SystemSource = { kind: 'usb', device: '/dev/video0' };
    const plan = planCamera(usb, wanted, { elements, ffmpeg: true, jpegDecoder }, modes);
    expect(line(plan)).toBe(
      'gst-launch-1.0 -q -e funnel name=both ! gdppay ! fdsink fd=1 sync=false ' +
        'v4l2src device=/dev/video0 ! image/jpeg,width=640,height=480,framerate=30/1 ! ' +
        'queue leaky=downstream max-size-buffers=1 ! tee name=jpeg ' +
        'jpeg. ! both. ' +
        'jpeg. ! queue leaky=downstream max-size-buffers=1 ! jpegparse ! nvv4l2decoder mjpeg=1 ! nvvidconv ! ' +
        'video/x-raw,format=BGRx ! videoconvert ! video/x-raw,format=RGB,width=640,height=480 ! both.',
    );
    expect(plan.framing).toBe('gdp-jpeg-and-rgb');
    // Without what joins the two, and for a camera that does not compress, as ever.
    const fewer = new Set([...elements].filter((each) => each !== 'funnel'));
    expect(planCamera(usb, wanted, { elements: fewer, ffmpeg: true, jpegDecoder }, modes).framing).toBe('gdp-jpeg');
    const raw = modes.filter(({ format }) => format === 'YUYV');
    expect(planCamera(usb, wanted, { elements, ffmpeg: true, jpegDecoder }, raw).framing).toBe('gdp-rgb');
  });

  it('converts a USB camera that gives no JPEG, at the rate that it has', () => {
    const raw = modes.filter(({ format }) => format === 'YUYV');
    const plan = planCamera({ kind: 'usb', device: '/dev/video0' }, { ...wanted, framesPerSecond: 20 }, gstreamer, raw);
    expect(line(plan)).toMatch(/video\/x-raw,format=YUY2,.*framerate=15\/1 ! .*videoconvert ! video\/x-raw,format=RGB/);
    expect(plan).toMatchObject({ framing: 'gdp-rgb', framesPerSecond: 15 });
  });

  it('asks for a fractional rate by what lies about it: only the driver knows the fraction', () => {
    const usb: SystemSource = { kind: 'usb', device: '/dev/video0' };
    const rateOf = (framesPerSecond: number) =>
      /framerate=(\S+)/.exec(
        line(planCamera(usb, wanted, gstreamer, [{ ...wanted, format: 'MJPG', framesPerSecond }])),
      )?.[1];
    expect(rateOf(29.97)).toBe('(fraction)[29969/1000,29971/1000]');
    expect(rateOf(8.333)).toBe('(fraction)[8332/1000,8334/1000]');
    expect(rateOf(60)).toBe('60/1');
  });

  it.each([
    ['UYVY', 'format=UYVY', '-input_format uyvy422'],
    ['YU12', 'format=I420', '-input_format yuv420p'],
    ['GREY', 'format=GRAY8', '-input_format gray'],
  ])('converts %s too', (format, byGstreamer, byFfmpeg) => {
    const usb: SystemSource = { kind: 'usb', device: '/dev/video0' };
    const offered = [{ ...wanted, format }];
    expect(line(planCamera(usb, wanted, gstreamer, offered))).toContain(`video/x-raw,${byGstreamer},width=640`);
    const onlyFfmpeg = { elements: undefined, ffmpeg: true, jpegDecoder: undefined };
    expect(line(planCamera(usb, wanted, onlyFfmpeg, offered))).toContain(byFfmpeg);
  });

  describe('of a CSI camera', () => {
    const csi: SystemSource = { kind: 'csi', sensorId: 1 };
    const mode = (size: Partial<typeof wanted>) =>
      /NVMM\),(width=\d+,height=\d+).*framerate=(\d+)/
        .exec(line(planCamera(csi, { ...wanted, ...size }, gstreamer, [])))
        ?.slice(1);

    it('takes the smallest sensor mode that has the pixels, the rate and the shape', () => {
      expect(mode({})).toEqual(['width=1640,height=1232', '30']);
      expect(mode({ heightPx: 360 })).toEqual(['width=1280,height=720', '30']);
      expect(mode({ heightPx: 360, framesPerSecond: 90 })).toEqual(['width=1280,height=720', '90']);
      expect(mode({ widthPx: 1920, heightPx: 1080 })).toEqual(['width=1920,height=1080', '30']);
      expect(mode({ widthPx: 2000, heightPx: 1504, framesPerSecond: 21 })).toEqual(['width=3264,height=2464', '21']);
    });

    it('names the right ones where none has them', () => {
      for (const size of [{ framesPerSecond: 60 }, { heightPx: 640 }, { widthPx: 3840, heightPx: 2160 }]) {
        expect(() => mode(size)).toThrow(UserError);
        expect(() => mode(size)).toThrow(
          'It has 1280x720 (120, 60 a second), 1640x1232 (30 a second), 1920x1080 (30 a second), 3264x1848 (28 a second), ' +
            '3264x2464 (21 a second), each also scaled down',
        );
      }
    });
  });

  it('goes without capture times where there is no gdppay', () => {
    const plan = planCamera({ kind: 'test' }, wanted, without('gdppay'), []);
    expect(plan.framing).toBe('raw');
    expect(line(plan)).not.toContain('gdppay');
    expect(planCamera({ kind: 'usb', device: '/dev/video0' }, wanted, without('gdppay'), modes).framing).toBe('jpeg');
  });

  it('falls back to ffmpeg', () => {
    const onlyFfmpeg = { elements: undefined, ffmpeg: true, jpegDecoder: undefined };
    const usb = planCamera({ kind: 'usb', device: '/dev/video0' }, wanted, onlyFfmpeg, modes);
    expect(line(usb)).toMatch(/^ffmpeg .*-input_format mjpeg -framerate 30 -video_size 640x480 .*-c copy -f mjpeg -$/);
    expect(usb.framing).toBe('jpeg');
    expect(planCamera({ kind: 'rtsp', url: 'rtsp://x/y' }, wanted, onlyFfmpeg, []).framing).toBe('raw');
  });

  it('names what is missing', () => {
    const none = { elements: undefined, ffmpeg: false, jpegDecoder: undefined };
    expect(() => planCamera({ kind: 'test' }, wanted, none, [])).toThrow(
      /GStreamer is missing and ffmpeg is not there/,
    );
    expect(() =>
      planCamera({ kind: 'csi', sensorId: 0 }, wanted, without('nvarguscamerasrc', 'nvvidconv'), []),
    ).toThrow(/the CSI camera 0 cannot be read: nvarguscamerasrc, nvvidconv is missing.*JetPack/);
  });

  it('refuses a width whose rows would be padded', () => {
    expect(() => planCamera({ kind: 'test' }, { ...wanted, widthPx: 642 }, gstreamer, [])).toThrow(/such as 640/);
  });

  it('shows no password of a network camera', () => {
    const plan = planCamera({ kind: 'rtsp', url: 'rtsp://me:secret@cam/live' }, wanted, gstreamer, []);
    expect(plan.name).toBe('the network camera rtsp://cam/live');
    expect(line(plan)).toContain('secret');
    expect(withoutPassword('could not open "rtsp://me:a:b@cam/live", rtsp://x@y/z; mail a@b.vn')).toBe(
      'could not open "rtsp://cam/live", rtsp://y/z; mail a@b.vn',
    );
  });

  it('is one that can be started, whatever of the elements is there', () => {
    const sources: SystemSource[] = [
      { kind: 'usb', device: '/dev/video0' },
      { kind: 'csi', sensorId: 0 },
      { kind: 'test' },
      { kind: 'file', path: '/tmp/a.mp4' },
      { kind: 'rtsp', url: 'rtsp://x' },
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...sources),
        fc.subarray([...everything, 'tee', 'funnel', 'jpegparse', 'nvv4l2decoder', 'nvjpegdec']),
        fc.boolean(),
        fc.constantFrom(modes, []),
        (source, elements, ffmpeg, known) => {
          try {
            const tools = { elements: new Set(elements), ffmpeg, jpegDecoder: decodersOf(new Set(elements))[0] };
            const { command } = planCamera(source, wanted, tools, known);
            const used = command.slice(3).filter((word, at, words) => /^[a-z]\w+$/.test(word) && words[at - 1] === '!');
            if (command[0] === 'gst-launch-1.0') for (const each of used) expect(elements).toContain(each);
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
    );
  });
});

it('reads the list of GStreamer’s elements', () => {
  const list = 'jpeg:  jpegdec: JPEG image decoder\ngdp:  gdppay: GDP Payloader\ntypefindfunctions: image/jpeg: jpg\n';
  expect([...parseElements(list)]).toEqual(['jpegdec', 'gdppay']);
});

describe('a decoder in hardware', () => {
  const both = decodersOf(new Set(['jpegparse', 'nvv4l2decoder', 'nvjpegdec', 'nvvidconv']));

  it('counts when all of its elements are there', () => {
    const names = (...elements: string[]) =>
      decodersOf(new Set(elements)).map((decoder) => decoder.map(([element]) => element).join(' '));
    expect(both).toHaveLength(2);
    expect(names('nvjpegdec', 'nvvidconv')).toEqual(['nvjpegdec nvvidconv video/x-raw,format=BGRx']);
    expect(names('jpegdec', 'jpegparse', 'nvvidconv')).toEqual([]);
    expect(names('nvjpegdec', 'nvv4l2decoder')).toEqual([]);
  });

  it('is used once it has decoded something here; the first that does', async () => {
    const tried: string[] = [];
    const launch = (args: string[]) => {
      tried.push(args.join(' '));
      return args.includes('nvv4l2decoder') ? Promise.reject(new Error('no device')) : Promise.resolve();
    };
    expect(await firstThatDecodes(both, launch)).toBe(both[1]);
    expect(tried).toEqual(both.map((decoder) => trialOf(decoder).join(' ')));
    expect(await firstThatDecodes(both, () => Promise.reject(new Error('none')))).toBeUndefined();
    expect(await firstThatDecodes([], launch)).toBeUndefined();
  });
});
