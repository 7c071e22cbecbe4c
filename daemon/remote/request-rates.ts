import { TokenBucket } from './token-bucket.ts';

const perSecond = 100;
const burst = 200;
const maxSources = 1024;

/** How many requests one source may make: a page that loads or a program that polls is far below it. */
export class RequestRates {
  /** The one that asked longest ago first. */
  readonly #buckets = new Map<string, TokenBucket>();

  take(source: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(source) ?? new TokenBucket({ perSecond, burst, nowMs });
    this.#buckets.delete(source);
    this.#buckets.set(source, bucket);
    const oldest = this.#buckets.keys().next().value;
    if (this.#buckets.size > maxSources && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.take(nowMs);
  }
}
