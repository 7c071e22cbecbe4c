import type { GroundPoint, Pose } from '../protocol/geometry.ts';
import { type MeasuredMotion, type Motion, motionOf } from './cone-motion.ts';
import { type GroundEstimate, squaredDeviations } from './ground-estimate.ts';
import { distance, fromFrame, toFrame, wrapAngle } from './plane.ts';

/** A cone is the same as one of the picture before when it lies this near to where it should be by now: 99 %, and a length. */
const sameConeGate = 9.2;
const sameConeM = 0.4;
/** How far the place may be wrong that a cone should have by the commands, and what they say of a piece's length and turn. */
const commandDoubtM = 0.05;
const lengthShare = { least: 0.5, most: 1.7 };
const turnDoubtRad = 0.15;
const turnDoubtShare = 0.5;
/** The car's way is measured over pieces of at least this length; over less, boxes that tremble are most of it. */
const pieceM = 0.35;
/** A piece that is known no better says nothing. */
const mostDeviationRad = 0.25;
/** No piece takes longer: what is older is no longer in sight. */
const pieceMs = 800;
/** A cone that one picture leaves out keeps its name for this long. */
const missedMs = 260;
/** Where the tyres pull, the car's tail goes its own way a little: an angle per acceleration to the side. */
const slipRadPerMps2 = 0.012;
/** What one piece is doubted by beyond its own noise: a bump, a slip, a cone taken for another. */
const pieceDoubtRad = 0.07;
/** No piece counts for more than this: one that says so is mistaken. */
const mostAsideRad = 0.6;
/** Pieces that lie farther back are forgotten. */
const memoryM = 4;
/** It takes so many pieces to say that a camera is turned, and so many to take that back. */
const leastPieces = 3;
const piecesToClear = 5;
/** Nearer than this to the way that the car goes, no camera is turned; beyond, it must be by so many deviations. */
const rightRad = 0.08;
const surenessDeviations = 4;

interface Sighting {
  readonly cone: GroundEstimate;
  readonly id: number;
}

interface Look {
  readonly atMs: number;
  /** By the commands alone. */
  readonly pose: Pose;
  readonly sightings: readonly Sighting[];
}

interface Piece {
  readonly lengthM: number;
  /** From where the car must have gone to where the picture has it go, positive to the left; and its deviation. */
  readonly asideRad: number;
  readonly deviationRad: number;
}

/**
 * Does the camera look where the car drives? A rear axle does not go sideways: along an arc it goes by half of what it turns, and where
 * the cones say that it went otherwise, it is the camera that is turned on its mast, or the picture that is shifted. Nothing is assumed
 * of the track or of the cones' colours; the commands only tell roughly which cone of the one picture is which of the other. A car
 * that stands, or that is carried, says nothing.
 */
export class CourseWatch {
  /** Where each cone was seen last. */
  #lately: (Sighting & Pick<Look, 'atMs' | 'pose'>)[] = [];
  /** Since the newest piece of the way. */
  #looks: Look[] = [];
  #pieces: Piece[] = [];
  #nextId = 0;
  #isWrong = false;

  /** The camera looks beside the way that the car goes. Holds until the car was seen to go where the camera looks. */
  get isWrong(): boolean {
    return this.#isWrong;
  }

  /** How far beside, counter-clockwise, by all of the way that is remembered; undefined before any was seen. */
  get asideRad(): number | undefined {
    return this.#pieces.length === 0 ? undefined : meanOf(this.#pieces).asideRad;
  }

