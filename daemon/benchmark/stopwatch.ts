/** Milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

/** Collects how long things took, by their names. */
export class Stopwatch {
  readonly #times = new Map<string, number[]>();

  record(name: string, elapsedMs: number): void {
    const times = this.#times.get(name);
    if (times === undefined) this.#times.set(name, [elapsedMs]);
    else times.push(elapsedMs);
  }

  /** Zeros where nothing was recorded. */
  spread(name: string): Spread {
    const sorted = (this.#times.get(name) ?? []).toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return { p50: at(0.5), p99: at(0.99) };
  }
}
