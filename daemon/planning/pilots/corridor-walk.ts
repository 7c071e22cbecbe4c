import type { GroundPoint } from '../../protocol/geometry.ts';
import type { ConeColour } from '../ground.ts';
import { bearing, distance, midpoint, wrapAngle } from '../plane.ts';
import { type Crossing, Triangulation } from './triangulation.ts';

/** A cone to plan with, in the car's frame. */
export interface TrackCone extends GroundPoint {
  readonly colour: ConeColour;
  /** How sure the colour is, (0, 1]. */
  readonly colourShare: number;
}

/** Gates between left and right cones in the order in which the car passes them. */
export interface Gate {
  readonly left: number;
  readonly right: number;
}

export interface Walk {
  /** Those behind the car first. */
  readonly gates: readonly Gate[];
  /** How many of them lie behind the car. */
  readonly behind: number;
}

interface Path {
  readonly crossings: readonly Crossing[];
  readonly middles: readonly GroundPoint[];
  readonly visited: ReadonlySet<number>;
  readonly at: GroundPoint;
  readonly headingRad: number;
  readonly lengthM: number;
  readonly score: number;
  /** Cones already charged for standing on their side. */
  readonly left: ReadonlySet<number>;
  readonly right: ReadonlySet<number>;
}

const beamWidth = 20;
const maxSteps = 28;
const reachM = 5;
const behindM = 1.5;
/** What one more gate is worth; a gate that costs more ends the walk, unless better ones follow. */
const gateWorth = 1;
/** Bends up to this many radians a metre are nothing special on a small track. */
const usualBendPerM = 1.5;
export const plausibleWidthM = { min: 0.4, max: 2.5 } as const;

/** How much a cone's colour speaks against its standing on a side. Orange says nothing, it stands on both. */
function colourCost(cone: TrackCone, side: 'left' | 'right'): number {
  if (cone.colour === 'orange') return 0.3;
  const fits = (cone.colour === 'blue') === (side === 'left');
  // A colour seen once or twice may be wrong; one that was voted for again and again hardly is.
  return fits ? 0 : 14 * Math.max(0.1, cone.colourShare - 0.35);
}

/** A gate may run aslant between staggered cones, so it may well be wider than the track, hardly narrower. */
function widthCost(lengthM: number, widthM: number | undefined): number {
  if (lengthM < plausibleWidthM.min * 0.6 || lengthM > plausibleWidthM.max) return 6;
  if (widthM === undefined) return lengthM > 1.8 ? (lengthM - 1.8) * 2 : 0;
  const ratio = lengthM / widthM;
  if (ratio < 0.75) return (0.75 - ratio) * 8;
  return ratio > 1.7 ? (ratio - 1.7) * 3 : 0;
}

/**
 * A bend between midpoints, beyond what a tight corner takes over that way. Over a short way the midpoints of staggered
 * gates zigzag, which means little.
 */
function turnCost(turnRad: number, overM: number): number {
  const turn = Math.abs(turnRad);
  const weight = Math.min(1, overM / 0.35);
  const excess = Math.max(0, turn - usualBendPerM * overM);
  return weight * (0.15 * turn * turn + 1.5 * excess * excess) + (turn > 2 && overM > 0.1 ? 3 : 0);
}

/** A track does not meet itself, nor does it lead back to where the car came from. */
function runsIntoItself(path: Path, at: GroundPoint, lengthM: number): boolean {
  if (lengthM > 0.8 && Math.hypot(at.xM, at.yM) < 0.4) return true;
  for (let i = 0; i < path.middles.length - 4; i++) {
    if (distance(path.middles[i]!, at) < 0.25) return true;
  }
  return false;
}

