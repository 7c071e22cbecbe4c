import type { RegisterWrite } from './hardware.ts';

const firstLed = 0x06;
const bytesPerLed = 4;
const allLeds = 0xfa;
const mode1 = 0x00;
const preScale = 0xfe;
const sleepBit = 0x10;
const fullBit = 0x10;
const oscillatorMhz = 25;

/** What a PCA9685 puts out on one channel, from a time on. `pulseUs` 0 is no pulse. */
export interface PulseChange {
  readonly atMs: number;
  readonly pulseUs: number;
}

/**
 * The pulses of a channel as they follow from the register writes alone (NXP PCA9685 datasheet, 7.3): the program that
 * wrote them is not asked. From power-on: asleep, every output full off.
 */
export class PulseRecord {
  readonly changes: PulseChange[] = [];
  readonly #address: number;
  readonly #at: number;
  readonly #registers = new Uint8Array(256);

  constructor(address: number, channel: number) {
    this.#address = address;
    this.#at = firstLed + channel * bytesPerLed;
    this.#reset();
  }

  /** Its supply went, and came back at that time: no pulse until it is set up again. */
  powerOn(atMs: number): void {
    this.#reset();
    if (this.changes.at(-1)?.pulseUs !== 0) this.changes.push({ atMs, pulseUs: 0 });
  }

  /** Writes that came after those added before. */
  add(writes: readonly RegisterWrite[]): void {
    for (const write of writes) {
      if (write.address !== this.#address) continue;
      for (const [offset, byte] of write.bytes.entries()) {
        const register = write.register + offset;
        const forAll = register >= allLeds && register < preScale;
        this.#registers[forAll ? this.#at + register - allLeds : register] = byte;
      }
      const pulseUs = pulseIn(this.#registers, this.#at);
      if (this.changes.at(-1)?.pulseUs !== pulseUs) this.changes.push({ atMs: write.atMs, pulseUs });
    }
  }

  #reset(): void {
    this.#registers.fill(0);
    this.#registers[mode1] = 0x11;
    this.#registers[preScale] = 0x1e;
    this.#registers[this.#at + 3] = fullBit;
  }
}

function pulseIn(registers: Uint8Array, at: number): number {
  const [onLow = 0, onHigh = 0, offLow = 0, offHigh = 0] = registers.subarray(at, at + bytesPerLed);
  if (((registers[mode1] ?? 0) & sleepBit) !== 0 || (offHigh & fullBit) !== 0) return 0;
  const periodUs = ((registers[preScale] ?? 0) + 1) * (4096 / oscillatorMhz);
  if ((onHigh & fullBit) !== 0) return periodUs;
  const counts = ((offHigh & 0x0f) << 8) + offLow - (((onHigh & 0x0f) << 8) + onLow);
  return (((counts + 4096) % 4096) / 4096) * periodUs;
}
