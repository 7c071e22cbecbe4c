import type { ArmingObstacle, Mode } from './protocol/modes.ts';

/** `--auto` means now: a car that could not be armed for so long waits for a person. */
export const armingPatienceMs = 60_000;
/** A car that starts is busy with starting: its detector must have kept up this long before it drives. */
export const settledMs = 1000;
/** What stands in the way for less than this is part of starting, and said to nobody. */
export const quietMs = 3000;

export interface AutoArmingStep {
  /** It is time to ask for arming. It is asked for again until it is granted. */
  readonly isDue: boolean;
  /** What stands in the way now, when it is other than what was told last. */
  readonly waitsFor?: readonly ArmingObstacle[];
  /** From now on a person must arm. True once. */
  readonly gaveUp?: true;
}

/** When a car that was started with `--auto` arms itself: once, and not after a person has taken charge. */
export class AutoArming {
  readonly #untilMs: number;
  #wanted: boolean;
  #clearSinceMs: number | undefined;
  #tellsFromMs: number;
  #told: string | undefined;

  constructor(options: {
    /** Whether it was asked for at all. */
    readonly wanted: boolean;
    readonly startedAtMs: number;
  }) {
    this.#wanted = options.wanted;
    this.#untilMs = options.startedAtMs + armingPatienceMs;
    this.#tellsFromMs = options.startedAtMs + quietMs;
  }

  /** From now on nothing but a person arms. */
  personTookCharge(): void {
    this.#wanted = false;
  }

  /** It has armed the car, and does so once: also where that ended before a step could tell of it. */
  granted(): void {
    this.#wanted = false;
  }

  /** Before each step of the drive loop, with the car as the one before left it. */
  step(car: { readonly mode: Mode; readonly autoObstacles: readonly ArmingObstacle[] }, nowMs: number): AutoArmingStep {
    if (car.mode !== 'disarmed') this.#wanted = false;
    if (!this.#wanted) return { isDue: false };
    if (nowMs >= this.#untilMs) {
      this.#wanted = false;
      return { isDue: false, waitsFor: car.autoObstacles, gaveUp: true };
    }
    if (car.autoObstacles.length > 0) {
      this.#clearSinceMs = undefined;
      return { isDue: false, ...this.#news(car.autoObstacles, nowMs) };
    }
    this.#clearSinceMs ??= nowMs;
    return { isDue: nowMs - this.#clearSinceMs >= settledMs };
  }

  #news(obstacles: readonly ArmingObstacle[], nowMs: number): Pick<AutoArmingStep, 'waitsFor'> {
    const codes = obstacles.map(({ code }) => code).join();
    if (nowMs < this.#tellsFromMs || codes === this.#told) return {};
    this.#told = codes;
    // What comes and goes thirty times a second is told now and then.
    this.#tellsFromMs = nowMs + quietMs;
    return { waitsFor: obstacles };
  }
}

/** For the log; undefined when there is nothing to tell. */
export function autoArmingText({ waitsFor, gaveUp }: AutoArmingStep): string | undefined {
  if (waitsFor === undefined) return undefined;
  const why = waitsFor.map(({ text, cure }) => `${text}: ${cure}`).join('; ');
  if (gaveUp !== true) return `--auto waits to drive. ${why}`;
  return `--auto has waited ${armingPatienceMs / 1000} s and gives up: arm the car on its page. ${why}`;
}
