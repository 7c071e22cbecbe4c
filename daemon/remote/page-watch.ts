/**
 * Whether the page itself still runs. Pongs do not say so: the phone's network stack gives them even when its page is
 * frozen, locked away or throttled. The page's own messages do, and it sends some all the time, if only pings.
 */
export class PageWatch {
  readonly #limitMs: number;
  #heardAtMs: number;

  constructor(limitMs: number, nowMs: number) {
    this.#limitMs = limitMs;
    this.#heardAtMs = nowMs;
  }

  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  silent(nowMs: number): boolean {
    return nowMs - this.#heardAtMs > this.#limitMs;
  }
}
