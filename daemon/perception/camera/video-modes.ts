import { UserError } from '../../platform/user-error.ts';

/** One way in which a camera gives pictures. */
export interface VideoMode {
  /** As V4L2 names it: MJPG, YUYV, … */
  readonly format: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerSecond: number;
}

export interface WantedMode {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerSecond: number;
}

/** Formats that can be used, the cheapest first: a camera's own JPEG goes to the phone unchanged. */
const usable = ['MJPG', 'JPEG', 'YUYV'] as const;

/**
 * What `v4l2-ctl --list-formats-ext` prints, of Ubuntu 18.04 as of today. Sizes that go in steps are left out: a camera that
 * gives any size needs no list.
 */
export function parseVideoModes(text: string): VideoMode[] {
  const modes: VideoMode[] = [];
  let format: string | undefined;
  let size: { widthPx: number; heightPx: number } | undefined;
  for (const line of text.split('\n')) {
    const named = /^\s*(?:\[\d+\]:|Pixel Format:) '(.{4})'/.exec(line);
    if (named !== null) format = named[1]!.trim();
    const sized = /^\s*Size: Discrete (\d+)x(\d+)/.exec(line);
    if (sized !== null) size = { widthPx: Number(sized[1]), heightPx: Number(sized[2]) };
    const timed = /^\s*Interval: Discrete [\d.]+s \(([\d.]+) fps\)/.exec(line);
    if (timed !== null && format !== undefined && size !== undefined) {
      modes.push({ format, ...size, framesPerSecond: Number(timed[1]) });
    }
  }
  return modes;
}

/**
 * The mode to use. The size must be one that the camera has; of the rates the nearest is taken.
 * @throws UserError with the list of what would be right.
 */
export function chooseMode(modes: readonly VideoMode[], wanted: WantedMode, device: string): VideoMode {
  const { widthPx, heightPx, framesPerSecond } = wanted;
  const fitting = modes.filter((mode) => usable.some((format) => format === mode.format));
  const sized = fitting.filter((mode) => mode.widthPx === widthPx && mode.heightPx === heightPx);
  const [best] = [...sized].sort(
    (one, other) =>
      Math.abs(one.framesPerSecond - framesPerSecond) - Math.abs(other.framesPerSecond - framesPerSecond) ||
      rank(one) - rank(other),
  );
  if (best !== undefined) return best;
  const listed = fitting.length === 0 ? 'none that can be used (MJPG or YUYV)' : describeModes(fitting);
  throw new UserError(
    `the camera ${device} has no ${widthPx}x${heightPx} pictures. It has ${listed}. ` +
      'Change camera.widthPx and camera.heightPx.',
  );
}

function rank({ format }: VideoMode): number {
  return usable.findIndex((each) => each.startsWith(format));
}

/** `640x480 (30 a second), 1280x720 (30, 15 a second)`. */
export function describeModes(modes: readonly WantedMode[]): string {
  const rates = new Map<string, Set<number>>();
  for (const { widthPx, heightPx, framesPerSecond } of modes) {
    const size = `${widthPx}x${heightPx}`;
    rates.set(size, (rates.get(size) ?? new Set()).add(Math.round(framesPerSecond)));
  }
  return [...rates]
    .map(([size, each]) => `${size} (${[...each].sort((a, b) => b - a).join(', ')} a second)`)
    .join(', ');
}
