import type { Mode } from './protocol/modes.ts';

/** `--auto` means now: a car that could not be armed for so long waits for a person. */
export const armingPatienceMs = 60_000;
/** A car that starts is busy with starting: its detector must have kept up this long before it drives. */
export const settledMs = 1000;

/** When a car that was started with `--auto` arms itself: once, and not after a person has taken charge. */
export class AutoArming {
  readonly #untilMs: number;
  #wanted: boolean;
  #clearSinceMs: number | undefined;

  /** @param wanted whether it was asked for at all. */
  constructor(options: { readonly wanted: boolean; readonly startedAtMs: number }) {
    this.#wanted = options.wanted;
    this.#untilMs = options.startedAtMs + armingPatienceMs;
  }

  /** From now on nothing but a person arms. */
  personTookCharge(): void {
    this.#wanted = false;
  }

  /** After each step of the drive loop; true when it is time to ask for arming. It is asked for again until it is granted. */
  isDue(car: { readonly mode: Mode; readonly autoObstacles: readonly unknown[] }, nowMs: number): boolean {
    if (car.mode !== 'disarmed' || nowMs >= this.#untilMs) this.#wanted = false;
    this.#clearSinceMs = car.autoObstacles.length === 0 ? (this.#clearSinceMs ?? nowMs) : undefined;
    return this.#wanted && this.#clearSinceMs !== undefined && nowMs - this.#clearSinceMs >= settledMs;
  }
}
