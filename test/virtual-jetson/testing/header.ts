import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineNumber } from '../../../daemon/actuation/pins/linux-pins.ts';
import type { GpioPin } from '../../../daemon/protocol/gpio-pin.ts';
import { driveLine, lineState } from './hardware.ts';

const gpio = '/sys/class/gpio';
const pwm = '/sys/class/pwm';

/** The number of a pin of the header. */
export const numberOf = (pin: GpioPin): number => lineNumber('/sys', pin);

/** What a pin drives its wire to; 0 for one that drives nothing. */
export function levelAt(pin: string): 0 | 1 {
  const state = lineState(numberOf(pin));
  return state?.direction === 'out' ? state.level : 0;
}

/** Puts a level on the wire of an input. */
export function putLevel(pin: GpioPin, level: 'high' | 'low'): void {
  driveLine(numberOf(pin), level === 'high' ? 1 : 0);
}

/** As by a program that counted the edges of a pin and gave nothing back. */
export function leaveAsInput(pin: GpioPin): void {
  const folder = join(gpio, `gpio${numberOf(pin)}`);
  writeFileSync(join(folder, 'direction'), 'in');
  writeFileSync(join(folder, 'edge'), 'rising');
}

/** As nobody had ever taken a pin or a PWM. */
export function giveBackPins(): void {
  for (const name of readdirSync(gpio)) {
    const line = /^gpio(\d+)$/.exec(name)?.[1];
    if (line !== undefined) writeFileSync(join(gpio, 'unexport'), line);
  }
  for (const chip of readdirSync(pwm)) {
    for (const name of readdirSync(join(pwm, chip))) {
      const channel = /^pwm(\d+)$/.exec(name)?.[1];
      if (channel === undefined) continue;
      // The kernel keeps what was put out when a channel is given back; one without a period takes no duty.
      const folder = join(pwm, chip, name);
      if (Number(readFileSync(join(folder, 'period'), 'utf8')) > 0) writeFileSync(join(folder, 'duty_cycle'), '0');
      writeFileSync(join(pwm, chip, 'unexport'), channel);
    }
  }
}
