import type { Settings, SettingsPatch } from './settings.ts';

/**
 * What is calibrated of a car's wheels, in the order in which it is done: each step stands on the ones before. The page and the
 * terminal share it: names, bounds and what follows from an answer; the words are their own.
 */
const calibrationQuantities = [
  'centrePulseUs',
  'leftPulseUs',
  'rightPulseUs',
  'neutralPulseUs',
  'deadZone',
  'maxForward',
  'maxReverse',
] as const;
export type CalibrationQuantity = (typeof calibrationQuantities)[number];

export interface QuantityBounds {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** What every servo and speed controller of a model car takes; the schema allows more, for the odd one by file. */
const pulseBounds: QuantityBounds = { min: 800, max: 2200, step: 5 };

/** Microseconds for pulses, shares of the range for the others. */
export const quantityBounds: Readonly<
  Record<CalibrationQuantity | 'forwardPulseUs' | 'reversePulseUs', QuantityBounds>
> = {
  centrePulseUs: pulseBounds,
  leftPulseUs: pulseBounds,
  rightPulseUs: pulseBounds,
  neutralPulseUs: pulseBounds,
  forwardPulseUs: pulseBounds,
  reversePulseUs: pulseBounds,
  deadZone: { min: 0, max: 0.4, step: 0.01 },
  maxForward: { min: 0.1, max: 1, step: 0.05 },
  maxReverse: { min: 0, max: 1, step: 0.05 },
};

/** Which of them this car has: one with bridges has no neutral pulse, one with two sides no servo. */
export function quantitiesOf({ steering, motor }: Settings): CalibrationQuantity[] {
  return calibrationQuantities.filter((quantity) => {
    if (quantity === 'neutralPulseUs') return motor !== undefined;
    return quantity.endsWith('PulseUs') ? steering !== undefined : true;
  });
}

/** Undefined for a quantity that this car has not. */
export function quantityOf(settings: Settings, quantity: CalibrationQuantity): number | undefined {
  switch (quantity) {
    case 'centrePulseUs':
    case 'leftPulseUs':
    case 'rightPulseUs':
      return settings.steering?.[quantity];
    case 'neutralPulseUs':
      return settings.motor?.[quantity];
    case 'deadZone':
    case 'maxForward':
    case 'maxReverse':
      return settings.throttle[quantity];
  }
}

/** The change that gives a quantity a value. */
export function patchOf(quantity: CalibrationQuantity, value: number): SettingsPatch {
  switch (quantity) {
    case 'centrePulseUs':
    case 'leftPulseUs':
    case 'rightPulseUs':
      return { steering: { [quantity]: value } };
    case 'neutralPulseUs':
      return { motor: { [quantity]: value } };
    case 'deadZone':
    case 'maxForward':
    case 'maxReverse':
      return { throttle: { [quantity]: value } };
  }
}

/** A value within its bounds, on a whole step. */
export function withinBounds(value: number, { min, max, step }: QuantityBounds): number {
  const whole = Math.round(value / step) * step;
  // Without the tails of binary fractions.
  return Number(Math.min(max, Math.max(min, whole)).toFixed(6));
}

/** For a motor that turns the wrong way: its ends exchanged. */
export function turnedMotor({ forwardPulseUs, reversePulseUs }: NonNullable<Settings['motor']>): SettingsPatch {
  return { motor: { forwardPulseUs: reversePulseUs, reversePulseUs: forwardPulseUs } };
}

/** How far the throttle is raised at a time in search of where the motor begins to turn, and where the search ends. */
export const deadZoneSearch: { readonly step: number; readonly to: number } = {
  step: 0.02,
  to: quantityBounds.deadZone.max,
};

/** The motor turned at this share and not one step of the search below it: the dead zone ends there. */
export function deadZoneBelow(turnsAt: number): number {
  return withinBounds(turnsAt - deadZoneSearch.step, quantityBounds.deadZone);
}

/** Two changes as one; the later one counts. */
export function joined(one: SettingsPatch, other: SettingsPatch): SettingsPatch {
  return {
    ...one,
    ...other,
    ...(one.steering && other.steering && { steering: { ...one.steering, ...other.steering } }),
    ...(one.motor && other.motor && { motor: { ...one.motor, ...other.motor } }),
    ...(one.throttle && other.throttle && { throttle: { ...one.throttle, ...other.throttle } }),
  };
}
