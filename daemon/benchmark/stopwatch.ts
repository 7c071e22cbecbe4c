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

  /** @throws Error when nothing was recorded under this name. */
  spread(name: string): Spread {
    const sorted = (this.#times.get(name) ?? []).toSorted((a, b) => a - b);
    const at = (share: number): number => {
      const elapsedMs = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
      if (elapsedMs === undefined) throw new Error(`nothing was timed as "${name}"`);
      return elapsedMs;
    };
    return { p50: at(0.5), p99: at(0.99) };
  }
}
