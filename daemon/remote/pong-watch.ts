/**
 * Whether the other end still answers. Judged by the oldest unanswered ping, not by the time since the last pong: when
 * this process itself was held up, no pings went out and silence proves nothing. Each ping carries its number, so that a
 * pong says how long the way there and back took, even with several under way.
 */
export class PongWatch {
  readonly #limitMs: number;
  /** Oldest first. */
  #unanswered: { readonly number: number; readonly sentAtMs: number }[] = [];
  #count = 0;
  #smallestRoundTripMs: number | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Of the whole connection; undefined before the first answer. */
  get smallestRoundTripMs(): number | undefined {
    return this.#smallestRoundTripMs;
  }

  /** Since when an answer is owed; undefined when none is. */
  get unansweredSinceMs(): number | undefined {
    return this.#unanswered[0]?.sentAtMs;
  }

  /** @returns what to send as the ping's payload. */
  pinged(nowMs: number): string {
    const number = this.#count++;
    this.#unanswered.push({ number, sentAtMs: nowMs });
    return String(number);
  }

  /** A pong with the payload of its ping. One answers all pings before it (RFC 6455, 5.5.3); others are no answer. */
  answered(payload: string, nowMs: number): void {
    const ping = this.#unanswered.find(({ number }) => String(number) === payload);
    if (ping === undefined) return;
    this.#unanswered = this.#unanswered.filter(({ number }) => number > ping.number);
    const roundTripMs = nowMs - ping.sentAtMs;
    this.#smallestRoundTripMs = Math.min(this.#smallestRoundTripMs ?? roundTripMs, roundTripMs);
  }

  silent(nowMs: number): boolean {
    return this.unansweredSinceMs !== undefined && nowMs - this.unansweredSinceMs > this.#limitMs;
  }
}
