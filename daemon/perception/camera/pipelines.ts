import { UserError } from '../../platform/user-error.ts';
import type { PerceptionStart } from '../../protocol/perception-messages.ts';
import { type CameraSource, withoutPassword } from './camera-source.ts';
import type { CameraTools, JpegDecoder } from './camera-tools.ts';
import { chooseSensorMode } from './sensor-modes.ts';
import { chooseMode, givesJpeg, type OfferedMode, pixelNames, type VideoMode, type WantedMode } from './video-modes.ts';

/** A program to start, and what is known of its pictures. */
export type CameraProgramPlan = Pick<
  PerceptionStart['camera'],
  'command' | 'framing' | 'name' | 'stallCure' | 'framesPerSecond'
>;

/** Sources that a program of the system is found for. */
export type SystemSource = Exclude<CameraSource, { readonly kind: 'simulator' | 'program' | 'folder' }>;

const usbCure = 'Check the USB plug; a C270 works, some 720p cameras stall the bus';
const csiCure = 'Check the ribbon cable; sudo systemctl restart nvargus-daemon';

/**
 * The program for a camera, from what this computer has. GStreamer first, which gives capture times (gdppay) and reaches the
 * Jetson's own hardware; ffmpeg where it is not.
 * @param modes of a USB camera, as it says; empty where it could not be asked.
 * @throws UserError when nothing here can read the camera, or it has no such pictures.
 */
export function planCamera(
  source: SystemSource,
  wanted: WantedMode,
  tools: CameraTools,
  modes: readonly OfferedMode[],
): CameraProgramPlan {
  if (wanted.widthPx % 4 !== 0) {
    throw new UserError(
      `camera.widthPx is ${wanted.widthPx}: rows of pictures are padded unless it is a multiple of 4, such as ` +
        `${wanted.widthPx - (wanted.widthPx % 4)}. Change camera.widthPx.`,
    );
  }
  const mode = source.kind === 'usb' ? usbMode(modes, wanted, source.device) : undefined;
  const size = mode ?? wanted;
  const missing = tools.elements === undefined ? ['GStreamer'] : missingElements(source, size, mode, tools.elements);
  const common = { ...wordsOf(source), framesPerSecond: size.framesPerSecond };
  if (missing.length === 0) {
    const hasTimes = tools.elements?.has('gdppay') === true;
    const isJpeg = mode !== undefined && givesJpeg(mode);
    const { jpegDecoder } = tools;
    if (isJpeg && jpegDecoder !== undefined && joinElements.every((each) => tools.elements?.has(each))) {
      return {
        command: decodedBeside(gstreamer(source, size, mode), jpegDecoder, size),
        framing: 'gdp-jpeg-and-rgb',
        ...common,
      };
    }
    const framing = hasTimes ? (isJpeg ? 'gdp-jpeg' : 'gdp-rgb') : isJpeg ? 'jpeg' : 'raw';
    const command = [...launch, ...chain(gstreamer(source, size, mode))];
    const sync = source.kind === 'file' ? 'sync=true' : 'sync=false';
    return {
      command: [...command, '!', ...(hasTimes ? ['gdppay', '!'] : []), 'fdsink', 'fd=1', sync],
      framing,
      ...common,
    };
  }
  if (tools.ffmpeg && source.kind !== 'csi') return { ...ffmpeg(source, size, mode), ...common };
  throw new UserError(
    `${common.name} cannot be read: ${missing.join(', ')} is missing` +
      (source.kind === 'csi'
        ? ". nvarguscamerasrc comes with NVIDIA's JetPack; a CSI camera works on a Jetson alone."
        : ' and ffmpeg is not there either. Install gstreamer1.0-tools, gstreamer1.0-plugins-base, -good and -bad; or ffmpeg.') +
      ' Or change camera.source or --camera.',
  );
}

/** A camera that could not be asked is taken for one that compresses, as nearly all do. */
function usbMode(modes: readonly OfferedMode[], wanted: WantedMode, device: string): VideoMode {
  return modes.length === 0 ? { ...wanted, format: 'MJPG' } : chooseMode(modes, wanted, device);
}

/** What people call a camera, and what to do when it stalls. */
export function wordsOf(source: SystemSource): { name: string; stallCure?: string } {
  switch (source.kind) {
    case 'usb':
      return { name: `the USB camera ${source.device}`, stallCure: usbCure };
    case 'csi':
      return { name: `the CSI camera ${source.sensorId}`, stallCure: csiCure };
    case 'test':
      return { name: 'the test picture' };
    case 'file':
      return { name: `the video ${source.path}` };
    case 'rtsp':
      return {
        name: `the network camera ${withoutPassword(source.url)}`,
        stallCure: 'Check the network to the camera',
      };
  }
}

/**
 * Nothing but pictures on its standard output; and SIGINT sends an EOS through the pipeline, so that the Nano's camera service is
 * left in order.
 */
const launch = ['gst-launch-1.0', '-q', '-e'];

/** Elements one behind the other, as gst-launch-1.0 reads them. */
function chain(elements: readonly (readonly string[])[]): string[] {
  return elements.flatMap((element) => ['!', ...element]).slice(1);
}

/** What `decodedBeside` needs of GStreamer besides the decoder itself. */
const joinElements = ['tee', 'funnel', 'gdppay', 'videoconvert'];

/**
 * Each picture twice, as the camera compressed it and decoded, each in a packet of its own with the same time: the phone gets the
 * one, the detector the other, and no processor of the computer decodes or encodes.
 */
