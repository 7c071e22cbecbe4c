import fc from 'fast-check';
import type { GroundPoint, Pose } from '../../protocol/geometry.ts';
import type { TrackCone } from '../pilots/corridor-walk.ts';

/** A piece of track that bends evenly, as the car sees it that stands on its centre line, along it. */
export interface Arc {
  /** Positive bends left. */
  readonly curvaturePerM: number;
  readonly widthM: number;
  /** From cone to cone on the centre line. */
  readonly spacingM: number;
  /** How far the right border's cones stand back behind the left one's, as a share of the spacing. */
  readonly stagger: number;
}

const aheadM = 4;
const behindM = 1;

/** Arcs that a 1:18 car drives, their cones no farther apart than the track is wide. */
export const anyArc: fc.Arbitrary<Arc> = fc.record({
  curvaturePerM: fc.noBias(fc.integer({ min: -50, max: 50 })).map((hundredths) => hundredths / 100),
  widthM: fc.noBias(fc.integer({ min: 75, max: 120 })).map((centimetres) => centimetres / 100),
  spacingM: fc.noBias(fc.integer({ min: 35, max: 60 })).map((centimetres) => centimetres / 100),
  stagger: fc.noBias(fc.integer({ min: 5, max: 45 })).map((hundredths) => hundredths / 100),
});

/** The place of the centre line `alongM` from the car. */
export function centreOf({ curvaturePerM }: Pick<Arc, 'curvaturePerM'>, alongM: number): Pose {
  const headingRad = curvaturePerM * alongM;
  if (Math.abs(curvaturePerM) < 1e-9) return { xM: alongM, yM: 0, headingRad: 0 };
  return { xM: Math.sin(headingRad) / curvaturePerM, yM: (1 - Math.cos(headingRad)) / curvaturePerM, headingRad };
}

/** How far left of the centre line a point lies; right of it is negative. */
export function offCentreM({ curvaturePerM }: Pick<Arc, 'curvaturePerM'>, point: GroundPoint): number {
  if (Math.abs(curvaturePerM) < 1e-9) return point.yM;
  const radiusM = 1 / curvaturePerM;
  const fromMiddleM = Math.hypot(point.xM, point.yM - radiusM);
  return radiusM > 0 ? radiusM - fromMiddleM : fromMiddleM + radiusM;
}

/** How far along the centre line the place nearest to a point is. */
export function alongOf({ curvaturePerM }: Pick<Arc, 'curvaturePerM'>, { xM, yM }: GroundPoint): number {
  if (Math.abs(curvaturePerM) < 1e-9) return xM;
  return Math.atan2(xM * curvaturePerM, 1 - yM * curvaturePerM) / curvaturePerM;
}

/** Blue on the left, yellow on the right, from a little behind the car on. */
export function conesOf(arc: Arc): TrackCone[] {
  const cones: TrackCone[] = [];
  for (const [side, colour, backM] of [
    [1, 'blue', 0],
    [-1, 'yellow', arc.stagger * arc.spacingM],
  ] as const) {
    for (let alongM = -behindM - backM; alongM <= aheadM; alongM += arc.spacingM) {
      const { xM, yM, headingRad } = centreOf(arc, alongM);
      const asideM = (side * arc.widthM) / 2;
      cones.push({
        xM: xM - asideM * Math.sin(headingRad),
        yM: yM + asideM * Math.cos(headingRad),
        colour,
        colourShare: 0.95,
      });
    }
  }
  return cones;
}

export function mirroredPoint<Point extends GroundPoint>(point: Point): Point {
  return { ...point, yM: -point.yM };
}

/** The same cones in a mirror along the car: left is right, and blue is yellow. */
export function mirroredCones<Cone extends TrackCone>(cones: readonly Cone[]): Cone[] {
  return cones.map((cone) => {
    const colour = cone.colour === 'blue' ? 'yellow' : cone.colour === 'yellow' ? 'blue' : 'orange';
    return { ...mirroredPoint(cone), colour };
  });
}
