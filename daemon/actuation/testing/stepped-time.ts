/** For tests: a clock that moves only when told, and the waits that hang on it. */
export class SteppedTime {
  #nowMs = 1000;
  #waits: { untilMs: number; resolve: () => void }[] = [];

  readonly nowMs = (): number => this.#nowMs;

  readonly wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      this.#waits.push({ untilMs: this.#nowMs + milliseconds, resolve });
    });

  /** Millisecond by millisecond; everything that can go on by itself does so in between, then `each` is called. */
  async advance(milliseconds: number, each: (nowMs: number) => void = () => {}): Promise<void> {
    await settle();
    for (let left = milliseconds; left > 0; left--) {
      this.#nowMs += 1;
      const due = this.#waits.filter(({ untilMs }) => untilMs <= this.#nowMs);
      this.#waits = this.#waits.filter(({ untilMs }) => untilMs > this.#nowMs);
      for (const { resolve } of due) resolve();
      each(this.#nowMs);
      await settle();
    }
  }
}

/** All promises that hang on no clock are through when a turn of the event loop is. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
