import { Delaunay } from 'd3-delaunay';
import type { GroundPoint } from '../../protocol/geometry.ts';
import { distance, mix } from './closed-line.ts';

/** The floor between the left and the right cones, as one closed strip of triangles, in the driving direction. */
export interface ConeStrip {
  /** Cones that the strip touches, in order; each a closed line. */
  readonly left: readonly GroundPoint[];
  readonly right: readonly GroundPoint[];
  /** Middles of the pieces that join a left and a right cone, in order; a closed line. */
  readonly middles: readonly GroundPoint[];
  /** Median length of those pieces: somewhat more than the width, because many lie aslant. */
  readonly crossingM: number;
  /** Share of all cones given that the strip touches. */
  readonly coverage: number;
  /** Between the ends of a strip that had to be closed by force; 0 for one that closes itself. */
  readonly gapM: number;
}

interface Crossing {
  readonly left: number;
  readonly right: number;
}

/**
 * Orders cones of known side without knowing their order: in the Delaunay triangulation of all cones, each triangle
 * with cones of both sides has exactly two edges that join the sides, so those edges chain into lines that separate
 * left from right: the longest is the track. Undefined when there is none.
 */
export function findConeStrip(left: readonly GroundPoint[], right: readonly GroundPoint[]): ConeStrip | undefined {
  if (left.length < 3 || right.length < 3) return undefined;
  const points = [...left, ...right];
  const isLeft = (index: number) => index < left.length;
  const { triangles, halfedges } = Delaunay.from(
    points,
    (point) => point.xM,
    (point) => point.yM,
  );
  const nextOf = (edge: number) => (edge % 3 === 2 ? edge - 2 : edge + 1);
  const joins = (edge: number) => isLeft(triangles[edge]!) !== isLeft(triangles[nextOf(edge)]!);
  const seen = new Set<number>();
  /** From an edge into its triangle, and on through every triangle with both sides. */
  const walk = (start: number): { edges: number[]; closed: boolean } => {
    const edges = [start];
    for (let edge = start; ; ) {
      seen.add(edge);
      const [second, third] = [nextOf(edge), nextOf(nextOf(edge))];
      const exit = joins(second) ? second : third;
      seen.add(exit);
      const across = halfedges[exit]!;
      if (across === start) return { edges, closed: true };
      edges.push(exit);
      if (across < 0) return { edges, closed: false };
      edge = across;
    }
  };
  const crossingOf = (edge: number): Crossing => {
    const [a, b] = [triangles[edge]!, triangles[nextOf(edge)]!];
    return isLeft(a) ? { left: a, right: b } : { left: b, right: a };
  };
  const chains: { crossings: Crossing[]; closed: boolean }[] = [];
  const start = (edge: number) => {
    const { edges, closed } = walk(edge);
    chains.push({ crossings: edges.map(crossingOf), closed });
  };
  // Chains that end at the hull are walked from their ends, so that none is found in two parts.
  for (let edge = 0; edge < triangles.length; edge++) {
    if (halfedges[edge]! < 0 && joins(edge) && !seen.has(edge)) start(edge);
  }
  for (let edge = 0; edge < triangles.length; edge++) if (joins(edge) && !seen.has(edge)) start(edge);
  const middleOf = ({ left: l, right: r }: Crossing) => mix(points[l]!, points[r]!, 0.5);
  const measured = chains.map((chain) => ({ ...chain, middles: chain.crossings.map(middleOf) }));
  const pathLength = (line: readonly GroundPoint[]) =>
    line.reduce((sum, point, i) => sum + (i === 0 ? 0 : distance(line[i - 1]!, point)), 0);
  const longest = measured.sort((a, b) => pathLength(b.middles) - pathLength(a.middles))[0];
  if (longest === undefined || longest.crossings.length < 6) return undefined;
  const { crossings, middles } = longest;
  if (!runsWithLeftOnItsLeft(crossings, middles, points)) {
    crossings.reverse();
    middles.reverse();
  }
  const lengths = crossings.map(({ left: l, right: r }) => distance(points[l]!, points[r]!)).sort((a, b) => a - b);
  const touched = new Set(crossings.flatMap(({ left: l, right: r }) => [l, r]));
  return {
    left: withoutRepeats(crossings.map((crossing) => crossing.left)).map((index) => points[index]!),
    right: withoutRepeats(crossings.map((crossing) => crossing.right)).map((index) => points[index]!),
    middles,
    crossingM: lengths[lengths.length >> 1]!,
    coverage: touched.size / points.length,
    gapM: longest.closed ? 0 : distance(middles[0]!, middles.at(-1)!),
  };
}

function runsWithLeftOnItsLeft(
  crossings: readonly Crossing[],
  middles: readonly GroundPoint[],
  points: readonly GroundPoint[],
): boolean {
  let votes = 0;
  for (let i = 0; i + 1 < middles.length; i++) {
    const [here, next] = [middles[i]!, middles[i + 1]!];
    const side = points[crossings[i]!.left]!;
    votes += Math.sign((next.xM - here.xM) * (side.yM - here.yM) - (next.yM - here.yM) * (side.xM - here.xM));
  }
  return votes > 0;
}

function withoutRepeats(indices: readonly number[]): number[] {
  const kept = indices.filter((index, i) => i === 0 || index !== indices[i - 1]);
  while (kept.length > 1 && kept.at(-1) === kept[0]) kept.pop();
  return kept;
}
