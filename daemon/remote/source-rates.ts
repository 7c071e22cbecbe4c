import { TokenBucket } from './token-bucket.ts';

const maxSources = 1024;

/** How often one source may do a thing; another source is not touched by it. */
export class SourceRates {
  readonly #limit: { readonly perSecond: number; readonly burst: number };
  /** The one that asked longest ago first. */
  readonly #buckets = new Map<string, TokenBucket>();

  /** @param limit of each source, as a TokenBucket has it. */
  constructor(limit: { readonly perSecond: number; readonly burst: number }) {
    this.#limit = limit;
  }

  take(source: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(source) ?? new TokenBucket({ ...this.#limit, nowMs });
    this.#buckets.delete(source);
    this.#buckets.set(source, bucket);
    const oldest = this.#buckets.keys().next().value;
    if (this.#buckets.size > maxSources && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.take(nowMs);
  }
}
