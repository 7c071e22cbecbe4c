import { Delaunay } from 'd3-delaunay';
import type { GroundPoint } from '../../protocol/geometry.ts';

/** A closed line: its last point joins its first, which is not repeated at the end. */
export type ClosedLine = readonly GroundPoint[];

export const distance = (a: GroundPoint, b: GroundPoint): number => Math.hypot(b.xM - a.xM, b.yM - a.yM);

/** A point between two; `share` of 0 is `a`, 1 is `b`. */
export function mix(a: GroundPoint, b: GroundPoint, share: number): GroundPoint {
  return { xM: a.xM + (b.xM - a.xM) * share, yM: a.yM + (b.yM - a.yM) * share };
}

/** In metres, all the way round. */
export function lengthOf(line: ClosedLine): number {
  let sum = 0;
  for (let i = 0; i < line.length; i++) sum += distance(line[i]!, line[(i + 1) % line.length]!);
  return sum;
}

/** Distance along the line of each point, and as one more value the whole length. */
function distancesAlong(line: ClosedLine): Float64Array {
  const along = new Float64Array(line.length + 1);
  for (let i = 0; i < line.length; i++) along[i + 1] = along[i]! + distance(line[i]!, line[(i + 1) % line.length]!);
  return along;
}

/** `count` points at equal distances along the straight pieces, the first on the line's first point. */
function divide(line: ClosedLine, count: number): GroundPoint[] {
  const along = distancesAlong(line);
  const total = along[line.length]!;
  const points: GroundPoint[] = [];
  let piece = 0;
  for (let i = 0; i < count; i++) {
    const at = (total * i) / count;
    while (piece < line.length - 1 && along[piece + 1]! <= at) piece++;
    const pieceLength = along[piece + 1]! - along[piece]!;
    const share = pieceLength > 0 ? (at - along[piece]!) / pieceLength : 0;
    points.push(mix(line[piece]!, line[(piece + 1) % line.length]!, share));
  }
  return points;
}

/** Points about `stepM` apart along the straight pieces. */
export function resample(line: ClosedLine, stepM: number): GroundPoint[] {
  return divide(line, Math.max(8, Math.round(lengthOf(line) / stepM)));
}

/**
 * Through all points, rounded between them: a centripetal Catmull-Rom spline (Barry and Goldman 1988), which neither
 * loops nor overshoots where points crowd. Neighbouring points must differ.
 */
export function roundOff(line: ClosedLine, stepM: number): GroundPoint[] {
  const n = line.length;
  const points: GroundPoint[] = [];
  for (let i = 0; i < n; i++) {
    const [a, b, c, d] = [line[(i - 1 + n) % n]!, line[i]!, line[(i + 1) % n]!, line[(i + 2) % n]!];
    const tb = Math.sqrt(distance(a, b));
    const tc = tb + Math.sqrt(distance(b, c));
    const td = tc + Math.sqrt(distance(c, d));
    const pieces = Math.max(1, Math.ceil(distance(b, c) / stepM));
    for (let k = 0; k < pieces; k++) {
      const t = tb + ((tc - tb) * k) / pieces;
      const ab = mix(a, b, t / tb);
      const bc = mix(b, c, (t - tb) / (tc - tb));
      const cd = mix(c, d, (t - tc) / (td - tc));
      points.push(mix(mix(ab, bc, t / tc), mix(bc, cd, (t - tb) / (td - tb)), (t - tb) / (tc - tb)));
    }
  }
  return points;
}

/** A Gaussian along the line over values at equal distances; `sigma` in samples. */
export function smoothValues(values: ArrayLike<number>, sigma: number): Float64Array {
  const n = values.length;
  const smooth = new Float64Array(n);
  const reach = Math.min(Math.ceil(3 * sigma), Math.floor((n - 1) / 2));
  const weights = Array.from({ length: reach + 1 }, (_, k) => (sigma > 0 ? Math.exp(-0.5 * (k / sigma) ** 2) : 1));
  const total = weights.reduce((sum, weight, k) => sum + (k === 0 ? weight : 2 * weight), 0);
  for (let i = 0; i < n; i++) {
    let sum = values[i]! * weights[0]!;
    for (let k = 1; k <= reach; k++) sum += weights[k]! * (values[(i + k) % n]! + values[(i - k + n) % n]!);
    smooth[i] = sum / total;
  }
  return smooth;
}

/** Smooths a line whose points stand at equal distances, then spaces them equally again. */
export function smoothLine(line: ClosedLine, sigma: number): GroundPoint[] {
  const xs = smoothValues(
    line.map((point) => point.xM),
    sigma,
  );
  const ys = smoothValues(
    line.map((point) => point.yM),
    sigma,
  );
  return divide(
    line.map((_, i) => ({ xM: xs[i]!, yM: ys[i]! })),
    line.length,
  );
}

