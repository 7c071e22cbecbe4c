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

const busInSysfs = '/sys/bus/i2c/devices/i2c-1';
const driverOf = (address: number) => `/sys/bus/i2c/devices/1-${address.toString(16).padStart(4, '0')}/driver`;

/** A driver of the kernel takes a chip for its own, as those of a board's device tree do: "dummy", for what is to be left alone. */
export function holdByKernel(address: number): void {
  writeFileSync(`${busInSysfs}/new_device`, `dummy ${address}`);
  if (!existsSync(driverOf(address))) throw new Error(`no driver has taken ${driverOf(address)}`);
}

export function letGoByKernel(address: number): void {
  if (existsSync(driverOf(address))) writeFileSync(`${busInSysfs}/delete_device`, String(address));
}

/** Plays what is outside of a pin. */
export function driveLine(line: number, level: 0 | 1): void {
  writeFileSync(`${gpio}/drive`, `${line} ${level}`);
}

export interface Line {
  readonly direction: 'in' | 'out';
  readonly level: 0 | 1;
  /** Of an output: since when it is at its level, on CLOCK_MONOTONIC. */
  readonly sinceMs: number;
}

/** What a meter at the pin would show; undefined for a line that nobody touched. */
export function lineState(line: number): Line | undefined {
  const text = readFileSync(`${gpio}/lines`, 'utf8');
  const found = new RegExp(`^${line} (in|out) ([01]) (\\d+)$`, 'm').exec(text);
  if (found === null) return undefined;
  const [, direction, level, sinceNs] = found;
  return {
    direction: direction === 'out' ? 'out' : 'in',
    level: level === '1' ? 1 : 0,
    sinceMs: Number(sinceNs) / 1e6,
  };
}

export interface PwmOutput {
  /** Share of its time for which it is high. */
  readonly duty: number;
  /** Since when, on CLOCK_MONOTONIC. */
  readonly sinceMs: number;
}

/** What a channel of the computer's own PWM puts out. */
export function pwmOutput(channel: number): PwmOutput {
  const text = readFileSync('/sys/kernel/debug/virtual-pwm/channels', 'utf8');
  const found = new RegExp(`^${channel} (on|off) (\\d+) (\\d+) (\\d+)$`, 'm').exec(text);
  if (found === null) throw new Error(`there is no PWM channel ${channel} in: ${text}`);
  const [, state, dutyNs, periodNs, sinceNs] = found;
  return { duty: state === 'on' ? Number(dutyNs) / Number(periodNs) : 0, sinceMs: Number(sinceNs) / 1e6 };
}

const testCamera = '/sys/bus/platform/drivers/vivid';

/** The camera's driver loses its device, as when a USB plug is pulled: who reads it is told so, and /dev/video0 is gone. */
export function unplugCamera(): void {
  writeFileSync(`${testCamera}/unbind`, 'vivid.0');
}

export function plugCamera(): void {
  if (!existsSync(`${testCamera}/vivid.0`)) writeFileSync(`${testCamera}/bind`, 'vivid.0');
}
