import type { BoardFault } from './board-fault.ts';
import type { I2cBus } from './bus/i2c-bus.ts';
import type { Pins } from './pins/pins.ts';

export interface BoardDependencies {
  openBus(): Promise<I2cBus>;
  /** The computer's own pins, where a car uses some. */
  openPins?(): Promise<Pins>;
  /** Monotonic clock. */
  nowMs(): number;
  wait(milliseconds: number): Promise<void>;
  /** Whenever the board becomes fit to drive (undefined) or stops being so. */
  onFault(fault: BoardFault | undefined): void;
}

/**
 * How it ended. `neutral`: the board took neutral and the end of the pulses. `unconfirmed`: it refused, or was silent.
 * `never-reached`: the bus could not be opened, so nothing was written; what a predecessor wrote may still pulse on, unless a wire
 * that needs no bus ends it.
 */
export type BoardEnd = 'neutral' | 'unconfirmed' | 'never-reached';
