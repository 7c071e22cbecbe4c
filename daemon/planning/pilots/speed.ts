import type { Vehicle } from '../../car/config.ts';
import { gravityMps2 } from '../vehicle-response.ts';

export interface SpeedLimits {
  /** Share of the tyres' friction to plan with, (0, 1]. */
  readonly gripShare: number;
  readonly maxSpeedMps: number;
}

/** A point where the car must have slowed down to a speed. */
export interface SpeedCap {
  readonly alongM: number;
  readonly speedMps: number;
  readonly because: string;
}

export interface SpeedProfile {
  /** At each point of the line. */
  readonly speedsMps: readonly number[];
  /** What limits the speed there. */
  readonly because: readonly string[];
}

/** What of the brakes a plan may count on. */
const brakingShare = 0.7;
const accelerationShare = 0.9;

/**
 * The fastest speeds along a line of points `spacingM` apart: within the grip in bends (v² |k| ≤ share · mu · g), braking in
 * time for every bend and cap, and at its end, where sight ends, standing.
 */
export function planSpeeds(
  curvaturesPerM: readonly number[],
  spacingM: number,
  vehicle: Vehicle,
  limits: SpeedLimits,
  caps: readonly SpeedCap[],
): SpeedProfile {
  const count = curvaturesPerM.length;
  const lateralMps2 = limits.gripShare * vehicle.friction * gravityMps2;
  const top = Math.min(limits.maxSpeedMps, vehicle.topSpeedMps);
  const because: string[] = new Array<string>(count).fill('top speed');
  const speeds = curvaturesPerM.map((curvature, i) => {
    const bend = Math.sqrt(lateralMps2 / Math.max(1e-3, Math.abs(curvature)));
    if (bend >= top) return top;
    because[i] = 'curve';
    return bend;
  });
  if (count > 0) {
    speeds[count - 1] = 0;
    because[count - 1] = 'sight';
  }
  for (const cap of caps) {
    for (let i = Math.max(0, Math.ceil(cap.alongM / spacingM)); i < count; i++) {
      if (speeds[i]! <= cap.speedMps) continue;
      speeds[i] = cap.speedMps;
      because[i] = cap.because;
    }
    // Between two points, or before the first one: the cap holds from the point before it, less the way there.
    const before = Math.max(0, Math.min(count - 1, Math.floor(cap.alongM / spacingM)));
    const room = Math.max(0, cap.alongM - before * spacingM);
    const reachable = Math.sqrt(cap.speedMps ** 2 + 2 * brakingShare * vehicle.maxBrakingMps2 * room);
    if (speeds[before]! > reachable) {
      speeds[before] = reachable;
      because[before] = cap.because;
    }
  }
  for (let i = count - 2; i >= 0; i--) {
    const reachable = Math.sqrt(speeds[i + 1]! ** 2 + 2 * brakingShare * vehicle.maxBrakingMps2 * spacingM);
    if (speeds[i]! > reachable) {
      speeds[i] = reachable;
      because[i] = because[i + 1]!;
    }
  }
  for (let i = 1; i < count; i++) {
    const reachable = Math.sqrt(speeds[i - 1]! ** 2 + 2 * accelerationShare * vehicle.maxAccelerationMps2 * spacingM);
    if (speeds[i]! > reachable) speeds[i] = reachable;
  }
  return { speedsMps: speeds, because };
}

/** Speed of the profile at a place, between its points. */
export function speedAt(
  profile: SpeedProfile,
  alongM: number,
  spacingM: number,
): { speedMps: number; because: string } {
  const { speedsMps, because } = profile;
  if (speedsMps.length === 0) return { speedMps: 0, because: 'sight' };
  const place = Math.max(0, Math.min(speedsMps.length - 1, alongM / spacingM));
  const low = Math.floor(place);
  const high = Math.min(speedsMps.length - 1, low + 1);
  const speedMps = speedsMps[low]! + (place - low) * (speedsMps[high]! - speedsMps[low]!);
  return { speedMps, because: because[low]! };
}
