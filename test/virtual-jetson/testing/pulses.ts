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
 * wrote them is not asked.
 */
export function pulsesOf(writes: readonly RegisterWrite[], address: number, channel: number): PulseChange[] {
  const registers = new Uint8Array(256);
  registers[mode1] = 0x11;
  registers[preScale] = 0x1e;
  const at = firstLed + channel * bytesPerLed;
  registers[at + 3] = fullBit;
  const changes: PulseChange[] = [];
  for (const write of writes) {
    if (write.address !== address) continue;
    for (const [offset, byte] of write.bytes.entries()) {
      const register = write.register + offset;
      if (register >= allLeds && register < preScale) registers[at + register - allLeds] = byte;
      else registers[register] = byte;
    }
    const pulseUs = pulseIn(registers, at);
    if (changes.at(-1)?.pulseUs !== pulseUs) changes.push({ atMs: write.atMs, pulseUs });
  }
  return changes;
}

function pulseIn(registers: Uint8Array, at: number): number {
  const [onLow = 0, onHigh = 0, offLow = 0, offHigh = 0] = registers.subarray(at, at + bytesPerLed);
  if (((registers[mode1] ?? 0) & sleepBit) !== 0 || (offHigh & fullBit) !== 0) return 0;
  const periodUs = ((registers[preScale] ?? 0) + 1) * (4096 / oscillatorMhz);
  if ((onHigh & fullBit) !== 0) return periodUs;
  const counts = ((offHigh & 0x0f) << 8) + offLow - (((onHigh & 0x0f) << 8) + onLow);
  return (((counts + 4096) % 4096) / 4096) * periodUs;
}
