import type { Vehicle } from '../car/config.ts';

export const gravityMps2 = 9.81;
/** Slower than this the car stands, as far as an estimate can tell. */
export const standstillMps = 0.05;

/**
 * The throttle that brings about an acceleration at a speed, for a motor that follows `throttle * topSpeed` with a
 * first-order lag: v' = (throttle * top - v) / lag. In [-1, 1].
 */
export function throttleFor(vehicle: Vehicle, speedMps: number, accelerationMps2: number): number {
  const lagS = vehicle.motorLagMs / 1000;
  const throttle = (speedMps + lagS * accelerationMps2) / vehicle.topSpeedMps;
  return Math.max(-1, Math.min(1, throttle));
}

/** Steering, in [-1, 1], for a curvature of the path (positive turns left): the inverse of the kinematic bicycle. */
export function steeringFor(vehicle: Vehicle, curvaturePerM: number): number {
  const angleRad = Math.atan(vehicle.wheelbaseM * curvaturePerM);
  return Math.max(-1, Math.min(1, angleRad / vehicle.maxSteeringRad));
}
