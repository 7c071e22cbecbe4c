import { type CameraGeometry, carPointToPixel } from '../../protocol/camera-geometry.ts';
import type { Detection } from '../../protocol/detection.ts';
import type { GroundPoint, PixelBox, Pose } from '../../protocol/geometry.ts';
import { toFrame } from '../plane.ts';
import type { Random } from './random.ts';
import type { TestCone } from './test-track.ts';

export interface DetectorNoise {
  /** Standard deviation of each box edge. */
  readonly edgePx: number;
  readonly missShare: number;
  readonly wrongColourShare: number;
  readonly doubledShare: number;
  /** Boxes a frame where there is nothing. */
  readonly falseBoxes: number;
  readonly reachM: number;
}

export const usualNoise: DetectorNoise = {
  edgePx: 1,
  missShare: 0.1,
  wrongColourShare: 0.02,
  doubledShare: 0.03,
  falseBoxes: 0.05,
  reachM: 3.5,
};

export const noNoise: DetectorNoise = {
  edgePx: 0,
  missShare: 0,
  wrongColourShare: 0,
  doubledShare: 0,
  falseBoxes: 0,
  reachM: 3.5,
};

/** Something else on the ground, upright. */
export interface TestThing extends GroundPoint {
  readonly label: string;
  readonly widthM: number;
  readonly heightM: number;
}

const labels = ['blue cone', 'yellow cone', 'orange cone', 'stop sign', 'person', 'box'];
const usualConeHeightM = 0.1;
const footRadiusShare = 0.35;

function boxOf(camera: CameraGeometry, at: GroundPoint, radiusM: number, heightM: number): PixelBox | undefined {
  const rangeM = Math.hypot(at.xM - camera.forwardM, at.yM);
  if (at.xM < camera.forwardM + 0.05 || rangeM < radiusM + 0.05) return undefined;
  // Foot: towards the lens and to both sides of it. Top: a point, or as wide as the foot.
  const alongX = (at.xM - camera.forwardM) / rangeM;
  const alongY = at.yM / rangeM;
  const corners = [
    { xM: at.xM - radiusM * alongX, yM: at.yM - radiusM * alongY, zM: 0 },
    { xM: at.xM - radiusM * alongY, yM: at.yM + radiusM * alongX, zM: 0 },
    { xM: at.xM + radiusM * alongY, yM: at.yM - radiusM * alongX, zM: 0 },
    { xM: at.xM, yM: at.yM, zM: heightM },
  ].map((corner) => carPointToPixel(camera, corner));
  if (corners.some((corner) => corner === undefined)) return undefined;
  const xs = corners.map((corner) => corner!.xPx);
  const ys = corners.map((corner) => corner!.yPx);
  const whole = { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
  const left = Math.max(0, whole.left);
  const right = Math.min(camera.widthPx, whole.right);
  const top = Math.max(0, whole.top);
  const bottom = Math.min(camera.heightPx, whole.bottom);
  const area = Math.max(0, right - left) * Math.max(0, bottom - top);
  if (area < 0.4 * (whole.right - whole.left) * (whole.bottom - whole.top)) return undefined;
  return { xPx: left, yPx: top, widthPx: right - left, heightPx: bottom - top };
}

/** What a good, not perfect, detector would say of the world as seen from a pose. */
export function detectWorld(
  camera: CameraGeometry,
  pose: Pose,
  cones: readonly TestCone[],
  things: readonly TestThing[],
  noise: DetectorNoise,
  random: Random,
): Detection[] {
  const detections: Detection[] = [];
  const add = (label: string, box: PixelBox): void => {
    const shake = (): number => noise.edgePx * random.normal();
    const left = box.xPx + shake();
    const top = box.yPx + shake();
    const right = box.xPx + box.widthPx + shake();
    const bottom = Math.min(camera.heightPx, box.yPx + box.heightPx + shake());
    detections.push({
      label,
      classId: labels.indexOf(label),
      score: 0.55 + 0.4 * random.uniform(),
      box: { xPx: left, yPx: top, widthPx: Math.max(1, right - left), heightPx: Math.max(1, bottom - top) },
    });
  };
  const seen = cones
    .map((cone) => ({ cone, at: toFrame(pose, cone) }))
    .filter(({ at }) => Math.hypot(at.xM, at.yM) < noise.reachM)
    .map(({ cone, at }) => {
      const { heightM = usualConeHeightM } = cone;
      return { cone, rangeM: Math.hypot(at.xM, at.yM), box: boxOf(camera, at, footRadiusShare * heightM, heightM) };
    })
    .sort((a, b) => a.rangeM - b.rangeM);
  const shown: PixelBox[] = [];
  for (const { cone, box } of seen) {
    if (box === undefined) continue;
    const hidden = shown.some((other) => {
      const overlap =
        Math.max(0, Math.min(box.xPx + box.widthPx, other.xPx + other.widthPx) - Math.max(box.xPx, other.xPx)) *
        Math.max(0, Math.min(box.yPx + box.heightPx, other.yPx + other.heightPx) - Math.max(box.yPx, other.yPx));
      return overlap > 0.6 * box.widthPx * box.heightPx;
    });
    shown.push(box);
    if (hidden || random.uniform() < noise.missShare) continue;
    const wrong = random.uniform() < noise.wrongColourShare;
    const colour = wrong ? (cone.colour === 'blue' ? 'yellow' : 'blue') : cone.colour;
    add(`${colour} cone`, box);
    if (random.uniform() < noise.doubledShare) add(`${colour} cone`, box);
  }
  for (const thing of things) {
    const box = boxOf(camera, toFrame(pose, thing), thing.widthM / 2, thing.heightM);
    if (box !== undefined && random.uniform() >= noise.missShare) add(thing.label, box);
  }
  if (random.uniform() < noise.falseBoxes) {
    const heightPx = 10 + 50 * random.uniform();
    const colour = random.uniform() < 0.5 ? 'blue' : 'yellow';
    add(`${colour} cone`, {
      xPx: camera.widthPx * random.uniform(),
      yPx: camera.heightPx * (0.3 + 0.5 * random.uniform()),
      widthPx: 0.7 * heightPx,
      heightPx,
    });
  }
  return detections;
}
