import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** What the kernel modules in `modules/` let a test see and do, from outside of the program that it tests. */
const i2c = '/sys/kernel/debug/virtual-i2c';
const i2cParameters = '/sys/module/virtual_i2c/parameters';
const gpio = '/sys/kernel/debug/virtual-gpio';

export interface RegisterWrite {
  /** On CLOCK_MONOTONIC, when the chip had it. */
  readonly atMs: number;
  readonly address: number;
  readonly register: number;
  readonly bytes: readonly number[];
}

/** Every write that reached a chip since this was asked last, oldest first. */
export function takeRegisterWrites(): RegisterWrite[] {
  return readFileSync(`${i2c}/writes`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [atNs = 0, address = 0, register = 0, ...bytes] = line.split(' ').map(Number);
      return { atMs: atNs / 1e6, address, register, bytes };
    });
}

/** Every chip as after its supply went and came. */
export function cyclePower(): void {
  writeFileSync(`${i2c}/power-cycle`, 'now');
}

/** From now on no transfer ends, as when the data line is held low. */
export function hangBus(hangs: boolean): void {
  writeFileSync(`${i2cParameters}/hang`, hangs ? '1' : '0');
}

/** From now on each transfer fails with this errno; 0 ends it. */
export function failBus(errno: number): void {
  writeFileSync(`${i2cParameters}/fail_errno`, String(errno));
}

/** Plays what is outside of a pin. */
export function driveLine(line: number, level: 0 | 1): void {
  writeFileSync(`${gpio}/drive`, `${line} ${level}`);
}

export interface Line {
  readonly direction: 'in' | 'out';
  readonly level: number;
}

/** What a meter at the pin would show; undefined for a line that nobody touched. */
export function lineState(line: number): Line | undefined {
  const text = readFileSync(`${gpio}/lines`, 'utf8');
  const found = new RegExp(`^${line} (in|out) ([01])$`, 'm').exec(text);
  if (found === null) return undefined;
  return { direction: found[1] === 'out' ? 'out' : 'in', level: Number(found[2]) };
}

const testCamera = '/sys/bus/platform/drivers/vivid';

/** The camera's driver loses its device, as when a USB plug is pulled: who reads it is told so, and /dev/video0 is gone. */
export function unplugCamera(): void {
  writeFileSync(`${testCamera}/unbind`, 'vivid.0');
}

export function plugCamera(): void {
  if (!existsSync(`${testCamera}/vivid.0`)) writeFileSync(`${testCamera}/bind`, 'vivid.0');
}
