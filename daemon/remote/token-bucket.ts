/** A rate limit that lets a short burst pass: after a stall of the link several messages come at once. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor(options: { perSecond: number; burst: number; nowMs: number }) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#tokens = options.burst;
    this.#atMs = options.nowMs;
  }

  /** Whether one more may pass now. In any window of `t` seconds at most `burst + perSecond * t` pass. */
  take(nowMs: number): boolean {
    const refill = (Math.max(0, nowMs - this.#atMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + refill);
    this.#atMs = Math.max(this.#atMs, nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
