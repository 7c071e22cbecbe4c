import { type CameraGeometry, carPointToPixel } from '../protocol/camera-geometry.ts';
import type { GroundPoint, Pose } from '../protocol/geometry.ts';
import type { EgoMotion, EgoState, Match } from './ego-motion.ts';
import type { SeenCone } from './ground.ts';
import { determinantOf, rotateCovariance, squaredDeviations } from './ground-estimate.ts';
import {
  absorb,
  isConfirmed,
  isOtherSide,
  type Landmark,
  landmarkOf,
  type MappedCone,
  mappedCone,
  mayBeTwins,
  placeFloorM,
  refine,
  type Viewpoint,
} from './landmark.ts';
import { distance, toFrame } from './plane.ts';

/** What one look that should have shown a cone, and did not, takes from the evidence; below which it is forgotten. */
const absenceEvidence = 0.45;
const forgottenEvidence = -0.6;
/** Farther apart than so many squared deviations, or than this, nothing is a match: 99 % of the true ones are nearer. */
const matchGate = 9.2;
const maxMatchM = 0.6;
/** What it costs a match, in squared deviations, that the cone's colour belongs on the other side. */
const otherSideCost = 4;
/** Two cones of a real track stand no closer. */
const sameConeM = 0.13;
/** Farther apart than this no two are one, whatever the doubt. */
const mergeM = 0.4;
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
    return this.#landmarks.map(mappedCone);
  }

  /** Takes in one frame's cones, in the car's frame at capture. The filter must stand at the capture time. */
  observe(seen: readonly SeenCone[], capturedAtMs: number): EgoState {
    const cones = withoutDoubles(seen);
    const predicted = this.#ego.predict(capturedAtMs);
    const pairs = this.#match(cones, predicted);
    this.#noticeMisfit(cones, pairs.size);
    const matches: Match[] = [];
    for (const [index, landmark] of pairs) {
      if (isConfirmed(landmark)) matches.push({ seen: cones[index]!, mapped: { ...landmark } });
    }
    this.#recognised = matches.length;
    const pose = this.#ego.correct(matches);
    const from: Viewpoint = { pose, atMs: capturedAtMs, travelM: this.#ego.travelledM };
    for (const [index, cone] of cones.entries()) {
      const landmark = pairs.get(index);
      if (landmark !== undefined) refine(landmark, cone, from);
      else if (this.#landmarks.length < maxLandmarks) this.#landmarks.push(landmarkOf(this.#nextId++, cone, from));
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
        const own = positionM * positionM + placeFloorM * placeFloorM;
        const xx = cone.xx + mapped.xx + own + (swing * expected.yM) ** 2 / (1 + expected.yM ** 2 + expected.xM ** 2);
        const yy = cone.yy + mapped.yy + own + swing * swing;
        const xy = cone.xy + mapped.xy;
        const determinant = determinantOf({ xx, xy, yy });
        if (!(determinant > 0)) continue;
        const squared = squaredDeviations(ex, ey, { xx, xy, yy });
        if (squared > matchGate) continue;
        // By likelihood: of two cones equally far in deviations, the one better known fits better.
        const cost = squared + Math.log(determinant) + (isOtherSide(landmark, cone) ? otherSideCost : 0);
        candidates.push({ index, landmark, cost });
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
    const confirmed = this.#landmarks.filter(isConfirmed).length;
    if (cones.length >= 3 && confirmed >= 3 && matched < 0.3 * cones.length) this.#misfits++;
    else this.#misfits = 0;
    if (this.#misfits < lostFrames) return;
    this.#landmarks = [];
    this.#misfits = 0;
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
        if (apartM < sameConeM || mayBeTwins(other, landmark)) twin ??= other;
      }
      if (twin === undefined) kept.push(landmark);
      else absorb(twin, landmark);
    }
    if (kept.length < this.#landmarks.length) this.#landmarks = kept.sort((a, b) => a.id - b.id);
  }
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