  /**
   * @param cones of one picture, in the car's frame.
   * @param pose of the car when it was taken, by the commands alone, in any frame that stays.
   */
  observe(cones: readonly GroundEstimate[], pose: Pose, atMs: number): void {
    const look = this.#recognise(cones, { atMs, pose });
    const pieces = this.#looks.flatMap((from) => {
      const motion = motionBetween(from, look);
      if (motion === undefined || Math.hypot(motion.xM, motion.yM) < pieceM) return [];
      if (motion.deviationRad > mostDeviationRad || !isAsCommanded(motion, from.pose, look.pose)) return [];
      return { ...motion, passedS: (atMs - from.atMs) / 1000 };
    });
    if (pieces.length === 0) {
      this.#looks = [...this.#looks.filter((each) => atMs - each.atMs < pieceMs), look];
      return;
    }
    this.#take(pieces.reduce((best, each) => (each.deviationRad < best.deviationRad ? each : best)));
    this.#looks = [look];
  }

  /** The cones with the names that they had in the picture before. */
  #recognise(cones: readonly GroundEstimate[], { atMs, pose }: Pick<Look, 'atMs' | 'pose'>): Look {
    const expected = this.#lately.map((last) => ({
      id: last.id,
      known: last.cone,
      at: toFrame(pose, fromFrame(last.pose, last.cone)),
    }));
    const pairs = cones
      .flatMap((cone, index) => expected.map(({ id, at, known }) => ({ index, id, apart: apartness(cone, known, at) })))
      .filter(({ apart }) => apart < sameConeGate)
      .sort((a, b) => a.apart - b.apart);
    const names = new Map<number, number>();
    const taken = new Set<number>();
    for (const { index, id } of pairs) {
      if (names.has(index) || taken.has(id)) continue;
      names.set(index, id);
      taken.add(id);
    }
    const sightings = cones.map((cone, index) => ({ cone, id: names.get(index) ?? this.#nextId++ }));
    const shown = new Set(sightings.map(({ id }) => id));
    const hidden = this.#lately.filter(({ id, atMs: seenAtMs }) => !shown.has(id) && atMs - seenAtMs <= missedMs);
    this.#lately = [...sightings.map((sighting) => ({ ...sighting, atMs, pose })), ...hidden];
    return { atMs, pose, sightings };
  }

  #take({ passedS, ...motion }: MeasuredMotion & { readonly passedS: number }): void {
    const lengthM = Math.hypot(motion.xM, motion.yM);
    // Backwards it goes by its tail.
    const asideRad = alongALine(Math.atan2(motion.yM, motion.xM) - motion.turnRad / 2);
    const lateralMps2 = (lengthM * Math.abs(motion.turnRad)) / (passedS * passedS);
    this.#pieces.push({
      lengthM,
      asideRad: Math.max(-mostAsideRad, Math.min(mostAsideRad, asideRad)),
      deviationRad: Math.hypot(motion.deviationRad, pieceDoubtRad, slipRadPerMps2 * lateralMps2),
    });
    let wayM = 0;
    const isRemembered = ({ lengthM: pieceLengthM }: Piece): boolean => {
      wayM += pieceLengthM;
      return wayM <= memoryM;
    };
    this.#pieces = this.#pieces.toReversed().filter(isRemembered).toReversed();
    const counts = this.#pieces.map((_, index) => index + 1).filter((count) => count >= leastPieces);
    const estimates = counts.map((count) => meanOf(this.#pieces.slice(-count)));
    if (this.#isWrong) this.#isWrong = !this.#goesWhereItLooks();
    else this.#isWrong = estimates.some(isSurelyAside);
  }

  /** After a camera was put right, what was seen before says nothing any more. */
  #goesWhereItLooks(): boolean {
    const newest = this.#pieces.slice(-piecesToClear);
    if (newest.length < piecesToClear || Math.abs(meanOf(newest).asideRad) > rightRad) return false;
    this.#pieces = newest;
    return true;
  }
}

interface Estimate {
  readonly asideRad: number;
  readonly deviationRad: number;
}

function isSurelyAside({ asideRad, deviationRad }: Estimate): boolean {
  return Math.abs(asideRad) - surenessDeviations * deviationRad > rightRad;
}

/** Weighed by what each piece is worth. */
function meanOf(pieces: readonly Piece[]): Estimate {
  const weights = pieces.map(({ deviationRad }) => deviationRad ** -2);
  const weight = weights.reduce((sum, each) => sum + each, 0);
  const sum = pieces.reduce((total, { asideRad }, index) => total + asideRad * weights[index]!, 0);
  return { asideRad: sum / weight, deviationRad: Math.sqrt(1 / weight) };
}

/** Forwards and backwards are one direction, in (-π/2, π/2]. */
function alongALine(angleRad: number): number {
  return angleRad - Math.PI * Math.round(angleRad / Math.PI);
}

/** One cone taken for its neighbour makes a way that no command asked for. */
function isAsCommanded(motion: Motion, from: Pose, to: Pose): boolean {
  const commandedM = distance(from, to);
  const lengthM = Math.hypot(motion.xM, motion.yM);
  if (lengthM < lengthShare.least * commandedM || lengthM > lengthShare.most * commandedM) return false;
  const turnRad = wrapAngle(to.headingRad - from.headingRad);
  return Math.abs(motion.turnRad - turnRad) < turnDoubtRad + turnDoubtShare * Math.abs(turnRad);
}

/** How far a cone lies from where another should be by now, in squared deviations. */
function apartness(cone: GroundEstimate, known: GroundEstimate, at: GroundPoint): number {
  const [x, y] = [cone.xM - at.xM, cone.yM - at.yM];
  if (Math.hypot(x, y) > sameConeM) return Number.POSITIVE_INFINITY;
  const xx = cone.xx + known.xx + commandDoubtM ** 2;
  const yy = cone.yy + known.yy + commandDoubtM ** 2;
  const xy = cone.xy + known.xy;
  return squaredDeviations(x, y, { xx, xy, yy });
}

/** By the cones that are in both looks. */
function motionBetween(from: Look, to: Look): MeasuredMotion | undefined {
  return motionOf(
    to.sightings.flatMap(({ cone, id }) => {
      const old = from.sightings.find((other) => other.id === id);
      return old === undefined ? [] : [{ old: old.cone, now: cone }];
    }),
  );
}
