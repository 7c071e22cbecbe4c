/**
 * What the typed client needs of the world: a WebSocket as browsers, Node 22 and the package `ws` have it, and a clock. Both are
 * given, so that the same client runs anywhere, and in tests on a clock that is stepped.
 */
export interface LinkSocket {
  /** 1 is open (RFC 6455's API). */
  readonly readyState: number;
  readonly bufferedAmount: number;
  binaryType: string;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
  /** A failure also shows as a close. */
  addEventListener(type: 'error', listener: (event: unknown) => void): void;
  send(text: string): void;
  close(): void;
}
export const socketOpen = 1;

export interface LinkClock {
  /** Monotonic. */
  nowMs(): number;
  /** Calls once, later; returns what takes it back. */
  after(delayMs: number, call: () => void): () => void;
  /** Calls again and again; returns what ends it. */
  every(periodMs: number, call: () => void): () => void;
}

/** The timers that browsers and Node have as globals; given, because this folder knows neither. */
interface TimerHost<Timer> {
  readonly performance: { now(): number };
  setTimeout(call: () => void, delayMs: number): Timer;
  clearTimeout(timer: Timer): void;
  setInterval(call: () => void, periodMs: number): Timer;
  clearInterval(timer: Timer): void;
}

/** The clock of a real client: `linkClockOf(globalThis)`. */
export function linkClockOf<Timer>(host: TimerHost<Timer>): LinkClock {
  return {
    nowMs: () => host.performance.now(),
    after(delayMs, call) {
      const timer = host.setTimeout(call, delayMs);
      return () => host.clearTimeout(timer);
    },
    every(periodMs, call) {
      const timer = host.setInterval(call, periodMs);
      return () => host.clearInterval(timer);
    },
  };
}

const firstMs = 250;
const longestMs = 4000;

/** How long to wait before the attempt after so many failed ones: doubling, at most 4 s. */
export function backOffMs(failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(30, Math.max(0, failures)));
}
