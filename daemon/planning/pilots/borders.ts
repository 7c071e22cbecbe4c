import type { GroundPoint } from '../../protocol/geometry.ts';
import { bearing, distance, midpoint, polylineLength, wrapAngle } from '../plane.ts';
import type { Gate, TrackCone, Walk } from './corridor-walk.ts';
import { followBorder, offsetBorder } from './one-side.ts';

/** A gate longer than this many widths says little about the middle. */
const fanRatio = 1.3;

/** The two sides of the way ahead, in the car's frame, and the middle between them. */
export interface Borders {
  readonly left: GroundPoint[];
  readonly right: GroundPoint[];
  /** The middle as the gates give it, then as one border alone gives it. */
  readonly middle: GroundPoint[];
  /** The parts of the borders between which there are gates. */
  readonly gated: { readonly left: readonly GroundPoint[]; readonly right: readonly GroundPoint[] };
}

/** Both borders from a walk's gates, and on where one goes on alone; or, without a walk, the one that is in sight. */
export function bordersOf(
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

/** The borders as the gates name them; where one goes on behind the last gate, it leads on at half a width. */
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

/** Distinct corners of one side in the order in which the gates name them. */
function chainOf(gates: readonly Gate[], side: 'left' | 'right'): number[] {
  const chain: number[] = [];
  for (const gate of gates) if (!chain.includes(gate[side])) chain.push(gate[side]);
  return chain;
}

/** From cone to cone along a border, the lower of the two middle ones where there are two. */
export function usualLink(border: readonly GroundPoint[]): number | undefined {
  const links = border.slice(1).map((point, i) => distance(border[i]!, point));
  return links.sort((a, b) => a - b)[(links.length - 1) >> 1];
}

/** Cubic through the points of a border, so that the bulge between two far cones is there too. */
export function rounded(border: readonly GroundPoint[]): GroundPoint[] {
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
