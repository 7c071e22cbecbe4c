import { type CameraGeometry, carPointToPixel } from '../car/camera-geometry.ts';
import type { GroundPoint, Pose } from '../protocol/geometry.ts';
import { type EgoMotion, type EgoState, type GroundEstimate, type Match, rotateCovariance } from './ego-motion.ts';
import type { ConeColour, SeenCone } from './ground.ts';
import { distance, fromFrame, toFrame } from './plane.ts';

/** A cone as mapped, in the odometry frame. */
export interface MappedCone extends GroundEstimate {
  readonly id: number;
  /** Colour by vote, weighed by score and nearness. */
  readonly colour: ConeColour;
  /** Share of the votes that the colour has, (0, 1]. */
  readonly colourShare: number;
  /** Seen often enough to plan with. */
  readonly confirmed: boolean;
  /** Where and what it is, is beyond doubt. */
  readonly sure: boolean;
}

interface Landmark {
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

const sightingEvidence = 1;
const absenceEvidence = 0.45;
const confirmedEvidence = 1.6;
const forgottenEvidence = -0.6;
const maxEvidence = 5;
/** Squared Mahalanobis distance of a match in the plane: 99 %. */
const gate = 9.2;
const maxMatchM = 0.6;
/** Two cones of a real track stand no closer. */
const sameConeM = 0.13;
/** Cones that were never seen in one frame, this close and within the doubt about their places, are one. */
const mergeM = 0.4;
const mergeGate = 4;
/**
 * Sightings from much the same place err alike: a thousand of them are not better than one by more than this share of its
 * deviation.
 */
const correlatedShare = 0.35;
/** What makes a cone sure. */
const sureSightings = 4;
const sureDeviationM = 0.12;
const sureColourShare = 0.7;
const forgetBehindM = 2;
const forgetAfterTravelM = 6;
const forgetAfterMs = 30_000;
/** A cone within this must be seen when it is in the picture. */
const surelySeenM = { from: 0.45, to: 2.2 };
const maxLandmarks = 200;
/** So many frames in a row in which hardly anything fits: the car was carried away, the map is void. */
const lostFrames = 8;

/**
 * A short-term map of the cones around the car. Each frame's cones are matched to it at the pose of their capture; the
 * matches correct the pose, then the cones. Doubled boxes, single false ones and wrong colours wash out by voting.
 */
export class ConeMap {
  readonly #camera: CameraGeometry;
  readonly #ego: EgoMotion;
  #landmarks: Landmark[] = [];
  #nextId = 1;
  #misfits = 0;
  #recognised = 0;

  constructor(camera: CameraGeometry, ego: EgoMotion) {
    this.#camera = camera;
    this.#ego = ego;
  }

  /** How many confirmed cones the newest frame showed again. */
  get recognised(): number {
    return this.#recognised;
  }