function decodedBeside(source: string[][], decoder: JpegDecoder, { widthPx, heightPx }: WantedMode): string[] {
  const rgb = `video/x-raw,format=RGB,width=${widthPx},height=${heightPx}`;
  return [
    ...launch,
    // One gdppay behind the funnel: two of them would begin two streams of bytes, and fdsink cannot go back to a beginning.
    ...chain([['funnel', 'name=both'], ['gdppay'], ['fdsink', 'fd=1', 'sync=false']]),
    ...chain([...source, ['tee', 'name=jpeg']]),
    // No queue here: so the JPEG is always out before the pixels that belong to it.
    ...chain([['jpeg.'], ['both.']]),
    ...chain([['jpeg.'], newestOnly, ...decoder, ['videoconvert'], [rgb], ['both.']]),
  ];
}

const newestOnly = ['queue', 'leaky=downstream', 'max-size-buffers=1'];

/** Elements with their properties; the sink, and what stamps the pictures, come behind them. */
function gstreamer(source: SystemSource, size: WantedMode, mode: VideoMode | undefined): string[][] {
  const { widthPx, heightPx } = size;
  const rgb = `video/x-raw,format=RGB,width=${widthPx},height=${heightPx}`;
  switch (source.kind) {
    case 'usb': {
      const device = ['v4l2src', `device=${source.device}`];
      const limits = `width=${widthPx},height=${heightPx},framerate=${toldRate(size.framesPerSecond)}`;
      if (mode === undefined || givesJpeg(mode)) return [device, [`image/jpeg,${limits}`], newestOnly];
      const raw = `video/x-raw,format=${pixelNames(mode).gstreamer},${limits}`;
      return [device, [raw], newestOnly, ['videoconvert'], [rgb]];
    }
    case 'csi': {
      const sensor = chooseSensorMode(size);
      const rate = fraction(size.framesPerSecond);
      return [
        ['nvarguscamerasrc', `sensor-id=${source.sensorId}`],
        [`video/x-raw(memory:NVMM),width=${sensor.widthPx},height=${sensor.heightPx},format=NV12,framerate=${rate}`],
        ['nvvidconv'],
        [`video/x-raw,width=${widthPx},height=${heightPx},format=BGRx`],
        newestOnly,
        ['videoconvert'],
        [rgb],
      ];
    }
    case 'test':
      return [['videotestsrc', 'is-live=true', 'pattern=ball'], [`${rgb},framerate=${fraction(size.framesPerSecond)}`]];
    case 'file':
      return [['filesrc', `location=${source.path}`], ['decodebin'], ['videoconvert'], ['videoscale'], [rgb]];
    case 'rtsp':
      return [
        ['rtspsrc', `location=${source.url}`, 'latency=50', 'drop-on-latency=true'],
        ['application/x-rtp,media=video'],
        ['decodebin'],
        newestOnly,
        ['videoconvert'],
        ['videoscale'],
        [rgb],
      ];
  }
}

function missingElements(
  source: SystemSource,
  size: WantedMode,
  mode: VideoMode | undefined,
  elements: ReadonlySet<string>,
): string[] {
  const wanted = gstreamer(source, size, mode).flatMap(([first = '']) => (first.includes('/') ? [] : [first]));
  return [...new Set([...wanted, 'fdsink'])].filter((element) => !elements.has(element));
}

/** Frame rates are fractions. */
function fraction(framesPerSecond: number): string {
  return isWhole(framesPerSecond) ? `${Math.round(framesPerSecond)}/1` : `${thousandths(framesPerSecond)}/1000`;
}

/**
 * A rate as the camera's driver told it, with three decimals: 29.970 may be 2997/100 or 30000/1001, 8.333 is 25/3. GStreamer
 * compares fractions exactly, so it is given what lies about it.
 */
function toldRate(framesPerSecond: number): string {
  if (isWhole(framesPerSecond)) return fraction(framesPerSecond);
  const near = thousandths(framesPerSecond);
  return `(fraction)[${near - 1}/1000,${near + 1}/1000]`;
}

function isWhole(framesPerSecond: number): boolean {
  return thousandths(framesPerSecond) % 1000 === 0;
}

function thousandths(framesPerSecond: number): number {
  return Math.round(framesPerSecond * 1000);
}

function ffmpeg(
  source: Exclude<SystemSource, { kind: 'csi' }>,
  size: WantedMode,
  mode: VideoMode | undefined,
): Pick<CameraProgramPlan, 'command' | 'framing'> {
  const { widthPx, heightPx, framesPerSecond } = size;
  const begin = ['ffmpeg', '-nostdin', '-loglevel', 'error'];
  // Pictures that were read to learn how the stream is made are then left out: of a short video, all.
  const live = [...begin, '-fflags', 'nobuffer'];
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${widthPx}x${heightPx}`, '-'];
  switch (source.kind) {
    case 'usb': {
      const input = [
        '-framerate',
        String(framesPerSecond),
        '-video_size',
        `${widthPx}x${heightPx}`,
        '-i',
        source.device,
      ];
      return mode === undefined || givesJpeg(mode)
        ? {
            command: [...live, '-f', 'v4l2', '-input_format', 'mjpeg', ...input, '-c', 'copy', '-f', 'mjpeg', '-'],
            framing: 'jpeg',
          }
        : {
            command: [...live, '-f', 'v4l2', '-input_format', pixelNames(mode).ffmpeg, ...input, ...raw],
            framing: 'raw',
          };
    }
    case 'test': {
      const picture = `testsrc2=size=${widthPx}x${heightPx}:rate=${framesPerSecond}`;
      return { command: [...begin, '-re', '-f', 'lavfi', '-i', picture, ...raw], framing: 'raw' };
    }
    case 'file':
      return { command: [...begin, '-re', '-i', source.path, ...raw], framing: 'raw' };
    case 'rtsp':
      return { command: [...live, '-rtsp_transport', 'tcp', '-i', source.url, '-an', ...raw], framing: 'raw' };
  }
}
