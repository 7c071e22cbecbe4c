import type { GroundPoint } from '../../protocol/geometry.ts';
import { distance, polylineLength, segmentDistance } from '../plane.ts';

/** The place of a line that is nearest to a point. */
export interface Progress {
  /** Along the line, from its beginning. */
  readonly alongM: number;
  /** From the point; never negative. */
  readonly distanceM: number;
}

/** The place of the line nearest to a point. Needs two points. */
export function nearestOnLine(line: readonly GroundPoint[], point: GroundPoint): Progress {
  let best: Progress = { alongM: 0, distanceM: Number.POSITIVE_INFINITY };
  let passedM = 0;
  for (let i = 1; i < line.length; i++) {
    const a = line[i - 1]!;
    const b = line[i]!;
    const segmentM = distance(a, b);
    const { distanceM, share } = segmentDistance(point, a, b);
    if (distanceM < best.distanceM) best = { alongM: passedM + share * segmentM, distanceM };
    passedM += segmentM;
  }
  return best;
}

/** How far a point lies beside a line; undefined before its beginning and past its end. */
export function offsetFromLine(line: readonly GroundPoint[], point: GroundPoint): number | undefined {
  if (line.length < 2) return undefined;
  const { alongM, distanceM } = nearestOnLine(line, point);
  return alongM <= 0 || alongM >= polylineLength(line) ? undefined : distanceM;
}

/** The point of the line so far along it; past its end, straight on. */
export function pointAlong(line: readonly GroundPoint[], alongM: number): GroundPoint {
  let passedM = 0;
  for (let i = 1; i < line.length; i++) {
    const a = line[i - 1]!;
    const b = line[i]!;
    const segmentM = distance(a, b);
    const last = i === line.length - 1;
    if (passedM + segmentM >= alongM || last) {
      const share = segmentM > 0 ? (alongM - passedM) / segmentM : 0;
      return { xM: a.xM + share * (b.xM - a.xM), yM: a.yM + share * (b.yM - a.yM) };
    }
    passedM += segmentM;
  }
  return line[0]!;
}

const lookAhead = { atRestM: 0.22, perSpeedS: 0.16, minM: 0.25, maxM: 0.8 };

/** How far ahead to aim: farther the faster, between 0.25 and 0.8 m. */
export function lookAheadM(speedMps: number): number {
  return Math.max(lookAhead.minM, Math.min(lookAhead.maxM, lookAhead.atRestM + lookAhead.perSpeedS * speedMps));
}

/**
 * Pure pursuit (Coulter 1992): the curvature of the arc from the rear axle (the origin, along +x) to the point of the line
 * a look-ahead away.
 */
export function pursue(
  line: readonly GroundPoint[],
  aheadM: number,
): { readonly target: GroundPoint; readonly curvaturePerM: number } {
  const { alongM } = nearestOnLine(line, { xM: 0, yM: 0 });
  const target = pointAlong(line, alongM + aheadM);
  const squared = Math.max(0.01, target.xM * target.xM + target.yM * target.yM);
  return { target, curvaturePerM: (2 * target.yM) / squared };
}
