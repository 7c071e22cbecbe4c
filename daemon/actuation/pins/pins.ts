import type { GpioPin } from '../../protocol/gpio-pin.ts';
import { type Trouble, trouble } from '../../protocol/troubles.ts';

export type Level = 'high' | 'low';

/**
 * The computer's own pins. What holds for every implementation (`pins.contract.ts` proves it): calls return at once, for
 * sysfs answers in microseconds; an output has its level when `output` or `write` returns, and keeps it when this process is
 * gone; nothing but a `PinError` is ever thrown.
 */
export interface Pins {
  /** Takes a pin as output; it goes straight to this level. */
  output(pin: GpioPin, level: Level): OutputLine;
  input(pin: GpioPin): InputLine;
  /** Tells of rising edges until `stop`; never more often than `maxPerS`, and says when it had to leave some out. */
  countRises(pin: GpioPin, maxPerS: number, onRise: (rise: 'counted' | 'too-many') => void): { stop(): void };
  /** Takes the computer's own PWM behind a pin, at duty 0. */
  pwm(pin: HardwarePwmPin, frequencyHz: number): PwmLine;
}

export interface OutputLine {
  write(level: Level): void;
  read(): Level;
}

export interface InputLine {
  read(): Level;
}

export interface PwmLine {
  /** A share of the period in [0, 1]. */
  write(duty: number): void;
  read(): number;
}

export type HardwarePwmPin = 'J41 pin 32' | 'J41 pin 33';

/** Why a pin cannot be used, in words for people; `code` is an errno name. */
export class PinError extends Error {
  readonly code: string;
  readonly trouble: Trouble;

  constructor(code: string, trouble: Trouble, text: string) {
    super(text);
    this.name = 'PinError';
    this.code = code;
    this.trouble = trouble;
  }
}

export function noPins(): Promise<Pins> {
  return Promise.reject(new PinError('ENODEV', trouble('pins-missing', {}), 'this car has no pins of a computer'));
}
