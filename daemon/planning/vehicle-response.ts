import type { Vehicle } from '../car/config.ts';

export const gravityMps2 = 9.81;
/** Slower than this the car stands, as far as an estimate can tell. */
export const standstillMps = 0.05;
/** Below this the brake is let go: an estimate that is a little off must not drive the car backwards. */
const brakeReleaseMps = 0.25;

/**
 * The throttle that brings about an acceleration at a speed, for a motor that follows `throttle * topSpeed` with a
 * first-order lag: v' = (throttle * top - v) / lag. In [-1, 1].
 */
export function throttleFor(vehicle: Vehicle, speedMps: number, accelerationMps2: number): number {
  const lagS = vehicle.motorLagMs / 1000;
  const throttle = (speedMps + lagS * accelerationMps2) / vehicle.topSpeedMps;
  return Math.max(-1, Math.min(1, throttle));
}

/** The throttle of a controlled stop from a speed: brakes while the car surely rolls, then neutral. */
export function brakingThrottle(vehicle: Vehicle, speedMps: number): number {
  if (speedMps < brakeReleaseMps) return 0;
  return Math.min(0, throttleFor(vehicle, speedMps, -0.8 * vehicle.maxBrakingMps2));
}

/** Steering, normalised, for a curvature of the path: the inverse of the kinematic bicycle. */
export function steeringFor(vehicle: Vehicle, curvaturePerM: number): number {
  const angleRad = Math.atan(vehicle.wheelbaseM * curvaturePerM);
  return Math.max(-1, Math.min(1, angleRad / vehicle.maxSteeringRad));
}
