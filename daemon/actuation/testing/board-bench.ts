import { expect } from 'vitest';
import type { ActuatorConfig } from '../../protocol/actuator-config.ts';
import { rates } from '../../protocol/rates.ts';
import { Board } from '../board.ts';
import type { BoardFault } from '../board-fault.ts';
import type { I2cBus } from '../bus/i2c-bus.ts';
import { noPins } from '../pins/pins.ts';
import { InMemoryBus, Pca9685Memory } from './in-memory-bus.ts';
import { carOnDesk } from './sample-config.ts';
import { SteppedTime } from './stepped-time.ts';

/** How long `carOnDesk`'s speed controller wants neutral before it is armed. */
export const armingNeutralMs = 300;

/** A motor board's registers on a bus in memory, on a clock that is stepped. */
export class BoardBench {
  readonly time = new SteppedTime();
  readonly bus = new InMemoryBus();
  readonly memory = new Pca9685Memory();
  /** As they were told; undefined where one had passed. */
  readonly faults: (BoardFault | undefined)[] = [];
  board: Board;

  constructor() {
    this.bus.devices.set(0x40, this.memory);
    this.board = this.build(async () => this.bus);
  }

  /** Another board in the place of the one there was. */
  build(openBus: () => Promise<I2cBus>, config: ActuatorConfig = carOnDesk, openPins = noPins): Board {
    const { nowMs, wait } = this.time;
    this.board = new Board(config, { openBus, openPins, nowMs, wait, onFault: (fault) => this.faults.push(fault) });
    return this.board;
  }

  /** Ticks as the process does; throttle is neutral while there is a fault, as the gate has it. */
  async run(milliseconds: number, output = { steering: 0, throttle: 0 }): Promise<void> {
    await this.time.advance(milliseconds, (nowMs) => {
      if (nowMs % rates.actuationPeriodMs !== 0) return;
      this.board.set(this.board.fault === undefined ? output : { ...output, throttle: 0 });
      this.board.tick();
    });
  }

  /** Until it is ready; what led there is forgotten. */
  async start(): Promise<void> {
    await this.run(armingNeutralMs + 50);
    expect(this.board.fault).toBeUndefined();
    this.bus.writes.length = 0;
    this.faults.length = 0;
  }

  /** Counts of throttle and steering; undefined for no pulses. */
  pulses(): (number | undefined)[] {
    return [this.memory.pulseCount(carOnDesk.throttle.channel), this.memory.pulseCount(carOnDesk.steering.channel)];
  }
}
