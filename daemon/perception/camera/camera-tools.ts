import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { type OfferedMode, parseVideoModes } from './video-modes.ts';

/** What this computer has for cameras. */
export interface CameraTools {
  /** GStreamer's elements; undefined where GStreamer is not installed. */
  readonly elements: ReadonlySet<string> | undefined;
  readonly ffmpeg: boolean;
  /** What decodes JPEG in hardware here, tried out; undefined where nothing does. */
  readonly jpegDecoder: JpegDecoder | undefined;
}

/** Elements one behind the other, from JPEG to a picture in this computer's memory. */
export type JpegDecoder = readonly (readonly string[])[];

/** Of L4T, the newer one first. Either leaves the picture in the memory of the hardware; nvvidconv fetches it. */
const fetched = [['nvvidconv'], ['video/x-raw,format=BGRx']];
const hardwareDecoders: readonly JpegDecoder[] = [
  [['jpegparse'], ['nvv4l2decoder', 'mjpeg=1'], ...fetched],
  [['nvjpegdec'], ...fetched],
];

const run = promisify(execFile);
/** The first call of gst-inspect on a Nano builds its registry, which takes a while. */
const patienceMs = 20_000;
const trialMs = 5000;

export async function findCameraTools(): Promise<CameraTools> {
  const [elements, ffmpeg] = await Promise.all([
    run('gst-inspect-1.0', ['--no-colors'], { timeout: patienceMs, maxBuffer: 4 << 20 })
      // Ubuntu 18.04's knows no such option.
      .catch(() => run('gst-inspect-1.0', [], { timeout: patienceMs, maxBuffer: 4 << 20 }))
      .then(({ stdout }) => parseElements(stdout))
      .catch(() => undefined),
    run('ffmpeg', ['-version'], { timeout: patienceMs }).then(
      () => true,
      () => false,
    ),
  ]);
  return { elements, ffmpeg, jpegDecoder: await firstThatDecodes(decodersOf(elements ?? new Set())) };
}

/** The hardware decoders whose elements are all there. */
export function decodersOf(elements: ReadonlySet<string>): readonly JpegDecoder[] {
  return hardwareDecoders.filter((decoder) =>
    decoder.every(([element = '']) => element.includes('/') || elements.has(element)),
  );
}

/** A pipeline that only works where the decoder does; needs no camera. */
export function trialOf(decoder: JpegDecoder): string[] {
  const source = ['videotestsrc', 'num-buffers=3', '!', 'video/x-raw,format=I420,width=640,height=480', '!', 'jpegenc'];
  return ['-q', ...source, ...decoder.flatMap((element) => ['!', ...element]), '!', 'fakesink'];
}

/**
 * That an element is listed proves nothing: its library or its device may be missing. So each is tried, once, before a camera
 * depends on it.
 */
export async function firstThatDecodes(
  decoders: readonly JpegDecoder[],
  launch: (args: string[]) => Promise<unknown> = (args) => run('gst-launch-1.0', args, { timeout: trialMs }),
): Promise<JpegDecoder | undefined> {
  for (const decoder of decoders) {
    const works = await launch(trialOf(decoder)).then(
      () => true,
      () => false,
    );
    if (works) return decoder;
  }
  return undefined;
}

/**
 * That GStreamer is here, and not the decoder of this very video: H.264 and MPEG-4 come with gstreamer1.0-libav, which many
 * computers lack. Tried with its first picture; a video that is broken is not said to lack one.
 */
export async function lacksDecoder(path: string): Promise<boolean> {
  const first = [
    'filesrc',
    `location=${path}`,
    '!',
    'decodebin',
    '!',
    'videoconvert',
    '!',
    'fakesink',
    'num-buffers=1',
  ];
  const env = { ...process.env, LC_ALL: 'C' };
  return await run('gst-launch-1.0', ['-q', ...first], { timeout: trialMs, env }).then(
    () => false,
    ({ stderr }: { readonly stderr?: string }) => /missing decoder|missing a plug-in/i.test(stderr ?? ''),
  );
}

/** The list that gst-inspect-1.0 prints: `plugin:  element: what it is`. */
export function parseElements(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^\S+?:\s+([\w-]+):? /gm)].map((match) => match[1]!));
}

/** The modes of a device; none where it is not there now, or nobody can ask it. */
export async function probeModes(device: string): Promise<OfferedMode[]> {
  if (!existsSync(device)) return [];
  return await run('v4l2-ctl', ['--device', device, '--list-formats-ext'], { timeout: patienceMs }).then(
    ({ stdout }) => parseVideoModes(stdout),
    () => [],
  );
}
