import type { Pose } from '../protocol/geometry.ts';
import type { ConeColour, SeenCone } from './ground.ts';
import { determinantOf, type GroundEstimate, rotateCovariance, squaredDeviations } from './ground-estimate.ts';
import { fromFrame } from './plane.ts';

/** A cone as mapped, in the odometry frame. */
export interface MappedCone extends GroundEstimate {
  readonly id: number;
  /** Colour by vote, weighed by score and nearness. */
  readonly colour: ConeColour;
  /** Share of the votes that the colour has, (0, 1]. */
  readonly colourShare: number;
  /** Seen often enough to plan with. */
  readonly confirmed: boolean;
  /** Seen so seldom that what was wrong of it in one picture may still count. */
  readonly isNew: boolean;
  /** Where and what it is, is beyond doubt. */
  readonly sure: boolean;
}

/** What the map remembers of a cone. Changed in place, frame after frame. */
export interface Landmark {
  readonly id: number;
  xM: number;
  yM: number;
  xx: number;
  xy: number;
  yy: number;
  readonly votes: Record<ConeColour, number>;
  /** Evidence that it exists: up with every sighting, down with every time it should have been seen and was not. */
  evidence: number;
  seenAtMs: number;
  seenAtTravelM: number;
  sightings: number;
  /** Of the best single sighting. */
  bestVariance: number;
  /** Cones that were seen beside it in one frame, so are others. */
  readonly seenBeside: Set<number>;
}

/** From where and when a cone was seen; `travelM` is how far the car had driven by then. */
export interface Viewpoint {
  readonly pose: Pose;
  readonly atMs: number;
  readonly travelM: number;
}

const colours = ['blue', 'yellow', 'orange'] as const;
/** What every colour has before the first vote: no share is ever 0 or 1. */
const voteFloor = 0.05;
const sightingEvidence = 1;
const confirmedEvidence = 1.6;
const maxEvidence = 5;
/** No place is known better than this when two are held against one another: boxes tremble. */
export const placeFloorM = 0.02;
/** What is the same in every frame, and no number of them betters: the camera's mounting, the box's habits. */
const sightingFloorM = 0.01;
/** So much less sure with each sighting, so that a cone follows the drift of the odometry. */
const driftM = 0.004;
/**
 * Sightings from much the same place err alike: a thousand of them are not better than one by more than this share of its
 * deviation.
 */
const correlatedShare = 0.35;
/** What makes a cone sure. */
const sureSightings = 4;
const sureDeviationM = 0.12;
const sureColourShare = 0.7;
/** Cones that were never seen in one frame are one within so many squared deviations. */
const twinGate = 4;

/** A cone seen for the first time. */
export function landmarkOf(id: number, cone: SeenCone, { pose, atMs, travelM }: Viewpoint): Landmark {
  const votes = { blue: voteFloor, yellow: voteFloor, orange: voteFloor };
  votes[cone.colour] += voteWeight(cone);
  return {
    id,
    ...fromFrame(pose, cone),
    ...rotateCovariance(cone, Math.cos(pose.headingRad), Math.sin(pose.headingRad)),
    votes,
    evidence: sightingEvidence,
    seenAtMs: atMs,
    seenAtTravelM: travelM,
    sightings: 1,
    bestVariance: cone.xx + cone.yy,
    seenBeside: new Set(),
  };
}

