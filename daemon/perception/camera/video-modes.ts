import { UserError } from '../../platform/user-error.ts';

/** One way in which a camera gives pictures. */
export interface VideoMode {
  /** As V4L2 names it: MJPG, YUYV, … */
  readonly format: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerSecond: number;
}

export type WantedMode = Omit<VideoMode, 'format'>;

interface Span {
  readonly least: number;
  readonly most: number;
}

/** Many ways at once: sizes or rates that go in steps, or that the camera does not tell. */
export interface VideoModeRange {
  readonly format: string;
  /** Undefined where the camera tells none: it may have any. */
  readonly widthPx: (Span & { readonly step: number }) | undefined;
  readonly heightPx: (Span & { readonly step: number }) | undefined;
  /** Undefined where the camera tells none; its driver then takes the nearest that it has. */
  readonly framesPerSecond: Span | undefined;
}

export type OfferedMode = VideoMode | VideoModeRange;

/** Formats that are compressed as the phone wants them: a camera's own JPEG goes to it unchanged. */
const compressed: readonly string[] = ['MJPG', 'JPEG'];
/** What GStreamer and ffmpeg call the others that can be used. */
const uncompressed: Readonly<Record<string, { readonly gstreamer: string; readonly ffmpeg: string }>> = {
  YUYV: { gstreamer: 'YUY2', ffmpeg: 'yuyv422' },
  UYVY: { gstreamer: 'UYVY', ffmpeg: 'uyvy422' },
  NV12: { gstreamer: 'NV12', ffmpeg: 'nv12' },
  YU12: { gstreamer: 'I420', ffmpeg: 'yuv420p' },
  RGB3: { gstreamer: 'RGB', ffmpeg: 'rgb24' },
  BGR3: { gstreamer: 'BGR', ffmpeg: 'bgr24' },
  GREY: { gstreamer: 'GRAY8', ffmpeg: 'gray' },
};
/** The cheapest first. */
const usable: readonly string[] = [...compressed, ...Object.keys(uncompressed)];
/** What the sensor of a ribbon-cable camera gives before its picture is worked out. */
const bayer = /^(RGGB|GRBG|GBRG|BA81|(RG|BA|GB|BG)1[0246])/;

export function givesJpeg({ format }: VideoMode): boolean {
  return compressed.includes(format);
}

/** What a mode's pixels are called. @throws Error for a mode that `chooseMode` does not choose. */
export function pixelNames({ format }: VideoMode): { readonly gstreamer: string; readonly ffmpeg: string } {
  const names = uncompressed[format];
  if (names === undefined) throw new Error(`${format} is no format of pixels`);
  return names;
}

/** What `v4l2-ctl --list-formats-ext` prints, of Ubuntu 18.04 as of today. */
export function parseVideoModes(text: string): OfferedMode[] {
  // A format and its lines, then a size and its lines: before the first of each kind stands what belongs to none.
  return text.split(/^\s*(?:\[\d+\]:|Pixel Format\s*:) (?=')/m).flatMap((part) => {
    const format = /^'([^']+)'/.exec(part)?.[1]?.trim();
    if (format === undefined) return [];
    const [, ...sizes] = part.split(/^\s*Size: /m);
    if (sizes.length === 0) return [{ format, widthPx: undefined, heightPx: undefined, framesPerSecond: undefined }];
    return sizes.flatMap((size) => modesOfSize(format, size));
  });
}

/** One size of a format: `Discrete 640x480` or `Stepwise 16x16 - 4096x2304 with step 2/2`, and its rates below it. */
function modesOfSize(format: string, text: string): OfferedMode[] {
  const stepped = /^(?:Stepwise|Continuous) (\d+)x(\d+) - (\d+)x(\d+)(?: with step (\d+)\/(\d+))?/.exec(text);
  if (stepped !== null) {
    const [leastWidth = 0, leastHeight = 0, mostWidth = 0, mostHeight = 0, stepX = 1, stepY = 1] = stepped
      .slice(1)
      .map((digits) => Number(digits ?? 1));
    return [
      {
        format,
        widthPx: { least: leastWidth, most: mostWidth, step: stepX },
        heightPx: { least: leastHeight, most: mostHeight, step: stepY },
        framesPerSecond: undefined,
      },
    ];
  }
  const discrete = /^Discrete (\d+)x(\d+)/.exec(text);
  if (discrete === null) return [];
  const widthPx = Number(discrete[1]);
  const heightPx = Number(discrete[2]);
  const rates = [...text.matchAll(/^\s*Interval: Discrete [\d.]+s \(([\d.]+) fps\)/gm)].map((match) =>
    Number(match[1]),
  );
  if (rates.length > 0) return rates.map((framesPerSecond) => ({ format, widthPx, heightPx, framesPerSecond }));
  const span = /^\s*Interval: (?:Stepwise|Continuous) .*\(([\d.]+)-([\d.]+) fps\)/m.exec(text);
  return [
    {
      format,
      widthPx: { least: widthPx, most: widthPx, step: 1 },
      heightPx: { least: heightPx, most: heightPx, step: 1 },
      framesPerSecond: span === null ? undefined : { least: Number(span[1]), most: Number(span[2]) },
    },
  ];
}

