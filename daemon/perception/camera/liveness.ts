/**
 * Whether a camera gives new pictures. Arrival alone proves nothing: a wedged capture service repeats its last picture
 * and reports success. Pure: time comes in as an argument.
 */
export interface Liveness {
  readonly startedAtMs: number;
  readonly lastNewAtMs: number | undefined;
  /** What arrived last that was not new, if anything did since the last new picture. */
  readonly notNew: NotNew | undefined;
}

/** `black`: it is shown, but shows nothing. `corrupt`: it cannot be decoded. */
export type NotNew = 'same-picture' | 'same-time' | 'black' | 'corrupt';

export interface LivenessLimits {
  /** No new picture for this long is a stall. */
  readonly stallMs: number;
  /** Silence of this long does not heal: start the program anew. */
  readonly restartMs: number;
  /** Likewise pictures that are not new; longer, for a video may stand still for a while, or a hand cover the lens. */
  readonly repeatRestartMs: number;
  /** How long a program may take to its first picture. */
  readonly startMs: number;
}

export type LivenessVerdict =
  | { readonly state: 'starting' }
  | { readonly state: 'streaming' }
  | { readonly state: 'stalled'; readonly text: string; readonly giveUp: boolean }
  | { readonly state: 'never-started'; readonly text: string };

export function startLiveness(nowMs: number): Liveness {
  return { startedAtMs: nowMs, lastNewAtMs: undefined, notNew: undefined };
}

export function noteNewPicture(liveness: Liveness, nowMs: number): Liveness {
  return { ...liveness, lastNewAtMs: nowMs, notNew: undefined };
}

export function noteOldPicture(liveness: Liveness, notNew: NotNew): Liveness {
  return { ...liveness, notNew };
}

export function judgeLiveness(liveness: Liveness, nowMs: number, limits: LivenessLimits): LivenessVerdict {
  if (liveness.lastNewAtMs === undefined) {
    if (nowMs - liveness.startedAtMs < limits.startMs) return { state: 'starting' };
    return { state: 'never-started', text: `no picture within ${limits.startMs / 1000} s of its start` };
  }
  const silentMs = nowMs - liveness.lastNewAtMs;
  if (silentMs < limits.stallMs) return { state: 'streaming' };
  // In the dark nothing is gained by starting anew.
  const heals = liveness.notNew === 'black';
  return {
    state: 'stalled',
    text: `${whatCame(liveness)} for ${Math.round(silentMs)} ms`,
    giveUp: !heals && silentMs >= (liveness.notNew === undefined ? limits.restartMs : limits.repeatRestartMs),
  };
}

function whatCame({ notNew }: Liveness): string {
  switch (notNew) {
    case undefined:
      return 'no picture';
    case 'same-picture':
      return 'the same picture again and again';
    case 'same-time':
      return 'pictures whose time does not advance';
    case 'black':
      return 'black pictures (is the lens covered?)';
    case 'corrupt':
      return 'pictures that cannot be decoded';
  }
}
