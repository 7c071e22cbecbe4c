import { PinError } from './pins/pins.ts';

/** A device that refuses is given up after this long; a bus that is silent a little later, for nothing reaches it. */
const refusalToleranceMs = 50;
const silenceToleranceMs = 250;
/** Read-backs that fail one after another, though writes succeed, before the board counts as unknown. */
const unansweredChecksLimit = 5;
/** What a start may open anew, and lose, it must not do as often as a bus or a pin can say no. */
const restartMs = 100;
/** A pin that goes on refusing is taken ever more rarely: each time by files of the system, and with waiting for their rights. */
const rarestPinRestartMs = 800;

/** How long a board's refusals are borne, and when a start that failed is tried again. */
export class Patience {
  #failures = 0;
  #failingSinceMs = 0;
  #unansweredChecks = 0;
  #restartAtMs = 0;
  #pinRestartMs = restartMs;

  /** A job was done, be it a check or a write. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** @returns whether it is the first of its kind, and may be tried again at once; and whether it must be told. */
  failed(code: string, nowMs: number): { readonly isFirst: boolean; readonly isBearable: boolean } {
    if (this.#failures === 0) this.#failingSinceMs = nowMs;
    this.#failures += 1;
    const toleranceMs = code === 'ETIMEDOUT' || code === 'EBUSY' ? silenceToleranceMs : refusalToleranceMs;
    const isBearable = nowMs - this.#failingSinceMs < toleranceMs && this.#unansweredChecks < unansweredChecksLimit;
    return { isFirst: this.#failures === 1, isBearable };
  }

  askedForCheck(): void {
    this.#unansweredChecks += 1;
  }

  checkAnswered(): void {
    this.#unansweredChecks = 0;
  }

  startFailed(error: unknown, nowMs: number): void {
    this.#restartAtMs = nowMs + this.#restartPauseMs(error);
  }

  startSucceeded(): void {
    this.#pinRestartMs = restartMs;
  }

  mayStart(nowMs: number): boolean {
    return nowMs >= this.#restartAtMs;
  }

  #restartPauseMs(error: unknown): number {
    if (!(error instanceof PinError)) return restartMs;
    const pauseMs = this.#pinRestartMs;
    this.#pinRestartMs = Math.min(2 * pauseMs, rarestPinRestartMs);
    return pauseMs;
  }
}
