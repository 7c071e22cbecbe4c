/** Durations in whole milliseconds, counted: a day of them takes no more memory than a minute. */
export class Samples {
  readonly #counts = new Map<number, number>();
  #total = 0;

  add(ms: number): void {
    const whole = Math.round(ms);
    this.#counts.set(whole, (this.#counts.get(whole) ?? 0) + 1);
    this.#total += 1;
  }

  clear(): void {
    this.#counts.clear();
    this.#total = 0;
  }

  get total(): number {
    return this.#total;
  }

  /** The smallest of them that a share of them does not exceed. Throws where there are none: they would prove nothing. */
  percentileMs(share: number): number {
    let seen = 0;
    for (const [ms, count] of [...this.#counts].sort(([one], [other]) => one - other)) {
      seen += count;
      if (seen >= share * this.#total) return ms;
    }
    throw new Error('no samples');
  }

  shareAbove(ms: number): number {
    let above = 0;
    for (const [value, count] of this.#counts) if (value > ms) above += count;
    return above / this.#total;
  }
}