function extend(
  path: Path,
  crossing: Crossing,
  cones: readonly TrackCone[],
  widthM: number | undefined,
  limitM: number,
): Path | undefined {
  const left = cones[crossing.left]!;
  const right = cones[crossing.right]!;
  // What stands on one side of the corridor does not stand on the other.
  if (path.left.has(crossing.right) || path.right.has(crossing.left)) return undefined;
  const at = midpoint(left, right);
  const stepM = distance(path.at, at);
  const lengthM = path.lengthM + stepM;
  if (lengthM > limitM || (crossing.into !== undefined && path.visited.has(crossing.into))) return undefined;
  if (runsIntoItself(path, at, lengthM)) return undefined;
  let cost = widthCost(distance(left, right), widthM);
  if (!path.left.has(crossing.left)) cost += colourCost(left, 'left');
  if (!path.right.has(crossing.right)) cost += colourCost(right, 'right');
  // The way from the car to its first gate bends as the car does, and a long way without gates is a guess.
  const headingRad = stepM > 0.02 ? bearing(path.at, at) : path.headingRad;
  cost += turnCost(wrapAngle(headingRad - path.headingRad), stepM);
  cost += Math.max(0, stepM - 1.2) * 1.5;
  // The gate must lie across the way.
  const across = Math.abs(Math.sin(bearing(right, left) - headingRad));
  if (across < 0.35) cost += (0.35 - across) * 4;
  return {
    crossings: [...path.crossings, crossing],
    middles: [...path.middles, at],
    visited: crossing.into === undefined ? path.visited : new Set([...path.visited, crossing.into]),
    at,
    // Over short steps the direction is kept mostly as it was.
    headingRad: path.headingRad + wrapAngle(headingRad - path.headingRad) * Math.min(1, stepM / 0.25),
    lengthM,
    score: path.score + gateWorth - cost,
    left: new Set([...path.left, crossing.left]),
    right: new Set([...path.right, crossing.right]),
  };
}

function search(
  triangulation: Triangulation,
  start: Path,
  first: readonly Crossing[],
  cones: readonly TrackCone[],
  widthM: number | undefined,
  limitM: number,
): Path {
  let best = start;
  let beam: Path[] = [];
  for (const crossing of first) {
    const path = extend(start, crossing, cones, widthM, limitM);
    if (path !== undefined) beam.push(path);
  }
  for (let step = 0; step < maxSteps && beam.length > 0; step++) {
    beam.sort((a, b) => b.score - a.score);
    beam.length = Math.min(beam.length, beamWidth);
    if (beam[0]!.score > best.score) best = beam[0]!;
    const next: Path[] = [];
    for (const path of beam) {
      // So far down, it never comes back.
      if (path.score < best.score - 6) continue;
      for (const way of triangulation.onwards(path.crossings[path.crossings.length - 1]!)) {
        const longer = extend(path, way.crossing, cones, widthM, limitM);
        if (longer !== undefined) next.push(longer);
      }
    }
    beam = next;
  }
  return best;
}

/**
 * Walks from the car (at the origin, along +x) from triangle to triangle over the edges between left and right cones, as
 * far as it is plausible: a beam search, after Kabzan et al., "AMZ Driverless: The Full Autonomous Racing System" (2019).
 * The walk cannot leave the corridor without crossing an edge between two cones of one side, which is dear; so the cones
 * of a neighbouring corridor do no harm, and a wrong colour is outvoted by what it would cost to believe it.
 */
export function walkCorridor(cones: readonly TrackCone[], widthM: number | undefined): Walk | undefined {
  if (cones.length < 3) return undefined;
  const triangulation = new Triangulation(cones);
  const start: Path = {
    crossings: [],
    middles: [],
    visited: new Set(),
    at: { xM: 0, yM: 0 },
    headingRad: 0,
    lengthM: 0,
    score: 0,
    left: new Set(),
    right: new Set(),
  };
  const origins = triangulation.crossingsFrom(start.at);
  const ahead = search(triangulation, start, origins, cones, widthM, reachM);
  if (ahead.crossings.length === 0) return undefined;
  const first = ahead.crossings[0]!;
  // Back from the first gate, the other way round: sides change places.
  const firstAt = midpoint(cones[first.left]!, cones[first.right]!);
  const mirrored = cones.map((cone) => ({ ...cone, colour: otherSide(cone.colour) }));
  const turned: Path = {
    ...start,
    at: firstAt,
    headingRad: distance(firstAt, start.at) > 0.3 ? bearing(firstAt, start.at) : Math.PI,
    left: ahead.right,
    right: ahead.left,
    visited: first.from === undefined ? new Set() : new Set([first.from]),
  };
  const firstBack = Triangulation.reversed(first);
  const back = search(
    triangulation,
    turned,
    triangulation.onwards(firstBack).map((way) => way.crossing),
    mirrored,
    widthM,
    distance(firstAt, start.at) + behindM,
  );
  const gatesBehind = back.crossings.map((crossing) => ({ left: crossing.right, right: crossing.left })).reverse();
  const gatesAhead = ahead.crossings.map(({ left, right }) => ({ left, right }));
  return { gates: [...gatesBehind, ...gatesAhead], behind: gatesBehind.length };
}

function otherSide(colour: ConeColour): ConeColour {
  switch (colour) {
    case 'blue':
      return 'yellow';
    case 'yellow':
      return 'blue';
    case 'orange':
      return 'orange';
  }
}
