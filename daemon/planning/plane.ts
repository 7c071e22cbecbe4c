import type { GroundPoint, Pose } from '../protocol/geometry.ts';

/** Small helpers on ground points: metres, counter-clockwise positive. */

/** A point of the frame that `pose` stands in, as seen from `pose`. */
export function toFrame(pose: Pose, point: GroundPoint): GroundPoint {
  const cos = Math.cos(pose.headingRad);
  const sin = Math.sin(pose.headingRad);
  const dx = point.xM - pose.xM;
  const dy = point.yM - pose.yM;
  return { xM: cos * dx + sin * dy, yM: -sin * dx + cos * dy };
}

/** A point seen from `pose`, in the frame that `pose` stands in. The inverse of `toFrame`. */
export function fromFrame(pose: Pose, point: GroundPoint): GroundPoint {
  const cos = Math.cos(pose.headingRad);
  const sin = Math.sin(pose.headingRad);
  return { xM: pose.xM + cos * point.xM - sin * point.yM, yM: pose.yM + sin * point.xM + cos * point.yM };
}

/** In metres. */
export function distance(a: GroundPoint, b: GroundPoint): number {
  const dx = a.xM - b.xM;
  const dy = a.yM - b.yM;
  return Math.sqrt(dx * dx + dy * dy);
}

export function midpoint(a: GroundPoint, b: GroundPoint): GroundPoint {
  return { xM: (a.xM + b.xM) / 2, yM: (a.yM + b.yM) / 2 };
}

/** Direction from a to b, in (-π, π]. */
export function bearing(a: GroundPoint, b: GroundPoint): number {
  return Math.atan2(b.yM - a.yM, b.xM - a.xM);
}

/** An angle brought into (-π, π]. */
export function wrapAngle(angleRad: number): number {
  const turns = Math.round(angleRad / (2 * Math.PI));
  return angleRad - turns * 2 * Math.PI;
}

/** Positive when c lies left of the line from a to b: twice the area of their triangle, in square metres. */
export function leftOf(a: GroundPoint, b: GroundPoint, c: GroundPoint): number {
  return (b.xM - a.xM) * (c.yM - a.yM) - (b.yM - a.yM) * (c.xM - a.xM);
}

/** Nearest place on a segment: its distance, and how far along it lies, 0 at a and 1 at b. */
export function segmentDistance(
  point: GroundPoint,
  a: GroundPoint,
  b: GroundPoint,
): { readonly distanceM: number; readonly share: number } {
  const dx = b.xM - a.xM;
  const dy = b.yM - a.yM;
  const squared = dx * dx + dy * dy;
  const raw = squared > 0 ? ((point.xM - a.xM) * dx + (point.yM - a.yM) * dy) / squared : 0;
  const share = Math.max(0, Math.min(1, raw));
  const ex = a.xM + share * dx - point.xM;
  const ey = a.yM + share * dy - point.yM;
  return { distanceM: Math.sqrt(ex * ex + ey * ey), share };
}

export function polylineLength(line: readonly GroundPoint[]): number {
  let lengthM = 0;
  for (let i = 1; i < line.length; i++) lengthM += distance(line[i - 1]!, line[i]!);
  return lengthM;
}

/** The same line with a point every `spacingM`, first and last kept. Needs at least one point. */
export function resample(line: readonly GroundPoint[], spacingM: number): GroundPoint[] {
  const lengthM = polylineLength(line);
  const count = Math.max(1, Math.round(lengthM / spacingM));
  const step = lengthM / count;
  const points: GroundPoint[] = [line[0]!];
  if (lengthM === 0) return points;
  let segment = 1;
  let passedM = 0;
  for (let i = 1; i < count; i++) {
    const atM = i * step;
    for (;;) {
      const segmentM = distance(line[segment - 1]!, line[segment]!);
      if (passedM + segmentM >= atM || segment === line.length - 1) {
        const share = segmentM > 0 ? (atM - passedM) / segmentM : 0;
        const a = line[segment - 1]!;
        const b = line[segment]!;
        points.push({ xM: a.xM + share * (b.xM - a.xM), yM: a.yM + share * (b.yM - a.yM) });
        break;
      }
      passedM += segmentM;
      segment++;
    }
  }
  points.push(line[line.length - 1]!);
  return points;
}
