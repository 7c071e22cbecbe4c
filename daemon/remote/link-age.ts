/**
 * How late a message of the page is, when the two clocks have nothing to do with each other. The offset between
 * receiving and sending is smallest for the message that travelled fastest; what another message has above that was
 * spent waiting in the link. A TCP stall shows as a whole queue of messages with large ages.
 *
 * Two clocks also drift: at most 500 ppm, the steepest slew of an NTP client (adjtimex(2), MAXFREQ). The remembered
 * smallest offset rises by that much, so that a long drive does not make an honest phone look late.
 */
const largestDrift = 500e-6;

export class LinkAge {
  #smallestOffsetMs: number | undefined;
  #observedAtMs = 0;

  /** Age of a message in the link, in ms, never negative. `sentAtMs` by the page's clock, `receivedAtMs` by ours. */
  observe(sentAtMs: number, receivedAtMs: number): number {
    const offsetMs = receivedAtMs - sentAtMs;
    const risen =
      this.#smallestOffsetMs === undefined
        ? offsetMs
        : this.#smallestOffsetMs + Math.max(0, receivedAtMs - this.#observedAtMs) * largestDrift;
    this.#smallestOffsetMs = Math.min(offsetMs, risen);
    this.#observedAtMs = receivedAtMs;
    return offsetMs - this.#smallestOffsetMs;
  }
}
