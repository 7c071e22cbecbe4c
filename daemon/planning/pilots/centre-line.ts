import type { GroundPoint } from '../../protocol/geometry.ts';
import { bearing, distance, leftOf, polylineLength, resample, segmentDistance, wrapAngle } from '../plane.ts';
import { bordersOf, rounded, usualLink } from './borders.ts';
import { type Gate, plausibleWidthM, type TrackCone, walkCorridor } from './corridor-walk.ts';

/** The way ahead between the cones, in the car's frame, a point every `corridorSpacingM`. */
export interface Corridor {
  readonly centre: readonly GroundPoint[];
  /** From each point of the centre to the borders: how much room there is, metres. */
  readonly roomLeftM: readonly number[];
  readonly roomRightM: readonly number[];
  /** Measured on this view; undefined when only one side is in sight. */
  readonly widthM: number | undefined;
}

export const corridorSpacingM = 0.1;
/** Before a width was measured: a track for a 1:18 car. */
export const assumedWidthM = 0.9;
const maxLengthM = 5;
/** No track turns so much from one gate to the next. */
const foldRad = 1.7;
/** Points closer together say nothing about the direction. */
const closestM = 0.06;

function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Distance to a border, and whether its nearest place is just one of its ends. */
interface Room {
  readonly distanceM: number;
  readonly atEnd: boolean;
}

function distanceToLine(point: GroundPoint, line: readonly GroundPoint[]): Room {
  if (line.length === 1) return { distanceM: distance(point, line[0]!), atEnd: true };
  let bestM = Number.POSITIVE_INFINITY;
  let atEnd = true;
  for (let i = 1; i < line.length; i++) {
    const { distanceM, share } = segmentDistance(point, line[i - 1]!, line[i]!);
    if (distanceM >= bestM) continue;
    bestM = distanceM;
    atEnd = (i === 1 && share === 0) || (i === line.length - 1 && share === 1);
  }
  return { distanceM: bestM, atEnd };
}

/**
 * Median distance from the cones of each side to the border of the other. Where a border has a gap, a cone was not seen, and
 * the line across the gap is no border.
 */
function measureWidth(left: readonly GroundPoint[], right: readonly GroundPoint[]): number | undefined {
  const widths: number[] = [];
  for (const [points, line] of [
    [left, right],
    [right, left],
  ] as const) {
    const usualM = usualLink(line);
    if (usualM === undefined) continue;
    const links = line.slice(1).map((point, i) => distance(line[i]!, point));
    for (const point of points) {
      const nearest = links
        .map((linkM, i) => ({ linkM, ...segmentDistance(point, line[i]!, line[i + 1]!) }))
        .reduce((a, b) => (b.distanceM < a.distanceM ? b : a));
      const beside = nearest.share > 0 && nearest.share < 1;
      if (beside && nearest.linkM <= Math.min(2, 1.7 * usualM)) widths.push(nearest.distanceM);
    }
  }
  return widths.length >= 2 ? median(widths) : undefined;
}

/** Drops points that turn the line back on itself: staggered gates and a border that takes over may do that. */
function withoutBacktracking(line: readonly GroundPoint[]): GroundPoint[] {
  const kept: GroundPoint[] = [];
  for (const point of line) {
    for (;;) {
      const last = kept[kept.length - 1];
      const before = kept[kept.length - 2];
      if (last === undefined || before === undefined) break;
      if (Math.abs(wrapAngle(bearing(last, point) - bearing(before, last))) < foldRad) break;
      kept.pop();
    }
    const last = kept[kept.length - 1];
    if (last === undefined || distance(last, point) >= closestM) kept.push(point);
  }
  return kept;
}

/** A few passes of averaging with the neighbours; the ends stay. */
function smoothed(line: readonly GroundPoint[], passes: number): GroundPoint[] {
  let points = [...line];
  for (let pass = 0; pass < passes; pass++) {
    points = points.map((point, i) => {
      const before = points[i - 1];
      const after = points[i + 1];
      if (before === undefined || after === undefined) return point;
      return { xM: (before.xM + 2 * point.xM + after.xM) / 4, yM: (before.yM + 2 * point.yM + after.yM) / 4 };
    });
  }
  return points;
}

