import type { ActuationReport } from '../../protocol/actuation-messages.ts';

type Status = Extract<ActuationReport, { kind: 'status' }>;

/** What motor control says of itself while nothing is wrong and nobody drives; and what is different from that. */
export function gateStatus(atMs: number, news: Partial<Status> = {}): Status {
  return {
    kind: 'status',
    atMs,
    armed: false,
    stopLatched: false,
    boardReady: true,
    steering: 0,
    throttle: 0,
    steeringPulseUs: 1500,
    throttlePulseUs: 1500,
    counters: { accepted: 0, expired: 0, stale: 0, invalid: 0, busErrors: 0 },
    ...news,
  };
}