/** Seen again: a Kalman step of its place, one more vote on its colour. */
export function refine(landmark: Landmark, cone: SeenCone, { pose, atMs, travelM }: Viewpoint): void {
  const place = fromFrame(pose, cone);
  const r = rotateCovariance(cone, Math.cos(pose.headingRad), Math.sin(pose.headingRad));
  const floor = sightingFloorM * sightingFloorM;
  const sxx = landmark.xx + r.xx + floor;
  const sxy = landmark.xy + r.xy;
  const syy = landmark.yy + r.yy + floor;
  const determinant = determinantOf({ xx: sxx, xy: sxy, yy: syy });
  const { xx, xy, yy } = landmark;
  const k00 = (xx * syy - xy * sxy) / determinant;
  const k01 = (xy * sxx - xx * sxy) / determinant;
  const k10 = (xy * syy - yy * sxy) / determinant;
  const k11 = (yy * sxx - xy * sxy) / determinant;
  const ex = place.xM - landmark.xM;
  const ey = place.yM - landmark.yM;
  landmark.xM += k00 * ex + k01 * ey;
  landmark.yM += k10 * ex + k11 * ey;
  const drift = driftM * driftM;
  landmark.xx = (1 - k00) * xx - k01 * xy + drift;
  landmark.yy = (1 - k11) * yy - k10 * xy + drift;
  landmark.xy = (1 - k00) * xy - k01 * yy;
  landmark.bestVariance = Math.min(landmark.bestVariance, r.xx + r.yy);
  const excess = (correlatedShare ** 2 * landmark.bestVariance) / (landmark.xx + landmark.yy);
  if (excess > 1) {
    landmark.xx *= excess;
    landmark.xy *= excess;
    landmark.yy *= excess;
  }
  landmark.votes[cone.colour] += voteWeight(cone);
  landmark.evidence = Math.min(maxEvidence, landmark.evidence + sightingEvidence);
  landmark.sightings++;
  landmark.seenAtMs = atMs;
  landmark.seenAtTravelM = travelM;
}

/** One cone that was mapped twice. The better known place is kept; the votes are counted together. */
export function absorb(kept: Landmark, twin: Landmark): void {
  for (const colour of colours) kept.votes[colour] += twin.votes[colour];
  for (const id of twin.seenBeside) kept.seenBeside.add(id);
  kept.sightings += twin.sightings;
  kept.bestVariance = Math.min(kept.bestVariance, twin.bestVariance);
  kept.evidence = Math.max(kept.evidence, twin.evidence);
  if (twin.seenAtMs > kept.seenAtMs) {
    kept.seenAtMs = twin.seenAtMs;
    kept.seenAtTravelM = twin.seenAtTravelM;
  }
  if (twin.xx + twin.yy >= kept.xx + kept.yy) return;
  kept.xM = twin.xM;
  kept.yM = twin.yM;
  kept.xx = twin.xx;
  kept.xy = twin.xy;
  kept.yy = twin.yy;
}

export function isConfirmed({ evidence }: Landmark): boolean {
  return evidence >= confirmedEvidence;
}

/** Whether two may be one cone, by the doubt about their places; not when one frame showed both. */
export function mayBeTwins(a: Landmark, b: Landmark): boolean {
  if (a.seenBeside.has(b.id) || b.seenBeside.has(a.id)) return false;
  const floor = placeFloorM * placeFloorM;
  const doubt = { xx: a.xx + b.xx + floor, xy: a.xy + b.xy, yy: a.yy + b.yy + floor };
  return squaredDeviations(a.xM - b.xM, a.yM - b.yM, doubt) < twinGate;
}

/** Whether the votes say clearly that it stands on the other side than a cone of this colour. */
export function isOtherSide({ votes: { blue, yellow } }: Landmark, { colour }: SeenCone): boolean {
  return (colour === 'blue' && yellow > 2 * blue) || (colour === 'yellow' && blue > 2 * yellow);
}

export function mappedCone(landmark: Landmark): MappedCone {
  const { id, xM, yM, xx, xy, yy, votes } = landmark;
  const total = votes.blue + votes.yellow + votes.orange;
  const colour = colours.reduce((a, b) => (votes[b] > votes[a] ? b : a));
  return {
    id,
    xM,
    yM,
    xx,
    xy,
    yy,
    colour,
    colourShare: votes[colour] / total,
    confirmed: isConfirmed(landmark),
    isNew: landmark.sightings < sureSightings,
    sure:
      landmark.sightings >= sureSightings && xx + yy <= sureDeviationM ** 2 && votes[colour] >= sureColourShare * total,
  };
}

/** A near, sure sighting says more about the colour than a few far pixels. */
function voteWeight(cone: SeenCone): number {
  return cone.score / (1 + Math.hypot(cone.xM, cone.yM));
}
