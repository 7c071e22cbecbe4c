import type { GroundPoint } from '../../protocol/geometry.ts';
import { type ClosedLine, curvaturesOf, distance, headingsOf, lengthOf, nearestFinder } from './closed-line.ts';
import type { TrackCone, TrackSample } from './track.ts';

/** Cone to cone along a border: on the straight, and as the smallest share of a bend's radius down to a least. */
const spacingM = 0.45;
const leastSpacingM = 0.26;
const spacingPerRadius = 0.5;
/** Centre of a cone beyond the line it marks, so that a wheel on the line does not touch it. */
const beyondBorderM = 0.05;

/** Cones along both borders: blue on the left, yellow on the right, one orange pair where the lines begin. */
export function placeCones(centre: readonly TrackSample[], left: ClosedLine, right: ClosedLine): TrackCone[] {
  const nearest = nearestFinder(centre);
  const isOutside = (point: GroundPoint) => {
    const { index, distanceM } = nearest(point);
    const { leftHalfWidthM, rightHalfWidthM } = centre[index]!;
    return distanceM > Math.min(leftHalfWidthM, rightHalfWidthM) + beyondBorderM / 2;
  };
  const along = (line: ClosedLine, side: 1 | -1, colour: 'blue' | 'yellow'): TrackCone[] =>
    placesAlong(line, side).map((point, i) => ({ ...point, colour: i === 0 ? 'orange' : colour }));
  const kept: TrackCone[] = [];
  for (const cone of [...along(left, 1, 'blue'), ...along(right, -1, 'yellow')]) {
    if (isOutside(cone) && kept.every((other) => distance(other, cone) > leastSpacingM / 2)) kept.push(cone);
  }
  return kept;
}

function placesAlong(line: ClosedLine, side: 1 | -1): GroundPoint[] {
  const n = line.length;
  const step = lengthOf(line) / n;
  const headings = headingsOf(line);
  const spacings = Array.from(curvaturesOf(line, 0.15), (curvature) =>
    Math.min(spacingM, Math.max(leastSpacingM, spacingPerRadius / Math.max(1e-6, Math.abs(curvature)))),
  );
  const cones = spacings.reduce((sum, spacing) => sum + step / spacing, 0);
  const share = cones / Math.max(3, Math.round(cones));
  const places: GroundPoint[] = [];
  let passed = share;
  for (let i = 0; i < n; i++) {
    if (passed >= share - 1e-9) {
      passed -= share;
      const { xM, yM } = line[i]!;
      const heading = headings[i]!;
      places.push({
        xM: xM - side * Math.sin(heading) * beyondBorderM,
        yM: yM + side * Math.cos(heading) * beyondBorderM,
      });
    }
    passed += step / spacings[i]!;
  }
  return places;
}
