import type { Vehicle } from '../car/config.ts';
import { curvaturesOf } from './tracks/closed-line.ts';
import type { Track } from './tracks/track.ts';

export const gravityMps2 = 9.81;
/** Over so much of the way curvature is smoothed: a car cannot follow kinks that are shorter than itself. */
const smoothingM = 0.15;

export interface LimitLap {
  /** Seconds of a flying lap along the centre line. */
  readonly limitLapS: number;
  /** The fastest speed at each sample of the centre line. */
  readonly speedsMps: Float64Array;
}

/**
 * The fastest flying lap along the centre line: speed is limited by the top speed and, in bends, by tyre friction
 * (v^2 |curvature| <= mu g); between them by acceleration and braking, each with what grip the bend leaves (friction
 * circle). A backward and a forward pass over two rounds, so that the lap closes on itself.
 */
export function limitLap(
  track: Track,
  vehicle: Pick<Vehicle, 'friction' | 'topSpeedMps' | 'maxAccelerationMps2' | 'maxBrakingMps2'>,
): LimitLap {
  const n = track.centreLine.length;
  const stepM = track.lengthM / n;
  const grip = vehicle.friction * gravityMps2;
  const curvatures = curvaturesOf(track.centreLine, smoothingM);
  const speeds = curvatures.map((curvature) =>
    Math.min(vehicle.topSpeedMps, Math.sqrt(grip / Math.max(1e-9, Math.abs(curvature)))),
  );
  const reachable = (from: number, most: number): number => {
    const speed = speeds[from]!;
    const lateral = Math.min(grip, speed * speed * Math.abs(curvatures[from]!));
    const left = Math.min(most, Math.sqrt(grip * grip - lateral * lateral));
    return Math.sqrt(speed * speed + 2 * left * stepM);
  };
  for (let i = 2 * n; i > 0; i--) {
    const [here, before] = [i % n, (i - 1) % n];
    speeds[before] = Math.min(speeds[before]!, reachable(here, vehicle.maxBrakingMps2));
  }
  for (let i = 0; i < 2 * n; i++) {
    const [here, after] = [i % n, (i + 1) % n];
    speeds[after] = Math.min(speeds[after]!, reachable(here, vehicle.maxAccelerationMps2));
  }
  let limitLapS = 0;
  for (let i = 0; i < n; i++) limitLapS += (2 * stepM) / (speeds[i]! + speeds[(i + 1) % n]!);
  return { limitLapS, speedsMps: speeds };
}
