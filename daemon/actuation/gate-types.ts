import type { GateCommand } from '../protocol/actuation-messages.ts';

export type GateInput =
  | GateCommand
  | { readonly kind: 'tick' }
  /** Something that called itself a drive command and was refused before it came here. */
  | { readonly kind: 'violation'; readonly text: string }
  /** `fault` is what is wrong with the board, in words; undefined when it is sound. */
  | { readonly kind: 'board'; readonly fault: string | undefined }
  /** The process is about to end: neutral for good. */
  | { readonly kind: 'end'; readonly reason: string };

/** Why the throttle is neutral, the weightiest reason first. */
export type NeutralReason =
  | 'shutting down'
  | 'emergency stop'
  | 'motor board not ready'
  | 'not armed'
  | 'command too old'
  | 'no command yet';

export interface GateOutput {
  /** Normalised, +1 is full left. */
  readonly steering: number;
  /** Normalised, +1 is full forward; 0 whenever `neutralReason` is given. */
  readonly throttle: number;
  readonly armed: boolean;
  readonly neutralReason: NeutralReason | undefined;
}

export type TransitionCause =
  | 'armed'
  | 'arming-refused'
  | 'disarmed'
  | 'emergency-stop'
  | 'stop-cleared'
  | 'clear-stop-refused'
  | 'board-fault'
  | 'board-ready'
  | 'violations'
  | 'commands-lost'
  | 'command-expired'
  | 'driving'
  | 'clock'
  | 'ending';

export interface GateTransition {
  readonly armed: boolean;
  readonly cause: TransitionCause;
  readonly text: string;
}

export interface GateStep {
  readonly output: GateOutput;
  readonly transitions: readonly GateTransition[];
}

export interface GateCounters {
  /** Drive commands taken. */
  readonly accepted: number;
  /** Times that the newest command grew too old while armed. */
  readonly expired: number;
  /** Drive commands that came too late, twice, out of order, or were issued before the car was armed. */
  readonly stale: number;
  /** Commands with values that no command may have. */
  readonly invalid: number;
}
