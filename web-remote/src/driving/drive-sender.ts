import type { Mode } from '../../../daemon/protocol/modes.ts';
import { rates } from '../../../daemon/protocol/rates.ts';
import type { ClientMessage } from '../../../daemon/protocol/remote-messages.ts';
import { type Demand, neutralDemand } from './stick-feel.ts';

/**
 * When the page sends the stick, and what. A command is the proof that a person is there, so a released stick is sent as
 * neutral with the time of this very look at it; a page that is hidden or has lost the focus says neutral once more and
 * then nothing at all. Pure: the time and the stick are handed in.
 */
export interface SenderInput {
  readonly nowMs: number;
  readonly connected: boolean;
  /** This page holds the lease, and has not just come back to a car that is still driving. */
  readonly mayDrive: boolean;
  /** Visible and focused. */
  readonly attentive: boolean;
  readonly mode: Mode | undefined;
  readonly demand: Demand;
  /** Something is held: a thumb down, a key pressed. */
  readonly touched: boolean;
  /** When the page last looked at thumbs and keys. */
  readonly inputAtMs: number;
}

export interface SenderState {
  readonly sequence: number;
  readonly sentAtMs: number;
  /** The last message sent was not yet the last neutral. */
  readonly live: boolean;
  readonly touched: boolean;
}

export const initialSender: SenderState = {
  sequence: 0,
  sentAtMs: Number.NEGATIVE_INFINITY,
  live: false,
  touched: false,
};

export interface SenderStep {
  readonly state: SenderState;
  readonly message?: Extract<ClientMessage, { kind: 'drive' }>;
}

/** Timers are never exact: a tick this much early is on time. */
const earlyMs = 4;

export function stepSender(state: SenderState, input: SenderInput): SenderStep {
  if (!input.connected || !input.mayDrive || input.mode === undefined) {
    return { state: { ...state, live: false, touched: false } };
  }
  if (!input.attentive) {
    if (!state.live) return { state: { ...state, touched: false } };
    return send({ ...state, live: false, touched: false }, input, neutralDemand);
  }
  // In auto the pilot drives; a thumb on the stick is told all the same, and the daemon knows what it is worth.
  const wanted = input.touched || input.mode !== 'auto';
  const justTouched = input.touched !== state.touched;
  const due = input.nowMs - state.sentAtMs >= rates.driverCommandPeriodMs - earlyMs;
  if (!wanted && !(state.live && justTouched)) return { state: { ...state, live: false, touched: input.touched } };
  if (!due && !justTouched) return { state };
  return send({ ...state, live: wanted, touched: input.touched }, input, input.touched ? input.demand : neutralDemand);
}

function send(state: SenderState, input: SenderInput, demand: Demand): SenderStep {
  return {
    state: { ...state, sequence: state.sequence + 1, sentAtMs: input.nowMs },
    message: {
      kind: 'drive',
      sequence: state.sequence,
      steering: demand.steering,
      throttle: demand.throttle,
      inputAtMs: Math.min(input.inputAtMs, input.nowMs),
      sentAtMs: input.nowMs,
    },
  };
}
