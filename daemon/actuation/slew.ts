import { approach } from '../protocol/approach.ts';
import { rates } from '../protocol/rates.ts';

/** Slew that went unused is kept up to this much time, so that a small change after rest reaches the wheels at once. */
export const slewCreditMs = 2 * rates.actuationPeriodMs;

/** One output and the time it may still spend on moving. In any window of W ms it moves at most slew * (W + credit). */
export interface SlewedAxis {
  readonly value: number;
  readonly creditMs: number;
}

export const axisAtRest: SlewedAxis = { value: 0, creditMs: 0 };

/** Moves towards the target by no more than the slew that time has earned. `elapsedMs` is not negative. */
export function slewAxis(axis: SlewedAxis, target: number, slewPerS: number, elapsedMs: number): SlewedAxis {
  const creditMs = Math.min(slewCreditMs, axis.creditMs + elapsedMs);
  const reach = (slewPerS * creditMs) / 1000;
  const distance = Math.abs(target - axis.value);
  if (distance > reach) return { value: approach(axis.value, target, reach), creditMs: 0 };
  return { value: target, creditMs: Math.max(0, creditMs - (distance / slewPerS) * 1000) };
}
