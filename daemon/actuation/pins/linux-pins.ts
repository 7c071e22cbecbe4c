import { accessSync, closeSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoName } from '../../platform/errno-name.ts';
import { reasonOf } from '../../platform/reason-of.ts';
import { type GpioPin, pinName } from '../../protocol/gpio-pin.ts';
import { trouble } from '../../protocol/troubles.ts';
import { countRises } from './count-rises.ts';
import { headerChipLabel, headerLines } from './header-j41.ts';
import { type InputLine, type Level, type OutputLine, PinError, type Pins } from './pins.ts';
import { takeSysfsPwm } from './sysfs-pwm.ts';

/** What is used of the optional package `onoff`. */
export interface LinuxGpioPackage {
  readonly Gpio: new (
    line: number,
    direction: 'in' | 'out' | 'high' | 'low',
    edge?: 'none' | 'rising' | 'falling' | 'both',
  ) => LinuxGpioLine;
}

export interface LinuxGpioLine {
  /** Its file; a name of onoff 6.0.3 itself, which that does not publish. */
  readonly _valueFd?: number;
  readSync(): 0 | 1;
  writeSync(value: 0 | 1): void;
  watch(onEdge: (error: Error | null | undefined, value: 0 | 1) => void): void;
  unwatch(): void;
}

export interface LinuxPinsDependencies {
  loadPackage(): Promise<LinuxGpioPackage>;
  /** Where sysfs is mounted. */
  readonly sysfs: string;
  /** Throws as fs.accessSync does when the file cannot be read and written. */
  checkAccess(file: string): void;
}

const onThisMachine: LinuxPinsDependencies = {
  loadPackage: () => import('onoff'),
  sysfs: '/sys',
  checkAccess: (file) => accessSync(file, constants.R_OK | constants.W_OK),
};

/**
 * Pins by `/sys/class/gpio`, through onoff, and by `/sys/class/pwm`. A line stays exported and keeps its level when this
 * process ends. An export waits up to a second for udev to give the rights to it; so pins are taken at the start.
 */
export async function openLinuxPins(dependencies = onThisMachine): Promise<Pins> {
  const { sysfs } = dependencies;
  let onoff: LinuxGpioPackage;
  try {
    onoff = await dependencies.loadPackage();
  } catch (error) {
    throw new PinError(
      'ENOENT',
      trouble('pins-package-missing', { package: 'onoff' }),
      `the optional package onoff, which reaches the GPIO pins, cannot be loaded (${textOf(error)}): ` +
        'install a C++ compiler, make and Python, then run "npm install onoff" in the folder of the car\'s software',
    );
  }
  /** Every taking by onoff opens a file that it never closes, and a motor board at fault takes its pins again and again. */
  const outputs = new Map<number, LinuxGpioLine>();
  const take = (pin: GpioPin, direction: 'in' | 'high' | 'low', edge?: 'rising'): LinuxGpioLine => {
    const number = lineNumber(sysfs, pin);
    return attempt(pin, () => {
      const known = outputs.get(number);
      outputs.delete(number);
      if (direction !== 'in' && known !== undefined && canBeWritten(known, direction)) {
        outputs.set(number, known);
        return known;
      }
      if (known !== undefined) closeFile(known);
      // onoff tries ten thousand times without a pause whether it may use a pin: of one that is exported, once is enough.
      const value = levelFile(sysfs, number);
      if (existsSync(value)) {
        dependencies.checkAccess(value);
        // It also opens one before it reads the first level, and forgets it where that is refused.
        readFileSync(value);
        if (direction !== 'in') endListening(sysfs, number);
      }
      const line = new onoff.Gpio(number, direction, edge);
      if (direction !== 'in') outputs.set(number, line);
      return line;
    });
  };
  return {
    output(pin, level): OutputLine {
      const line = take(pin, level);
      return {
        write: (next) => attempt(pin, () => line.writeSync(next === 'high' ? 1 : 0)),
        read: () => attempt(pin, () => levelOf(line.readSync())),
      };
    },
    input(pin): InputLine {
      const line = take(pin, 'in');
      return { read: () => attempt(pin, () => levelOf(line.readSync())) };
    },
    countRises(pin, maxPerS, onRise) {
      const line = take(pin, 'in', 'rising');
      return countRises(line, maxPerS, onRise);
    },
    pwm: (pin, frequencyHz) => takeSysfsPwm(sysfs, pin, frequencyHz),
  };
}

