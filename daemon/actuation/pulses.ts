import type { ServoConfig, SpeedControllerConfig } from '../protocol/actuator-config.ts';

/** The PCA9685's internal oscillator and the resolution of its counters (datasheet sections 7.3.5 and 7.3.3). */
const oscillatorHz = 25e6;
const countsPerPeriod = 4096;
const smallestPrescale = 3;
const largestPrescale = 255;

/** What the chip really does for a frequency that was asked for. */
export interface PwmTiming {
  readonly prescale: number;
  readonly frequencyHz: number;
  readonly periodMs: number;
  /** Length of one count. */
  readonly countUs: number;
}

/** What the chip makes of its PRE_SCALE register, 3 to 255. */
export function timingOfPrescale(prescale: number): PwmTiming {
  const countUs = ((prescale + 1) / oscillatorHz) * 1e6;
  const periodMs = (countUs * countsPerPeriod) / 1000;
  return { prescale, frequencyHz: 1000 / periodMs, periodMs, countUs };
}

/** The nearest frequency the chip can make, which are from 24 to 1526 Hz. */
export function pwmTiming(requestedHz: number): PwmTiming {
  const prescale = Math.round(oscillatorHz / (countsPerPeriod * requestedHz)) - 1;
  return timingOfPrescale(Math.min(largestPrescale, Math.max(smallestPrescale, prescale)));
}

/** Pulses of one channel: at +1, 0 and -1. Either end may be the longer one. */
export interface PulseRange {
  readonly plusUs: number;
  readonly neutralUs: number;
  readonly minusUs: number;
}

export function steeringRange(steering: ServoConfig): PulseRange {
  return { plusUs: steering.leftPulseUs, neutralUs: steering.centrePulseUs, minusUs: steering.rightPulseUs };
}

export function throttleRange(throttle: SpeedControllerConfig): PulseRange {
  return { plusUs: throttle.forwardPulseUs, neutralUs: throttle.neutralPulseUs, minusUs: throttle.reversePulseUs };
}

/** Straight lines from neutral to either end. What is no number in [-1, 1] is cut to it, and NaN is neutral. */
export function pulseOfValue(value: number, range: PulseRange): number {
  if (Number.isNaN(value)) return range.neutralUs;
  const share = Math.min(1, Math.abs(value));
  const end = value >= 0 ? range.plusUs : range.minusUs;
  return range.neutralUs + share * (end - range.neutralUs);
}

/** The inverse of `pulseOfValue`, in [-1, 1]; beyond an end it is that end. */
export function valueOfPulse(pulseUs: number, range: PulseRange): number {
  const offset = pulseUs - range.neutralUs;
  const towardsPlus = offset / (range.plusUs - range.neutralUs);
  if (towardsPlus >= 0) return Math.min(1, towardsPlus);
  if (range.minusUs === range.neutralUs) return 0;
  return Math.max(-1, -offset / (range.minusUs - range.neutralUs));
}

/**
 * The nearest count whose pulse lies within the range. Only where neutral is itself an end may the answer for it be one
 * count from the nearest.
 */
export function countOfPulse(pulseUs: number, range: PulseRange, timing: PwmTiming): number {
  const { countUs } = timing;
  const least = Math.ceil(Math.min(range.plusUs, range.neutralUs, range.minusUs) / countUs);
  const most = Math.floor(Math.max(range.plusUs, range.neutralUs, range.minusUs) / countUs);
  return Math.min(most, Math.max(least, Math.round(pulseUs / countUs)));
}

/** In microseconds; `count` is the OFF count, 0 to 4095. */
export function pulseOfCount(count: number, timing: PwmTiming): number {
  return count * timing.countUs;
}

/** The OFF count for a value in [-1, 1], by the range's straight lines. */
export function countOfValue(value: number, range: PulseRange, timing: PwmTiming): number {
  return countOfPulse(pulseOfValue(value, range), range, timing);
}

/**
 * The throttle for a motor that does not turn at the beginning of its range: the smallest one begins behind the dead zone, and
 * a full cap stays what it is. Never more than the cap, and neutral stays neutral.
 * @param throttle in [-1, 1]; beyond its cap it is left as it is, for the gate has capped it.
 */
export function beyondDeadZone(
  throttle: number,
  limits: { readonly maxForward: number; readonly maxReverse: number; readonly deadZone?: number | undefined },
): number {
  const { deadZone = 0 } = limits;
  const cap = throttle > 0 ? limits.maxForward : limits.maxReverse;
  const asked = Math.abs(throttle);
  if (!(asked > 0 && asked < cap) || deadZone === 0 || deadZone >= cap) return throttle;
  return Math.sign(throttle) * (deadZone + (asked / cap) * (cap - deadZone));
}
