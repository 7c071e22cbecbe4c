/**
 * Whether the other end still answers. Judged by the oldest unanswered ping, not by the time since the last pong: when
 * this process itself was held up, no pings went out and silence proves nothing.
 */
export class PongWatch {
  readonly #limitMs: number;
  #unansweredSinceMs: number | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  pinged(nowMs: number): void {
    this.#unansweredSinceMs ??= nowMs;
  }

  answered(): void {
    this.#unansweredSinceMs = undefined;
  }

  silent(nowMs: number): boolean {
    return this.#unansweredSinceMs !== undefined && nowMs - this.#unansweredSinceMs > this.#limitMs;
  }
}