/** The number that /sys/class/gpio knows a pin by: its line, from the number on at which its chip begins. */
export function lineNumber(sysfs: string, pin: GpioPin): number {
  const wanted = typeof pin === 'string' ? headerLines.get(pin) : pin.line;
  if (wanted === undefined) {
    throw new PinError('EINVAL', trouble('pin-unknown', { pin: pinName(pin) }), `${pinName(pin)} is no GPIO pin`);
  }
  const label = typeof pin === 'string' ? headerChipLabel : pin.chipLabel;
  const chips = gpioChips(sysfs);
  const chip = chips.find((each) => each.label === label);
  if (chip === undefined) {
    const known = chips.map((each) => each.label).join(', ');
    throw new PinError(
      'ENODEV',
      trouble('pin-chip-missing', { pin: pinName(pin), chip: label }),
      `this computer has no GPIO chip "${label}" for ${pinName(pin)}` +
        (known === '' ? ': there is no /sys/class/gpio, so its kernel offers no pins' : `; it has ${known}`),
    );
  }
  if (wanted >= chip.lines) {
    throw new PinError(
      'EINVAL',
      trouble('pin-line-unknown', { chip: label, line: wanted, lines: chip.lines - 1 }),
      `${label} has lines 0 to ${chip.lines - 1}, not ${wanted}`,
    );
  }
  return chip.base + wanted;
}

/** The file that holds a pin's level once somebody has taken it; undefined where the system has no such pin. */
export function sysfsLevelFile(sysfs: string, pin: GpioPin): string | undefined {
  try {
    return levelFile(sysfs, lineNumber(sysfs, pin));
  } catch (error) {
    if (error instanceof PinError) return undefined;
    throw error;
  }
}

function levelFile(sysfs: string, line: number): string {
  return join(sysfs, 'class', 'gpio', `gpio${line}`, 'value');
}

/** onoff gives back the file of a pin only together with the pin itself, which would let go of its level. */
function closeFile(line: LinuxGpioLine): void {
  if (line._valueFd !== undefined) closeSync(line._valueFd);
}

/** The kernel makes no output of a line whose edges it listens for (EIO), and onoff passes over that. */
function endListening(sysfs: string, line: number): void {
  try {
    writeFileSync(join(sysfs, 'class', 'gpio', `gpio${line}`, 'edge'), 'none', { flag: 'r+' });
  } catch {
    // A line that can tell no edges has no such file; what else there is, its first level tells.
  }
}

function gpioChips(sysfs: string): { label: string; base: number; lines: number }[] {
  const folder = join(sysfs, 'class', 'gpio');
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /^gpiochip\d+$/.test(name));
  } catch {
    return [];
  }
  return names.map((name) => {
    const read = (file: string) => readFileSync(join(folder, name, file), 'utf8').trim();
    return { label: read('label'), base: Number(read('base')), lines: Number(read('ngpio')) };
  });
}

function levelOf(value: 0 | 1): Level {
  return value === 1 ? 'high' : 'low';
}

function attempt<T>(pin: GpioPin, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const code = errnoName(error) ?? 'EIO';
    const name = pinName(pin);
    const isForbidden = code === 'EACCES' || code === 'EPERM';
    const told = isForbidden
      ? trouble('pin-forbidden', { pin: name })
      : code === 'EBUSY'
        ? trouble('pin-taken', { pin: name })
        : trouble('pin-unusable', { pin: name, cause: code });
    const cure = isForbidden
      ? ': add yourself to its group with "sudo usermod -aG gpio $USER", then log in again'
      : code === 'EBUSY'
        ? ': something else has it; see /sys/kernel/debug/gpio'
        : '';
    throw new PinError(code, told, `${name} cannot be used (${textOf(error)})${cure}`);
  }
}

function textOf(error: unknown): string {
  return reasonOf(error).split('\n')[0] ?? '';
}

/** False for a line that something else has made an input, or unexported, since it was taken: it has to be taken anew. */
function canBeWritten(line: LinuxGpioLine, level: Level): boolean {
  try {
    line.writeSync(level === 'high' ? 1 : 0);
    return true;
  } catch {
    return false;
  }
}
