import type { GroundPoint } from '../../protocol/geometry.ts';
import { bearing, distance, leftOf, midpoint, polylineLength, resample, segmentDistance, wrapAngle } from '../plane.ts';
import { type Gate, plausibleWidthM, type TrackCone, type Walk, walkCorridor } from './corridor-walk.ts';
import { followBorder, offsetBorder } from './one-side.ts';

/** The way ahead between the cones, in the car's frame, a point every `spacingM`. */
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
/** A gate longer than this many widths says little about the middle. */
const fanRatio = 1.3;

/** Distinct corners of one side in the order in which the gates name them. */
function chainOf(gates: readonly Gate[], side: 'left' | 'right'): number[] {
  const chain: number[] = [];
  for (const gate of gates) if (!chain.includes(gate[side])) chain.push(gate[side]);
  return chain;
}

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

/** From cone to cone along a border, the lower of the two middle ones where there are two. */
function usualLink(border: readonly GroundPoint[]): number | undefined {
  const links = border.slice(1).map((point, i) => distance(border[i]!, point));
  return links.sort((a, b) => a - b)[(links.length - 1) >> 1];
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

/** Cubic through the points of a border, so that the bulge between two far cones is there too. */
function rounded(border: readonly GroundPoint[]): GroundPoint[] {
  if (border.length < 3) return [...border];
  const points: GroundPoint[] = [];
  for (let i = 0; i + 1 < border.length; i++) {
    const a = border[Math.max(0, i - 1)]!;
    const b = border[i]!;
    const c = border[i + 1]!;
    const d = border[Math.min(border.length - 1, i + 2)]!;
    // Cones that lie close need no curve between them, and a sharp fold has none.
    const fold =
      Math.abs(wrapAngle(bearing(b, c) - bearing(a, b))) + Math.abs(wrapAngle(bearing(c, d) - bearing(b, c)));
    const pieces = distance(b, c) < 0.3 || fold > 2.4 ? 1 : 4;
    for (let k = 0; k < pieces; k++) points.push(catmullRom(a, b, c, d, k / pieces));
  }
  points.push(border[border.length - 1]!);
  return points;
}

function catmullRom(a: GroundPoint, b: GroundPoint, c: GroundPoint, d: GroundPoint, t: number): GroundPoint {
  const blend = (p: number, q: number, r: number, s: number): number =>
    q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
  return { xM: blend(a.xM, b.xM, c.xM, d.xM), yM: blend(a.yM, b.yM, c.yM, d.yM) };
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

interface Borders {
  readonly left: GroundPoint[];
  readonly right: GroundPoint[];
  /** The middle as the gates give it, then as one border alone gives it. */
  readonly middle: GroundPoint[];
  /** The parts of the borders between which there are gates. */
  readonly gated: { readonly left: readonly GroundPoint[]; readonly right: readonly GroundPoint[] };
}

function extendBySide(
  cones: readonly TrackCone[],
  gates: readonly Gate[],
  middle: GroundPoint[],
  widthM: number,
): Borders {
  const chains = { left: chainOf(gates, 'left'), right: chainOf(gates, 'right') };
  const taken = new Set([...chains.left, ...chains.right]);
  const end = middle[middle.length - 1]!;
  const before = middle.findLast((point) => distance(point, end) > 0.2) ?? { xM: 0, yM: 0 };
  const endHeading = bearing(before, end);
  let best: { readonly side: 'left' | 'right'; readonly chain: number[]; readonly line: GroundPoint[] } | undefined;
  for (const side of ['left', 'right'] as const) {
    const last = chains[side][chains[side].length - 1];
    if (last === undefined) continue;
    const previous = chains[side][chains[side].length - 2];
    const heading = previous === undefined ? endHeading : bearing(cones[previous]!, cones[last]!);
    const blended = endHeading + wrapAngle(heading - endHeading) * 0.5;
    const chain = followBorder(
      { cones, side, taken, linkM: usualLink(chains[side].map((i) => cones[i]!)) },
      cones[last]!,
      blended,
    );
    if (chain.length === 0) continue;
    const border = [
      ...(previous === undefined ? [] : [cones[previous]!]),
      cones[last]!,
      ...chain.map((i) => cones[i]!),
    ];
    const line = offsetBorder(rounded(border), side, widthM / 2).filter((point) => {
      const onwards = (point.xM - end.xM) * Math.cos(endHeading) + (point.yM - end.yM) * Math.sin(endHeading);
      return onwards > 0.05 || distance(point, end) > 0.5;
    });
    const clear = untilBlocked(line, cones, new Set([...chains[side], ...chain]), widthM);
    // Offset points before the end of what the gates gave are no news.
    if (clear.length > 0 && (best === undefined || polylineLength(clear) > polylineLength(best.line))) {
      best = { side, chain, line: clear };
    }
  }
  const points = (chain: readonly number[]): GroundPoint[] => chain.map((i) => cones[i]!);
  const gated = { left: points(chains.left), right: points(chains.right) };
  const borders = { left: [...gated.left], right: [...gated.right], middle, gated };
  if (best === undefined) return borders;
  borders[best.side].push(...points(best.chain));
  return { ...borders, middle: [...middle, ...best.line] };
}

/**
 * The line up to where a cone stands on it that does not belong to the border it follows: the width was wrong there, or the
 * border was left for that of another corridor.
 */
function untilBlocked(
  line: readonly GroundPoint[],
  cones: readonly TrackCone[],
  border: ReadonlySet<number>,
  widthM: number,
): GroundPoint[] {
  const stop = line.findIndex((point) =>
    cones.some((cone, index) => !border.has(index) && distance(cone, point) < 0.3 * widthM),
  );
  return stop < 0 ? [...line] : line.slice(0, stop);
}

/** Only one colour is in sight: follow its border at half a width. */
function borderOnly(cones: readonly TrackCone[], widthM: number): Borders | undefined {
  let best: Borders | undefined;
  for (const side of ['left', 'right'] as const) {
    const colour = side === 'left' ? 'blue' : 'yellow';
    // The border begins at the cone that is nearest to where it should pass beside the car.
    const beside = { xM: 0.1, yM: (side === 'left' ? 1 : -1) * (widthM / 2) };
    const own = cones.map((cone, index) => ({ cone, index })).filter(({ cone }) => cone.colour === colour);
    if (own.length < 2) continue;
    const ahead = own.filter(({ cone }) => cone.xM > -0.3);
    const first = ahead.reduce<(typeof own)[number] | undefined>(
      (a, b) => (a === undefined || distance(b.cone, beside) < distance(a.cone, beside) ? b : a),
      undefined,
    );
    if (first === undefined || distance(first.cone, beside) > 1.8) continue;
    const chain = followBorder({ cones, side, taken: new Set([first.index]), linkM: undefined }, first.cone, 0);
    if (chain.length === 0) continue;
    const border = [first.cone, ...chain.map((i) => cones[i]!)];
    const offset = offsetBorder(rounded(border), side, widthM / 2);
    const middle = untilBlocked(offset, cones, new Set([first.index, ...chain]), widthM);
    if (middle.length < 2) continue;
    if (best !== undefined && polylineLength(best.middle) >= polylineLength(middle)) continue;
    best = {
      left: side === 'left' ? border : [],
      right: side === 'right' ? border : [],
      middle,
      gated: { left: [], right: [] },
    };
  }
  return best;
}

/**
 * Where one border ends before the other, the last gates fan out round its last cone, ever longer, and their middles bend
 * round it. They are given up; the border that goes on leads better.
 */
function withoutFan(cones: readonly TrackCone[], gates: readonly Gate[], widthM: number): readonly Gate[] {
  let count = gates.length;
  while (count > 1) {
    const last = gates[count - 1]!;
    const before = gates[count - 2]!;
    const pivots = last.left === before.left || last.right === before.right;
    if (!pivots || distance(cones[last.left]!, cones[last.right]!) < fanRatio * widthM) break;
    count--;
  }
  return gates.slice(0, count);
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

function bordersOf(
  cones: readonly TrackCone[],
  walk: Walk | undefined,
  widthM: number,
  learning: 'learned' | 'guessed',
): Borders | undefined {
  if (walk === undefined) return borderOnly(cones, widthM);
  const gates = learning === 'learned' ? withoutFan(cones, walk.gates, widthM) : walk.gates;
  const middle = gates.map((gate) => midpoint(cones[gate.left]!, cones[gate.right]!));
  const byGates = extendBySide(cones, gates, middle, widthM);
  // A single gate with nothing after it says less than a border that goes on.
  if (gates.length - walk.behind <= 1) {
    const alone = borderOnly(cones, widthM);
    if (alone !== undefined && polylineLength(alone.middle) > polylineLength(byGates.middle) + 0.5) return alone;
  }
  return byGates;
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