  get cones(): MappedCone[] {
    return this.#landmarks.map((landmark) => {
      const { votes } = landmark;
      const total = votes.blue + votes.yellow + votes.orange;
      const colour = (['blue', 'yellow', 'orange'] as const).reduce((a, b) => (votes[b] > votes[a] ? b : a));
      const { id, xM, yM, xx, xy, yy } = landmark;
      return {
        id,
        xM,
        yM,
        xx,
        xy,
        yy,
        colour,
        colourShare: votes[colour] / total,
        confirmed: landmark.evidence >= confirmedEvidence,
        sure:
          landmark.sightings >= sureSightings &&
          xx + yy <= sureDeviationM ** 2 &&
          votes[colour] >= sureColourShare * total,
      };
    });
  }

  /** Takes in one frame's cones, in the car's frame at capture. The filter must stand at the capture time. */
  observe(seen: readonly SeenCone[], capturedAtMs: number): EgoState {
    const cones = withoutDoubles(seen);
    const predicted = this.#ego.predict(capturedAtMs);
    const pairs = this.#match(cones, predicted);
    this.#noticeMisfit(cones, pairs.size);
    const matches: Match[] = [];
    for (const [index, landmark] of pairs) {
      if (landmark.evidence >= confirmedEvidence) matches.push({ seen: cones[index]!, mapped: { ...landmark } });
    }
    this.#recognised = matches.length;
    const pose = this.#ego.correct(matches);
    for (const [index, cone] of cones.entries()) {
      const landmark = pairs.get(index);
      if (landmark === undefined) this.#add(cone, pose, capturedAtMs);
      else this.#refine(landmark, cone, pose, capturedAtMs);
    }
    const refreshed = new Set(pairs.values());
    this.#fade(refreshed, pose, capturedAtMs);
    this.#merge(capturedAtMs);
    return pose;
  }

  /** Nearest in the sense of the uncertainties, each cone and each landmark once, best pairs first. */
  #match(cones: readonly SeenCone[], pose: Pose): Map<number, Landmark> {
    const { positionM, headingRad } = this.#ego.uncertainty;
    const cos = Math.cos(pose.headingRad);
    const sin = Math.sin(pose.headingRad);
    const candidates: { index: number; landmark: Landmark; cost: number }[] = [];
    for (const landmark of this.#landmarks) {
      const expected = toFrame(pose, landmark);
      const mapped = rotateCovariance(landmark, cos, -sin);
      for (const [index, cone] of cones.entries()) {
        const ex = cone.xM - expected.xM;
        const ey = cone.yM - expected.yM;
        if (Math.hypot(ex, ey) > maxMatchM) continue;
        const swing = headingRad * Math.hypot(expected.xM, expected.yM);
        const own = positionM * positionM + 0.02 * 0.02;
        const xx = cone.xx + mapped.xx + own + (swing * expected.yM) ** 2 / (1 + expected.yM ** 2 + expected.xM ** 2);
        const yy = cone.yy + mapped.yy + own + swing * swing;
        const xy = cone.xy + mapped.xy;
        const determinant = xx * yy - xy * xy;
        if (!(determinant > 0)) continue;
        const squared = (ex * ex * yy - 2 * ex * ey * xy + ey * ey * xx) / determinant;
        if (squared > gate) continue;
        // By likelihood: of two cones equally far in deviations, the one better known fits better.
        candidates.push({
          index,
          landmark,
          cost: squared + Math.log(determinant) + (isOtherSide(landmark, cone) ? 4 : 0),
        });
      }
    }
    candidates.sort((a, b) => a.cost - b.cost);
    const pairs = new Map<number, Landmark>();
    const taken = new Set<Landmark>();
    for (const { index, landmark } of candidates) {
      if (pairs.has(index) || taken.has(landmark)) continue;
      pairs.set(index, landmark);
      taken.add(landmark);
    }
    return pairs;
  }

  #noticeMisfit(cones: readonly SeenCone[], matched: number): void {
    const confirmed = this.#landmarks.filter((landmark) => landmark.evidence >= confirmedEvidence).length;
    if (cones.length >= 3 && confirmed >= 3 && matched < 0.3 * cones.length) this.#misfits++;
    else this.#misfits = 0;
    if (this.#misfits < lostFrames) return;
    this.#landmarks = [];
    this.#misfits = 0;
  }

  #add(cone: SeenCone, pose: Pose, atMs: number): void {
    if (this.#landmarks.length >= maxLandmarks) return;
    const votes = { blue: 0.05, yellow: 0.05, orange: 0.05 };
    votes[cone.colour] += voteWeight(cone);
    this.#landmarks.push({
      id: this.#nextId++,
      ...fromFrame(pose, cone),
      ...rotateCovariance(cone, Math.cos(pose.headingRad), Math.sin(pose.headingRad)),
      votes,
      evidence: sightingEvidence,
      seenAtMs: atMs,
      seenAtTravelM: this.#ego.travelledM,
      sightings: 1,
      bestVariance: cone.xx + cone.yy,
      seenBeside: new Set(),
    });
  }

  #refine(landmark: Landmark, cone: SeenCone, pose: Pose, atMs: number): void {
    const place = fromFrame(pose, cone);
    const r = rotateCovariance(cone, Math.cos(pose.headingRad), Math.sin(pose.headingRad));
    // A floor for what is the same in every frame: the camera's mounting, the box's habits.
    const floor = 0.01 * 0.01;
    const sxx = landmark.xx + r.xx + floor;
    const sxy = landmark.xy + r.xy;
    const syy = landmark.yy + r.yy + floor;
    const determinant = sxx * syy - sxy * sxy;
    const { xx, xy, yy } = landmark;
    const k00 = (xx * syy - xy * sxy) / determinant;
    const k01 = (xy * sxx - xx * sxy) / determinant;
    const k10 = (xy * syy - yy * sxy) / determinant;
    const k11 = (yy * sxx - xy * sxy) / determinant;
    const ex = place.xM - landmark.xM;
    const ey = place.yM - landmark.yM;
    landmark.xM += k00 * ex + k01 * ey;
    landmark.yM += k10 * ex + k11 * ey;
    // A little growth each time keeps it able to follow the drift of the odometry.
    const growth = 0.004 * 0.004;
    landmark.xx = (1 - k00) * xx - k01 * xy + growth;
    landmark.yy = (1 - k11) * yy - k10 * xy + growth;
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
    landmark.seenAtTravelM = this.#ego.travelledM;
  }

  /** Cones not seen where they should be lose evidence; those left behind or long unseen are forgotten. */
  #fade(refreshed: ReadonlySet<Landmark>, pose: Pose, atMs: number): void {
    const places = this.#landmarks.map((landmark) => ({ landmark, at: toFrame(pose, landmark) }));
    this.#landmarks = places
      .filter(({ landmark, at }) => {
        if (refreshed.has(landmark) || landmark.seenAtMs === atMs) return true;
        if (at.xM < -forgetBehindM || atMs - landmark.seenAtMs > forgetAfterMs) return false;
        if (this.#ego.travelledM - landmark.seenAtTravelM > forgetAfterTravelM) return false;
        if (this.#mustBeSeen(at, places, landmark)) landmark.evidence -= absenceEvidence;
        return landmark.evidence > forgottenEvidence;
      })
      .map(({ landmark }) => landmark);
  }

  #mustBeSeen(at: GroundPoint, places: readonly { landmark: Landmark; at: GroundPoint }[], self: Landmark): boolean {
    const rangeM = Math.hypot(at.xM - this.#camera.forwardM, at.yM);
    if (rangeM < surelySeenM.from || rangeM > surelySeenM.to) return false;
    const pixel = carPointToPixel(this.#camera, { ...at, zM: 0.03 });
    if (pixel === undefined) return false;
    const marginPx = 0.04 * this.#camera.widthPx;
    if (pixel.xPx < marginPx || pixel.xPx > this.#camera.widthPx - marginPx) return false;
    if (pixel.yPx < 0 || pixel.yPx > this.#camera.heightPx - marginPx) return false;
    const direction = Math.atan2(at.yM, at.xM - this.#camera.forwardM);
    return !places.some(({ landmark, at: other }) => {
      const otherRangeM = Math.hypot(other.xM - this.#camera.forwardM, other.yM);
      if (landmark === self || otherRangeM >= rangeM || other.xM < this.#camera.forwardM) return false;
      return Math.abs(Math.atan2(other.yM, other.xM - this.#camera.forwardM) - direction) * otherRangeM < 0.08;
    });
  }

  /** One cone mapped twice, from afar and from near, becomes one again. */
  #merge(atMs: number): void {
    const kept: Landmark[] = [];
    const bySightings = [...this.#landmarks].sort((a, b) => b.sightings - a.sightings || a.id - b.id);
    for (const landmark of bySightings) {
      let twin: Landmark | undefined;
      for (const other of kept) {
        const apartM = distance(other, landmark);
        if (apartM > mergeM) continue;
        if (apartM > sameConeM && other.seenAtMs === atMs && landmark.seenAtMs === atMs) {
          other.seenBeside.add(landmark.id);
          landmark.seenBeside.add(other.id);
        }
        if (apartM < sameConeM || this.#isSame(other, landmark)) twin ??= other;
      }
      if (twin === undefined) kept.push(landmark);
      else absorb(twin, landmark);
    }
    if (kept.length < this.#landmarks.length) this.#landmarks = kept.sort((a, b) => a.id - b.id);
  }

  #isSame(a: Landmark, b: Landmark): boolean {
    if (a.seenBeside.has(b.id) || b.seenBeside.has(a.id)) return false;
    const xx = a.xx + b.xx + 0.02 * 0.02;
    const yy = a.yy + b.yy + 0.02 * 0.02;
    const xy = a.xy + b.xy;
    const ex = a.xM - b.xM;
    const ey = a.yM - b.yM;
    const squared = (ex * ex * yy - 2 * ex * ey * xy + ey * ey * xx) / (xx * yy - xy * xy);
    return squared < mergeGate;
  }
}

/** The better known place is kept; the votes are counted together. */
function absorb(kept: Landmark, twin: Landmark): void {
  for (const colour of ['blue', 'yellow', 'orange'] as const) kept.votes[colour] += twin.votes[colour];
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

/** A near, sure sighting says more about the colour than a few far pixels. */
function voteWeight(cone: SeenCone): number {
  return cone.score / (1 + Math.hypot(cone.xM, cone.yM));
}

function isOtherSide(landmark: Landmark, cone: SeenCone): boolean {
  const { blue, yellow } = landmark.votes;
  return (cone.colour === 'blue' && yellow > 2 * blue) || (cone.colour === 'yellow' && blue > 2 * yellow);
}

/** Two boxes on one cone: the surer one stays. */
function withoutDoubles(seen: readonly SeenCone[]): SeenCone[] {
  const kept: SeenCone[] = [];
  for (const cone of [...seen].sort((a, b) => b.score - a.score)) {
    const rangeM = Math.hypot(cone.xM, cone.yM);
    const twin = kept.some((other) => {
      // Along the ray two boxes of one cone may differ more than across it.
      const apart = distance(cone, other);
      const across = Math.abs(cone.xM * other.yM - cone.yM * other.xM) / Math.max(0.1, rangeM);
      return apart < sameConeM * 0.7 || (across < 0.03 && apart < 0.1 + 0.06 * rangeM);
    });
    if (!twin) kept.push(cone);
  }
  return kept;
}