/**
 * The mode to use. The size must be one that the camera has; of the rates the nearest is taken.
 * @throws UserError with the list of what would be right.
 */
export function chooseMode(modes: readonly OfferedMode[], wanted: WantedMode, device: string): VideoMode {
  const { widthPx, heightPx } = wanted;
  const fitting = modes.filter(({ format }) => usable.includes(format));
  if (fitting.length === 0) throw new UserError(unusableWords(modes, device));
  const apart = (mode: VideoMode) => Math.abs(mode.framesPerSecond - wanted.framesPerSecond);
  const [best] = fitting
    .flatMap((mode) => atSize(mode, wanted) ?? [])
    // 29.97 is as near to 30 as 30 is: then the cheaper one.
    .sort(
      (one, other) =>
        Math.round(apart(one)) - Math.round(apart(other)) || rank(one) - rank(other) || apart(one) - apart(other),
    );
  if (best !== undefined) return best;
  throw new UserError(
    `the camera ${device} has no ${widthPx}x${heightPx} pictures. It has ${describeModes(fitting)}. ` +
      'Change camera.widthPx and camera.heightPx.',
  );
}

/** The mode of an offer that has this size, at the rate that is nearest to the wanted one; undefined where it has not. */
function atSize(offer: OfferedMode, wanted: WantedMode): VideoMode | undefined {
  if (!isRange(offer)) {
    return offer.widthPx === wanted.widthPx && offer.heightPx === wanted.heightPx ? offer : undefined;
  }
  if (!isOnStep(wanted.widthPx, offer.widthPx) || !isOnStep(wanted.heightPx, offer.heightPx)) return undefined;
  const { least, most } = offer.framesPerSecond ?? { least: 0, most: Number.POSITIVE_INFINITY };
  return { ...wanted, format: offer.format, framesPerSecond: Math.min(most, Math.max(least, wanted.framesPerSecond)) };
}

function isRange(offer: OfferedMode): offer is VideoModeRange {
  return typeof offer.widthPx !== 'number';
}

function isOnStep(value: number, steps: VideoModeRange['widthPx']): boolean {
  if (steps === undefined) return true;
  return value >= steps.least && value <= steps.most && (value - steps.least) % Math.max(1, steps.step) === 0;
}

function unusableWords(modes: readonly OfferedMode[], device: string): string {
  const formats = [...new Set(modes.map(({ format }) => format))];
  const cure = formats.some((format) => bayer.test(format))
    ? 'It is a ribbon-cable camera: camera.source: csi.'
    : 'Name another device in camera.source ("v4l2-ctl --list-devices" lists them).';
  return `the camera ${device} gives ${formats.join(', ') || 'nothing'}, and none of ${usable.join(', ')}. ${cure}`;
}

function rank({ format }: VideoMode): number {
  return usable.indexOf(format);
}

/** `640x480 (30 a second), 1280x720 (30, 15 a second), any size from 16x16 to 1920x1080`. */
export function describeModes(modes: readonly (OfferedMode | WantedMode)[]): string {
  const rates = new Map<string, Set<number>>();
  for (const { widthPx, heightPx, framesPerSecond } of modes) {
    const size =
      typeof widthPx === 'number' && typeof heightPx === 'number'
        ? `${widthPx}x${heightPx}`
        : describeRange(widthPx, heightPx);
    const known = rates.get(size) ?? new Set();
    if (typeof framesPerSecond === 'number') known.add(Math.round(framesPerSecond));
    else if (framesPerSecond !== undefined) known.add(Math.round(framesPerSecond.most));
    rates.set(size, known);
  }
  return [...rates]
    .map(([size, each]) =>
      each.size === 0 ? size : `${size} (${[...each].sort((a, b) => b - a).join(', ')} a second)`,
    )
    .join(', ');
}

function describeRange(width: VideoModeRange['widthPx'] | number, height: VideoModeRange['heightPx'] | number): string {
  if (typeof width !== 'object' || typeof height !== 'object') return 'any size';
  if (width.least === width.most && height.least === height.most) return `${width.least}x${height.least}`;
  const steps = width.step > 1 || height.step > 1 ? ` in steps of ${width.step}x${height.step}` : '';
  return `any size from ${width.least}x${height.least} to ${width.most}x${height.most}${steps}`;
}
