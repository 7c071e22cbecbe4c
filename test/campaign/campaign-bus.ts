import { type I2cBus, I2cError, transferLimitMs } from '../../daemon/actuation/bus/i2c-bus.ts';
import type { World } from '../../daemon/simulator/world.ts';
import type { Faults } from './faults.ts';

/** The wires between the board's driver and the world's registers, and what can go wrong on them. */
export class CampaignBus implements I2cBus {
  /** Of all transfers so far. */
  longestTransferMs = 0;
  readonly #world: World;
  readonly #faults: () => Faults;
  readonly #clock: { nowMs(): number; wait(milliseconds: number): Promise<void> };
  readonly #onWritten: () => void;

  constructor(
    world: World,
    options: {
      /** As they are now. */
      readonly faults: () => Faults;
      readonly clock: { nowMs(): number; wait(milliseconds: number): Promise<void> };
      /** Called when the registers have what was written. */
      readonly onWritten: () => void;
    },
  ) {
    this.#world = world;
    this.#faults = options.faults;
    this.#clock = options.clock;
    this.#onWritten = options.onWritten;
  }

  async writeRegisters(address: number, register: number, bytes: Uint8Array): Promise<void> {
    await this.#reach();
    const answer = this.#world.writeBus(address, register, [...bytes]);
    if (!answer.ok) throw new I2cError(answer.code, answer.text);
    this.#onWritten();
  }

  async readRegisters(address: number, register: number, length: number): Promise<Uint8Array> {
    await this.#reach();
    const answer = this.#world.readBus(address, register, length);
    if (!answer.ok) throw new I2cError(answer.code, answer.text);
    return Uint8Array.from(answer.value);
  }

  async close(): Promise<void> {}

  async #reach(): Promise<void> {
    const faults = this.#faults();
    if (faults.bus === 'silent') {
      const fromMs = this.#clock.nowMs();
      await this.#clock.wait(transferLimitMs);
      this.longestTransferMs = Math.max(this.longestTransferMs, this.#clock.nowMs() - fromMs);
      throw new I2cError('ETIMEDOUT', 'no end of the transfer');
    }
    if (faults.bus === 'answers' && faults.refusals === 0) return;
    faults.refusals = Math.max(0, faults.refusals - 1);
    throw new I2cError('EREMOTEIO', 'the motor board refuses');
  }
}
