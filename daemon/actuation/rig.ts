import type { Trouble } from '../protocol/troubles.ts';
import type { I2cBus } from './bus/i2c-bus.ts';
import type { Insist } from './drivers/neutral-then-off.ts';
import type { RegisterCheck, Waiter } from './drivers/pca9685.ts';
import type { PinError, Pins } from './pins/pins.ts';

/**
 * One number for each output of a rig, in the rig's own order: the OFF count of a servo's pulse, the duty of a bridge's
 * input in 4096ths. Two that are equal number by number mean the same on the wires.
 */
export type Outputs = readonly number[];

/** What the gate let through, normalised: +1 is full left and full forward. */
export interface Drive {
  readonly steering: number;
  readonly throttle: number;
}

/** What is not as it was written, as a person is told it. */
export interface Divergence {
  readonly text: string;
  readonly trouble: Trouble;
}

/** What a rig writes to. */
export interface RigReach {
  readonly bus: I2cBus;
  readonly waiter: Waiter;
  /** Rejects with a PinError on a car that has none. */
  openPins(): Promise<Pins>;
}

/** How one kind of car turns a drive into outputs. Pure; the same drive gives the same outputs. */
export interface RigDesign {
  /** How long the outputs must have been neutral before what is behind them obeys. */
  readonly armingNeutralMs: number;
  /** A throttle of 0 is neutral whatever the steering is: no wheel is driven. */
  outputs(drive: Drive): Outputs;
  /** As status tells them; 0 where there is no pulse. */
  pulsesUs(outputs: Outputs): { readonly steering: number; readonly throttle: number };
  attach(reach: RigReach): Rig;
  /**
   * Where a wire that ends every pulse is fitted: ends them by it alone, for a bus that could not even be opened. Resolves with
   * why, where the wire did not obey.
   */
  cutAlone?(openPins: RigReach['openPins']): Promise<PinError | undefined>;
}

/**
 * The outputs of one car. What holds for every implementation (`rig.contract.ts` proves it):
 *
 * - After `start` all outputs are neutral, and no other output was seen on the way, whatever was running before.
 * - A write that resolved is on the wires as a whole; of one that rejected some part may be.
 * - No bridge ever has both directions on, also between two transfers.
 * - After `end` and `endForeign` no wheel is driven and no pulse runs, whatever happens to this process.
 * Errors are the bus's and the pins'; every call may be made again after one.
 */
export interface Rig {
  start(): Promise<void>;
  write(outputs: Outputs): Promise<void>;
  /** Throttle neutral, and until what is behind it must have seen it. */
  holdNeutral(): Promise<void>;
  /** How the outputs differ from what was written; undefined when they do not. */
  divergence(check: RegisterCheck, written: Outputs): Promise<Divergence | undefined>;
  /**
   * Ends everything at once where a wire for that is fitted, also on a bus that does not answer. Answers with why, where the wire
   * did not obey.
   */
  cut(): PinError | undefined;
  /** Neutral first, then no more pulses; each step is given to `insist`. */
  end(insist: Insist): Promise<void>;
  /** The same for outputs that a process which is gone left behind, as it had set the boards up. */
  endForeign(insist: Insist): Promise<void>;
}
