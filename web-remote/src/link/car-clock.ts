/**
 * The car's clock, estimated from pings: an answer that came back quickly says best what time it was there (NTP's
 * rule). Remembers the quickest of the last answers, so that slowly drifting clocks do no harm.
 */
const remembered = 20;

interface Sample {
  readonly roundTripMs: number;
  readonly offsetMs: number;
}

export class CarClock {
  #samples: Sample[] = [];

  /** A pong: when the ping was sent and the pong received (page clock), and the car's time between the two. */
  observe(sentAtMs: number, receivedAtMs: number, carAtMs: number): void {
    const roundTripMs = Math.max(0, receivedAtMs - sentAtMs);
    this.#samples.push({ roundTripMs, offsetMs: carAtMs - (sentAtMs + receivedAtMs) / 2 });
    if (this.#samples.length > remembered) this.#samples.shift();
  }

  reset(): void {
    this.#samples = [];
  }

  get best(): Sample | undefined {
    let best = this.#samples[0];
    for (const sample of this.#samples) if (best === undefined || sample.roundTripMs < best.roundTripMs) best = sample;
    return best;
  }

  /** The car's time now, wrong by at most half the quickest round trip. Undefined before the first pong. */
  toCarMs(pageMs: number): number | undefined {
    const best = this.best;
    return best === undefined ? undefined : pageMs + best.offsetMs;
  }
}
