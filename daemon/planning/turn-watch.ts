import type { Pose } from '../protocol/geometry.ts';
import { type GroundEstimate, squaredDeviations } from './ground-estimate.ts';
import { toFrame, wrapAngle } from './plane.ts';

/** Over less of a turn the two sides are too alike to be told apart. */
const leastTurnRad = 0.1;
/** A picture is held against an older one: over more than this the cones have changed places. */
const mostMs = 250;
/** Farther away, what a box leaves open is as much as the turn. */
const rangeM = 2.5;
/** How far the place may be wrong that a cone should have by the commands: a length, and a share of what they turn it. */
const commandDoubtM = 0.05;
const turnDoubtShare = 0.3;
/** In squared deviations: a cone that stands nowhere near counts no more than this, 99 % of two dimensions. */
const mostPerCone = 9.2;
/** One side must explain the picture better than all else by this much. */
const leastLead = 5;
/** A picture may be older than it is said to be, by as much as this: then it shows what the commands before did. */
const mostLateMs = 300;
/** So many of the newest pictures that tell must agree: a few are mistaken. What older ones told holds no more. */
const toldPictures = 10;
const agreeing = 7;
const tellingMs = 2000;
/** Pictures that follow one another faster all make the same mistake. */
const leastApartMs = 40;

interface Look {
  readonly atMs: number;
  /** By the commands alone. */
  readonly pose: Pose;
  readonly cones: readonly GroundEstimate[];
}

interface Telling {
  readonly atMs: number;
  readonly isWrong: boolean;
}

/**
 * Does the picture turn as the car does? When a car turns left, all that it sees goes to the right. In a mirrored picture, and where the
 * steering is the wrong way round, it goes to the left. So the cones of an older picture are carried to where they should be by the
 * commands, and to where they should be in a mirror: which of the two shows what is seen? A car that stands, and one whose picture comes
 * late, show neither. Nothing is assumed of the track or of colours.
 */
export class TurnWatch {
  #looks: readonly Look[] = [];
  #told: readonly Telling[] = [];
  #isWrong = false;

  /** The picture turns to the other side than the car. Holds until it was seen to turn as the car does. */
  get isWrong(): boolean {
    return this.#isWrong;
  }

  /**
   * @param cones of one picture, in the car's frame.
   * @param pose of the car when it was taken, by the commands alone, in any frame that stays.
   */
  observe(cones: readonly GroundEstimate[], pose: Pose, atMs: number): void {
    const isWrong = this.#tell({ cones, pose, atMs });
    const newest = this.#told.at(-1);
    if (isWrong === undefined || (newest !== undefined && atMs - newest.atMs < leastApartMs)) return;
    const recent = this.#told.filter((telling) => atMs - telling.atMs < tellingMs);
    this.#told = [...recent.slice(1 - toldPictures), { atMs, isWrong }];
    const wrong = this.#told.filter((telling) => telling.isWrong).length;
    if (this.#isWrong) this.#isWrong = this.#told.length - wrong < agreeing;
    else this.#isWrong = wrong >= agreeing;
  }

  /** Of one picture; undefined where it does not tell, as while the car goes straight. */
  #tell(now: Look): boolean | undefined {
    this.#looks = [...this.#looks.filter((look) => now.atMs - look.atMs <= mostMs + mostLateMs), now];
    const back = this.#looks
      .toReversed()
      .findIndex((look) => Math.abs(turnBetween(look.pose, now.pose)) >= leastTurnRad);
    const turned = back < 0 ? undefined : this.#looks.at(-1 - back);
    if (turned === undefined || now.atMs - turned.atMs > mostMs) return undefined;
    const near = now.cones.filter(({ xM, yM }) => Math.hypot(xM, yM) <= rangeM);
    const misfitOf = (motion: Pose) => misfit(turned.cones, near, motion);
    const driven = motionBetween(turned.pose, now.pose);
    const mirrored = misfitOf({ xM: driven.xM, yM: -driven.yM, headingRad: -driven.headingRad });
    if (misfitOf(driven) + leastLead <= mirrored) return false;
    // As of a car that stands, or of a picture that comes late.
    const otherwise = [
      still,
      ...this.#looks.slice(0, -back).map((from, at) => motionBetween(from.pose, this.#looks[at + back]!.pose)),
    ];
    return mirrored + leastLead <= Math.min(...otherwise.map(misfitOf)) ? true : undefined;
  }
}

const still: Pose = { xM: 0, yM: 0, headingRad: 0 };

/** Where the car is, as seen from where it was. */
function motionBetween(from: Pose, to: Pose): Pose {
  return { ...toFrame(from, to), headingRad: turnBetween(from, to) };
}

function turnBetween(from: Pose, to: Pose): number {
  return wrapAngle(to.headingRad - from.headingRad);
}

/** What a motion leaves unexplained of the cones that are seen now, in squared deviations. */
function misfit(old: readonly GroundEstimate[], now: readonly GroundEstimate[], motion: Pose): number {
  const expected = old.map((cone) => ({ ...cone, ...toFrame(motion, cone) }));
  return now.reduce(
    (sum, cone) => sum + Math.min(mostPerCone, ...expected.map((place) => apartness(cone, place, motion.headingRad))),
    0,
  );
}

function apartness(cone: GroundEstimate, place: GroundEstimate, turnRad: number): number {
  const doubt = commandDoubtM ** 2 + (turnDoubtShare * turnRad * Math.hypot(place.xM, place.yM)) ** 2;
  return squaredDeviations(cone.xM - place.xM, cone.yM - place.yM, {
    xx: cone.xx + place.xx + doubt,
    xy: cone.xy + place.xy,
    yy: cone.yy + place.yy + doubt,
  });
}
