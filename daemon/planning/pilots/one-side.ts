import type { GroundPoint } from '../../protocol/geometry.ts';
import { bearing, distance, wrapAngle } from '../plane.ts';
import type { TrackCone } from './corridor-walk.ts';

/** Where only one border of the track is seen, it is followed from cone to cone. */
const maxLinkM = 2;
const maxLinks = 8;
const maxBendRad = 1.35;

/** What a cone must not do to be the next one of a border. */
export interface BorderSearch {
  readonly cones: readonly TrackCone[];
  readonly side: 'left' | 'right';
  /** Cones that are not to be used: they are part of the corridor already. */
  readonly taken: ReadonlySet<number>;
  /** From cone to cone so far; undefined when only one cone of the border is known. */
  readonly linkM: number | undefined;
}

function belongsTo(cone: TrackCone, side: 'left' | 'right'): boolean {
  if (cone.colour === 'orange') return true;
  return (cone.colour === 'blue') === (side === 'left');
}

/**
 * The cones of one border from `from` on, each the nearest and straightest on from the one before. `headingRad` is the
 * direction of the border there.
 */
export function followBorder(search: BorderSearch, from: GroundPoint, headingRad: number): number[] {
  const chain: number[] = [];
  const used = new Set(search.taken);
  let at = from;
  let heading = headingRad;
  let typicalM = search.linkM;
  while (chain.length < maxLinks) {
    let best: { readonly index: number; readonly cost: number; readonly bearingRad: number } | undefined;
    for (const [index, cone] of search.cones.entries()) {
      if (used.has(index) || !belongsTo(cone, search.side)) continue;
      const linkM = distance(at, cone);
      if (linkM > Math.min(maxLinkM, Math.max(0.7, (typicalM ?? maxLinkM) * 2.2)) || linkM < 0.05) continue;
      const bearingRad = bearing(at, cone);
      const bend = Math.abs(wrapAngle(bearingRad - heading));
      if (bend > maxBendRad) continue;
      const cost = linkM * (1 + (bend / 0.7) ** 2);
      if (best === undefined || cost < best.cost) best = { index, cost, bearingRad };
    }
    if (best === undefined) break;
    const next = search.cones[best.index]!;
    const linkM = distance(at, next);
    typicalM = typicalM === undefined ? linkM : 0.5 * typicalM + 0.5 * linkM;
    chain.push(best.index);
    used.add(best.index);
    heading = best.bearingRad;
    at = next;
  }
  return chain;
}

/** A border moved half a width into the track. Needs at least two points. */
export function offsetBorder(border: readonly GroundPoint[], side: 'left' | 'right', offsetM: number): GroundPoint[] {
  const sign = side === 'left' ? -1 : 1;
  return border.map((point, i) => {
    const before = border[Math.max(0, i - 1)]!;
    const after = border[Math.min(border.length - 1, i + 1)]!;
    const along = bearing(before, after);
    return { xM: point.xM - sign * offsetM * Math.sin(along), yM: point.yM + sign * offsetM * Math.cos(along) };
  });
}
