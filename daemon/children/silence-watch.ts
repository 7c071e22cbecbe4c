/** Silence counts only when it was looked for this many times: after a hold-up of our own, words wait in the pipe. */
const looks = 4;

/** Notices that a process which reports all the time has stopped doing so. From its first word on. */
export class SilenceWatch {
  readonly #limitMs: number;
  #heardAtMs: number | undefined;
  #silentLooks = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#silentLooks = 0;
  }

  /** Nothing is expected until the next word. */
  reset(): void {
    this.#heardAtMs = undefined;
    this.#silentLooks = 0;
  }

  /** Once every control period. */
  isSilent(nowMs: number): boolean {
    if (this.#heardAtMs === undefined || nowMs - this.#heardAtMs <= this.#limitMs) return false;
    this.#silentLooks += 1;
    return this.#silentLooks >= looks;
  }
}
