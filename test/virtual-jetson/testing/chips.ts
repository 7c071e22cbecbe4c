import { execFileSync } from 'node:child_process';

const hex = (value: number): string => `0x${value.toString(16)}`;

/** Gives registers of a chip their bytes, by another program than the one that is tested. */
export function writeChip(address: number, register: number, bytes: readonly number[]): void {
  execFileSync('i2cset', ['-y', '1', hex(address), hex(register), ...bytes.map(hex), 'i']);
}

/** What an INA219 measures from now on (TI data sheet SBOS448G, 8.6.3): 10 uV a bit over the shunt, 4 mV a bit of the bus. */
export function measureBattery(
  address: number,
  { volts, amps, shuntOhm }: { readonly volts: number; readonly amps: number; readonly shuntOhm: number },
): void {
  const words = [
    [1, Math.round((amps * shuntOhm) / 10e-6)],
    [2, Math.round(volts / 0.004) << 3],
  ] as const;
  for (const [register, word] of words) writeChip(address, register, [(word >> 8) & 0xff, word & 0xff]);
}
