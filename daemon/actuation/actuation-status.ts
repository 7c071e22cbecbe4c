import type { ActuationStatus } from '../protocol/actuation-messages.ts';
import type { Board } from './board.ts';
import type { FittingsStatus } from './fittings.ts';
import type { Gate } from './gate.ts';
import type { GateOutput } from './gate-types.ts';

/** What motor control says of itself, from its gate, its board and what the gate gave last. */
export function actuationStatus(
  parts: {
    readonly gate: Pick<Gate, 'stopLatched' | 'lastSequence' | 'counters'>;
    readonly board: Pick<Board, 'fault' | 'pulsesUs' | 'busErrors' | 'looks'>;
    readonly output: GateOutput;
    /** Lines that were no commands. */
    readonly refusedLines: number;
    readonly fittings: FittingsStatus;
  },
  atMs: number,
): ActuationStatus {
  const { gate, board, output, refusedLines, fittings } = parts;
  const { steering, throttle, armed, neutralReason } = output;
  const because = neutralReason === 'motor board not ready' && board.fault !== undefined ? `: ${board.fault.text}` : '';
  return {
    kind: 'status',
    atMs,
    armed,
    stopLatched: gate.stopLatched,
    boardReady: board.fault === undefined,
    boardLooks: board.looks,
    ...(neutralReason !== undefined && { neutralReason: `${neutralReason}${because}` }),
    steering,
    throttle,
    steeringPulseUs: board.pulsesUs.steering,
    throttlePulseUs: board.pulsesUs.throttle,
    ...(gate.lastSequence !== undefined && { lastSequence: gate.lastSequence }),
    ...fittings,
    counters: { ...gate.counters, invalid: gate.counters.invalid + refusedLines, busErrors: board.busErrors },
  };
}
