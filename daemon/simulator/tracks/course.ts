import type { GroundPoint } from '../../protocol/geometry.ts';
import {
  type ClosedLine,
  distance,
  headingsOf,
  keptIndices,
  nearestFinder,
  resample,
  roundOff,
  smoothLine,
  smoothValues,
} from './closed-line.ts';
import type { ConeStrip } from './cone-strip.ts';

/** Spacing of a track's lines. */
export const stepM = 0.05;

/** Three closed lines at the size that is driven, running the same way. */
export interface Course {
  readonly centre: ClosedLine;
  readonly left: ClosedLine;
  readonly right: ClosedLine;
}

const scaled = (points: readonly GroundPoint[], scale: number): GroundPoint[] =>
  points.map((point) => ({ xM: point.xM * scale, yM: point.yM * scale }));

/** Points of one round: what a file repeats, and what it records after coming past its first point again, is left out. */
function oneRound(points: readonly GroundPoint[], widthM: number): number[] {
  const kept = keptIndices(points, 0.005 * widthM);
  const first = points[kept[0]!]!;
  const ahead = kept.map((index) => points[index]!).find((point) => distance(point, first) > 0.2 * widthM);
  if (ahead === undefined) return kept;
  let gone = false;
  let wasBehind = false;
  for (let i = 1; i < kept.length; i++) {
    const point = points[kept[i]!]!;
    const apart = distance(point, first);
    if (apart > 2 * widthM) gone = true;
    if (!gone) continue;
    const along = (point.xM - first.xM) * (ahead.xM - first.xM) + (point.yM - first.yM) * (ahead.yM - first.yM);
    if (along >= 0 && wasBehind && apart < 0.7 * widthM) return kept.slice(0, i);
    wasBehind = along < 0 && apart < 2 * widthM;
  }
  return kept;
}

/** A course whose borders the file gives point for point. */
export function courseFromBorders(
  parsed: { centre: readonly GroundPoint[]; oneSide: readonly GroundPoint[]; otherSide: readonly GroundPoint[] },
  scale: number,
): Course {
  const [allCentre, allOne, allOther] = [parsed.centre, parsed.oneSide, parsed.otherSide].map((p) => scaled(p, scale));
  const kept = oneRound(allCentre!, distance(allOne![0]!, allOther![0]!));
  const centre = kept.map((i) => allCentre![i]!);
  const one = kept.map((i) => allOne![i]!);
  const other = kept.map((i) => allOther![i]!);
  const headings = headingsOf(centre);
  const votes = centre.reduce((sum, point, i) => {
    const heading = headings[i]!;
    const leftwards = (one[i]!.yM - point.yM) * Math.cos(heading) - (one[i]!.xM - point.xM) * Math.sin(heading);
    return sum + Math.sign(leftwards);
  }, 0);
  const finely = (line: ClosedLine) =>
    resample(
      keptIndices(line, 0.001).map((i) => line[i]!),
      stepM,
    );
  return {
    centre: smoothLine(resample(roundOff(centre, stepM / 4), stepM), 0.08 / stepM),
    left: finely(votes > 0 ? one : other),
    right: finely(votes > 0 ? other : one),
  };
}

/** A course whose borders stand at measured widths beside the centre line. */
export function courseFromWidths(
  parsed: { centre: readonly GroundPoint[]; leftM: readonly number[]; rightM: readonly number[] },
  scale: number,
): Course {
  const all = scaled(parsed.centre, scale);
  const kept = oneRound(all, (parsed.leftM[0]! + parsed.rightM[0]!) * scale);
  const raw = kept.map((i) => all[i]!);
  const centre = smoothLine(resample(roundOff(raw, stepM / 2), stepM), 0.12 / stepM);
  const nearest = nearestFinder(raw);
  const widthAt = (widths: readonly number[]) => {
    const values = centre.map((point) => {
      const { index, share } = nearest(point);
      return scale * (widths[kept[index]!]! * (1 - share) + widths[kept[(index + 1) % kept.length]!]! * share);
    });
    return smoothValues(values, 0.12 / stepM);
  };
  const headings = headingsOf(centre);
  const beside = (widths: Float64Array, side: 1 | -1): GroundPoint[] => {
    const moved = centre.map((point, i) => ({
      xM: point.xM - side * Math.sin(headings[i]!) * widths[i]!,
      yM: point.yM + side * Math.cos(headings[i]!) * widths[i]!,
    }));
    return resample(withoutFolds(moved, centre, widths), stepM);
  };
  return { centre, left: beside(widthAt(parsed.leftM), 1), right: beside(widthAt(parsed.rightM), -1) };
}

/** Where the inside of a bend is tighter than the track is wide, a parallel line folds over: those points lie nearer to the centre line than their width. */
function withoutFolds(line: ClosedLine, centre: ClosedLine, widths: Float64Array): GroundPoint[] {
  const nearest = nearestFinder(centre);
  const kept = line.filter((point, i) => nearest(point).distanceM > 0.97 * widths[i]!);
  return kept.length >= 8 ? kept : [...line];
}

/** A course whose borders run from cone to cone; its centre line keeps the same distance to both. */
export function courseFromStrip(strip: ConeStrip, scale: number): Course {
  const distinct = (line: readonly GroundPoint[]) => keptIndices(line, 1e-6).map((i) => line[i]!);
  const left = resample(distinct(scaled(strip.left, scale)), stepM);
  const right = resample(distinct(scaled(strip.right, scale)), stepM);
  const width = strip.crossingM * scale;
  // Smoothed little at a time and pulled back to the middle after each: a stronger smoothing would cut across the one
  // inner cone of a hairpin.
  let centre = smoothLine(resample(distinct(scaled(strip.middles, scale)), stepM), (0.12 * width) / stepM);
  const toLeft = nearestFinder(left);
  const toRight = nearestFinder(right);
  for (let round = 0; round < 24; round++) {
    const headings = headingsOf(centre);
    const moved = centre.map((point, i) => {
      const leftwards = 0.3 * (toLeft(point).distanceM - toRight(point).distanceM);
      const heading = headings[i]!;
      return { xM: point.xM - Math.sin(heading) * leftwards, yM: point.yM + Math.cos(heading) * leftwards };
    });
    centre = smoothLine(resample(moved, stepM), (0.12 * width) / stepM);
  }
  // Straight pieces from cone to cone leave kinks in the middle line that no driver would follow.
  return { centre: smoothLine(centre, (0.18 * width) / stepM), left, right };
}

/** The same course driven the other way; its first point stays first. */
export function reverseCourse(course: Course): Course {
  const backwards = (line: ClosedLine) => [line[0]!, ...line.slice(1).reverse()];
  return { centre: backwards(course.centre), left: backwards(course.right), right: backwards(course.left) };
}

/** The same centre line, beginning at another of its points. */
export function beginAt(line: ClosedLine, index: number): GroundPoint[] {
  return [...line.slice(index), ...line.slice(0, index)];
}