/** Direction of the line at each point: of the chord between its neighbours. */
export function headingsOf(line: ClosedLine): number[] {
  const n = line.length;
  return line.map((_, i) => {
    const before = line[(i - 1 + n) % n]!;
    const after = line[(i + 1) % n]!;
    return Math.atan2(after.yM - before.yM, after.xM - before.xM);
  });
}

/** An angle brought into (-pi, pi]. */
function wrapAngle(angleRad: number): number {
  const wrapped = angleRad % (2 * Math.PI);
  if (wrapped > Math.PI) return wrapped - 2 * Math.PI;
  return wrapped <= -Math.PI ? wrapped + 2 * Math.PI : wrapped;
}

/** Curvature at each point, positive to the left, smoothed over `sigmaM` of the way. Points at equal distances. */
export function curvaturesOf(line: ClosedLine, sigmaM: number): Float64Array {
  const n = line.length;
  const step = lengthOf(line) / n;
  const headings = line.map((point, i) => {
    const next = line[(i + 1) % n]!;
    return Math.atan2(next.yM - point.yM, next.xM - point.xM);
  });
  const raw = headings.map((heading, i) => wrapAngle(heading - headings[(i - 1 + n) % n]!) / step);
  return smoothValues(raw, sigmaM / step);
}

/** Without points that repeat their neighbour (closer than `leastM`), the last one against the first included. */
export function keptIndices(line: readonly GroundPoint[], leastM: number): number[] {
  const kept: number[] = [];
  for (let i = 0; i < line.length; i++) {
    const last = kept.at(-1);
    if (last === undefined || distance(line[last]!, line[i]!) > leastM) kept.push(i);
  }
  while (kept.length > 1 && distance(line[kept.at(-1)!]!, line[kept[0]!]!) <= leastM) kept.pop();
  return kept;
}

/** Where a closed line first crosses itself; undefined when it does not. */
export function selfCrossing(line: ClosedLine): GroundPoint | undefined {
  const n = line.length;
  const cross = (o: GroundPoint, a: GroundPoint, b: GroundPoint) =>
    (a.xM - o.xM) * (b.yM - o.yM) - (a.yM - o.yM) * (b.xM - o.xM);
  for (let i = 0; i < n; i++) {
    const [a, b] = [line[i]!, line[(i + 1) % n]!];
    const [lowX, highX] = a.xM < b.xM ? [a.xM, b.xM] : [b.xM, a.xM];
    for (let j = i + 2; j < (i === 0 ? n - 1 : n); j++) {
      const [c, d] = [line[j]!, line[(j + 1) % n]!];
      if ((c.xM < lowX && d.xM < lowX) || (c.xM > highX && d.xM > highX)) continue;
      const apart = cross(a, b, c) * cross(a, b, d) < 0 && cross(c, d, a) * cross(c, d, b) < 0;
      if (apart) return c;
    }
  }
  return undefined;
}

export interface Nearest {
  readonly point: GroundPoint;
  readonly distanceM: number;
  /** Of the piece it lies on, which begins at this point of the indexed line. */
  readonly index: number;
  /** Along that piece, in [0, 1]. */
  readonly share: number;
}

/**
 * Finds the nearest place of a line quickly. The line must be finely sampled: the search goes to the nearest point and
 * looks at the two pieces that meet there.
 */
export function nearestFinder(line: ClosedLine): (to: GroundPoint) => Nearest {
  const n = line.length;
  const sites = Delaunay.from(
    line,
    (point) => point.xM,
    (point) => point.yM,
  );
  let hint = 0;
  return (to) => {
    const found = sites.find(to.xM, to.yM, hint);
    hint = found;
    const before = onPiece(line, (found - 1 + n) % n, to);
    const after = onPiece(line, found, to);
    return before.distanceM < after.distanceM ? before : after;
  };
}

/** The nearest place on the piece from point `index` to the next one. */
export function onPiece(line: ClosedLine, index: number, to: GroundPoint): Nearest {
  const a = line[index]!;
  const b = line[(index + 1) % line.length]!;
  const [dx, dy] = [b.xM - a.xM, b.yM - a.yM];
  const square = dx * dx + dy * dy;
  const along = square > 0 ? ((to.xM - a.xM) * dx + (to.yM - a.yM) * dy) / square : 0;
  const share = Math.min(1, Math.max(0, along));
  const point = mix(a, b, share);
  return { point, distanceM: distance(point, to), index, share };
}