/** Before a width was measured: that of the narrowest gate of each cone. Gates between staggered cones run aslant. */
function guessWidth(cones: readonly TrackCone[], gates: readonly Gate[]): number {
  const narrowest = new Map<number, number>();
  for (const gate of gates) {
    const lengthM = distance(cones[gate.left]!, cones[gate.right]!);
    for (const cone of [gate.left, gate.right]) {
      narrowest.set(cone, Math.min(lengthM, narrowest.get(cone) ?? Number.POSITIVE_INFINITY));
    }
  }
  return 0.92 * (median([...narrowest.values()]) ?? assumedWidthM);
}

/** From the centre to a border, by the border where it is known, else by the other one and the width. */
function roomTo(known: Room | undefined, other: Room | undefined, widthM: number): number {
  const otherRoomM = other === undefined || other.atEnd ? undefined : other.distanceM;
  const assumedM = otherRoomM === undefined ? widthM / 2 : Math.max(0, widthM - otherRoomM);
  if (known === undefined) return assumedM;
  // Past the last cone of a border its line is a guess: no more room than the width leaves.
  return known.atEnd ? Math.min(known.distanceM, assumedM) : known.distanceM;
}

/**
 * Cones around the car to the way between them, or undefined when there is none. Blue stands left, yellow right, orange on
 * either side; `widthM` is what was learned of the track's width so far. The line starts up to 1.5 m behind the car, or at
 * the car when there are no cones behind.
 */
export function findCorridor(cones: readonly TrackCone[], widthM: number | undefined): Corridor | undefined {
  const walk = walkCorridor(cones, widthM);
  const measuredM = widthM ?? (walk === undefined ? assumedWidthM : guessWidth(cones, walk.gates));
  const borders = bordersOf(cones, walk, measuredM, widthM === undefined ? 'guessed' : 'learned');
  if (borders === undefined) return undefined;
  const first = borders.middle[0]!;
  const startsAhead = first.xM > 0.15;
  const raw = withoutBacktracking(startsAhead ? [{ xM: 0, yM: 0 }, ...borders.middle] : borders.middle);
  if (raw.length < 2) return undefined;
  const dense = smoothed(resample(raw, corridorSpacingM / 2), 12);
  const centre = resample(dense, corridorSpacingM).slice(0, Math.round(maxLengthM / corridorSpacingM));
  if (polylineLength(centre) < 0.3) return undefined;
  const left = rounded(borders.left);
  const right = rounded(borders.right);
  const roomLeftM: number[] = [];
  const roomRightM: number[] = [];
  for (const point of centre) {
    const toLeft = left.length > 0 ? distanceToLine(point, left) : undefined;
    const toRight = right.length > 0 ? distanceToLine(point, right) : undefined;
    roomLeftM.push(roomTo(toLeft, toRight, measuredM));
    roomRightM.push(roomTo(toRight, toLeft, measuredM));
  }
  const width = measureWidth(borders.gated.left, borders.gated.right);
  const plausible = width !== undefined && width >= plausibleWidthM.min && width <= plausibleWidthM.max;
  return { centre, roomLeftM, roomRightM, widthM: plausible ? width : undefined };
}

/** Curvature at each point of an evenly spaced line, over a base of `span` points to either side; positive turns left. */
export function curvatures(line: readonly GroundPoint[], span: number): number[] {
  return line.map((_, i) => {
    const reach = Math.min(span, i, line.length - 1 - i);
    if (reach === 0) return 0;
    const a = line[i - reach]!;
    const b = line[i]!;
    const c = line[i + reach]!;
    const product = distance(a, b) * distance(b, c) * distance(a, c);
    // Menger: four times the triangle's area over the product of its sides.
    return product > 0 ? (2 * leftOf(a, b, c)) / product : 0;
  });
}
