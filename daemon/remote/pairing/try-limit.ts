/** Whether one more try is within the limits; if not, whose limit it is and when the next one is. */
export type TryVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly limit: 'source' | 'all'; readonly retryAtMs: number };

/**
 * Counts tries at a secret that can be guessed: in any window of `windowMs` at most `perSource` from one source and
 * `inAll` from all of them together. Remembers no more than `inAll` tries, whoever makes them.
 */
export class TryLimit {
  readonly #perSource: number;
  readonly #inAll: number;
  readonly #windowMs: number;
  /** Oldest first. */
  #tries: { readonly source: string; readonly atMs: number }[] = [];

  constructor(options: { perSource: number; inAll: number; windowMs: number }) {
    this.#perSource = options.perSource;
    this.#inAll = options.inAll;
    this.#windowMs = options.windowMs;
  }

  /** Counts it if it is allowed. One that is refused is not tried, and so does not count. */
  take(source: string, nowMs: number): TryVerdict {
    this.#tries = this.#tries.filter(({ atMs }) => nowMs - atMs < this.#windowMs);
    const own = this.#tries.filter((one) => one.source === source);
    for (const [limit, tries, most] of [
      ['source', own, this.#perSource],
      ['all', this.#tries, this.#inAll],
    ] as const) {
      const oldest = tries[0];
      if (oldest !== undefined && tries.length >= most) {
        return { allowed: false, limit, retryAtMs: oldest.atMs + this.#windowMs };
      }
    }
    this.#tries.push({ source, atMs: nowMs });
    return { allowed: true };
  }

  /** A source that knew the secret was no guesser: its tries no longer count. */
  forgive(source: string): void {
    this.#tries = this.#tries.filter((one) => one.source !== source);
  }
}
