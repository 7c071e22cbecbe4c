import { plural } from '../platform/plural.ts';
import {
  type CameraGeometry,
  focalLengthPx,
  type PixelPoint,
  pixelToGround,
  pixelToPlane,
} from '../protocol/camera-geometry.ts';
import type { Detection, FrameDetections } from '../protocol/detection.ts';
import type { PixelBox } from '../protocol/geometry.ts';
import type { GroundEstimate } from './ground-estimate.ts';

/** The box's bottom is the near rim of the foot, not its middle: so far from it, beside the cone's height. */
export const coneFootRadiusShare = 0.45;
/** More boxes than this in a frame are noise; the best are kept. */
const maxBoxes = 150;
/** Farther cones than this say more about the pitch of the camera than about the track. */
const maxConeRangeM = 4.5;
const maxObstacleRangeM = 6;

/** One standard deviation of a box edge, and of the camera's pitch while the car accelerates, in camera pixels. */
const edgeNoisePx = 1.2;
const pitchNoisePx = 1.2;
/** Relative: cones are not all alike. */
const heightNoise = 0.08;

export type ConeColour = 'blue' | 'yellow' | 'orange';

export interface SeenCone extends GroundEstimate {
  readonly colour: ConeColour;
  readonly score: number;
}

/** A thing that may have to be stopped for, where its box meets the ground. */
export interface SeenObstacle {
  readonly label: string;
  readonly xM: number;
  readonly yM: number;
  readonly widthM: number;
  readonly score: number;
}

/** All of one frame, in the car's frame at the time of capture. */
export interface GroundView {
  readonly cones: SeenCone[];
  /** What was called a cone and can be none that stands on the ground, in camera pixels. */
  readonly impossibleCones: PixelBox[];
  readonly obstacles: SeenObstacle[];
}

const coneColours: Readonly<Record<string, ConeColour>> = {
  'blue cone': 'blue',
  'yellow cone': 'yellow',
  'orange cone': 'orange',
};

/** Undefined for the label of anything else, also of a cone of no track. */
export function coneColourOf(label: string): ConeColour | undefined {
  return Object.hasOwn(coneColours, label) ? coneColours[label] : undefined;
}

/** Whether a network of these labels sees anything that the way could be made of. */
export function knowsCones(labels: readonly string[]): boolean {
  return labels.some((label) => coneColourOf(label) !== undefined);
}

const shownLabels = 3;

/**
 * Why no car drives itself by a network of these labels, as the end of a sentence that begins with its name; undefined for
 * one that knows cones.
 */
export function blindnessToTrack(labels: readonly string[]): string | undefined {
  if (knowsCones(labels)) return undefined;
  const shown = labels.slice(0, shownLabels).join(', ');
  const more = labels.length > shownLabels ? ', …' : '';
  return `knows no cones (${plural(labels.length, 'class', 'es')}: ${shown}${more})`;
}

/** What to do about that, beside naming another network. */
export const cureOfBlindness = `If its classes are cones, call them so in its card, "classes": ${Object.keys(
  coneColours,
)
  .map((label) => `"${label}"`)
  .join(', ')}.`;

function isUsable({ box, score }: Detection): boolean {
  const finite = [box.xPx, box.yPx, box.widthPx, box.heightPx, score].every(Number.isFinite);
  return finite && box.widthPx > 0 && box.heightPx > 0;
}

/** Boxes to camera pixels: the frame may have been taken at another size than the camera was calibrated at. */
function scaleBox(box: PixelBox, scaleX: number, scaleY: number): PixelBox {
  return {
    xPx: box.xPx * scaleX,
    yPx: box.yPx * scaleY,
    widthPx: box.widthPx * scaleX,
    heightPx: box.heightPx * scaleY,
  };
}

/** Another box stands before this one and hides its foot. */
function isFootHidden(box: PixelBox, others: readonly PixelBox[]): boolean {
  const bottom = box.yPx + box.heightPx;
  return others.some((other) => {
    if (other === box || other.yPx + other.heightPx <= bottom + 2) return false;
    const overlapPx = Math.min(box.xPx + box.widthPx, other.xPx + other.widthPx) - Math.max(box.xPx, other.xPx);
    return overlapPx > 0.3 * box.widthPx && other.yPx < bottom - 1;
  });
}

/** A box that no cone on the ground can have; and one of a cone that is too near or too far to be placed. */
type NoPlace = 'impossible' | 'out-of-view';

/**
 * A cone's place from its box: bearing from the middle, range from the bottom edge and, weighed by what each is worth,
 * from the apparent height.
 */
function locateCone(
  camera: CameraGeometry,
  coneHeightM: number,
  box: PixelBox,
  footHidden: boolean,
): GroundEstimate | NoPlace {
  const focal = focalLengthPx(camera);
  const bottomPx = box.yPx + box.heightPx;
  const middlePx = box.xPx + box.widthPx / 2;
  const cutBelow = bottomPx >= camera.heightPx - 1.5;
  const cutAbove = box.yPx <= 1.5;
  const cutAside = box.xPx <= 1.5 || box.xPx + box.widthPx >= camera.widthPx - 1.5;
  if (cutBelow) return 'out-of-view';
  // How far along the optical axis the cone stands, by its height. Good for any direction of the ray.
  const apex = pixelToPlane(camera, { xPx: middlePx, yPx: box.yPx });
  const foot = pixelToPlane(camera, { xPx: middlePx, yPx: bottomPx });
  const planeHeight = foot[1] - apex[1];
  if (!(planeHeight > 0)) return 'impossible';
  const ground = pixelToGround(camera, { xPx: middlePx, yPx: bottomPx });
  // The upright (0, -cos, -sin) of the pitched camera, projected: foot - apex = height * level / depth of the apex.
  const level = Math.cos(camera.pitchRad) - foot[1] * Math.sin(camera.pitchRad);
  const depthM = (coneHeightM * level) / planeHeight + coneHeightM * Math.sin(camera.pitchRad);
  const directionRad = rayBearing(camera, { xPx: middlePx, yPx: bottomPx });
  if (directionRad === undefined) return 'impossible';
  const byHeightM = depthM * Math.hypot(level, foot[0]);
  const byHeightNoiseM = cutAbove
    ? Number.POSITIVE_INFINITY
    : byHeightM * Math.hypot((edgeNoisePx * 1.41) / box.heightPx, heightNoise) * (footHidden ? 3 : 1);
  let byFootM = Number.POSITIVE_INFINITY;
  let byFootNoiseM = Number.POSITIVE_INFINITY;
  if (ground !== undefined) {
    byFootM = Math.hypot(ground.xM - camera.forwardM, ground.yM);
    const slope = (byFootM * byFootM + camera.heightM * camera.heightM) / camera.heightM / focal;
    byFootNoiseM = slope * Math.hypot(edgeNoisePx, pitchNoisePx) * (footHidden ? 3 : 1);
  }
  // Near the horizon the foot says little; where both speak they must agree.
  const footCounts = byFootM < 2 * maxConeRangeM;
  if (!footCounts && cutAbove) return 'out-of-view';
  if (footCounts && !cutAbove && !footHidden) {
    const apart = Math.abs(byFootM - byHeightM);
    if (apart > 3.5 * Math.hypot(byFootNoiseM, byHeightNoiseM)) return 'impossible';
  }
  const footWeight = footCounts ? 1 / byFootNoiseM ** 2 : 0;
  const heightWeight = cutAbove ? 0 : 1 / byHeightNoiseM ** 2;
  const rangeM =
    (footWeight * byFootM + heightWeight * byHeightM) / (footWeight + heightWeight) + coneFootRadiusShare * coneHeightM;
  if (!(rangeM < maxConeRangeM)) return 'out-of-view';
  // Wider than tall by far, or a needle: no cone. A cut one may have any width.
  const shape = box.widthPx / box.heightPx;
  if (!cutAside && (shape > 2 || shape < 0.25)) return 'impossible';
  const rangeNoiseM = Math.sqrt(1 / (footWeight + heightWeight)) + 0.01;
  const acrossNoiseM = (rangeM * edgeNoisePx) / focal + 0.008 + (cutAside ? 0.03 : 0);
  const cos = Math.cos(directionRad);
  const sin = Math.sin(directionRad);
  const along = rangeNoiseM * rangeNoiseM;
  const across = acrossNoiseM * acrossNoiseM;
  return {
    xM: camera.forwardM + rangeM * cos,
    yM: rangeM * sin,
    xx: cos * cos * along + sin * sin * across,
    xy: cos * sin * (along - across),
    yy: sin * sin * along + cos * cos * across,
  };
}

/** Direction of a pixel's ray over the ground, from the lens; also at and above the horizon. */
function rayBearing(camera: CameraGeometry, pixel: PixelPoint): number | undefined {
  const [x, y] = pixelToPlane(camera, pixel);
  const down = x * Math.sin(camera.rollRad) + y * Math.cos(camera.rollRad);
  const right = x * Math.cos(camera.rollRad) - y * Math.sin(camera.rollRad);
  const forward = Math.cos(camera.pitchRad) - down * Math.sin(camera.pitchRad);
  return forward > 0.05 ? Math.atan2(-right, forward) : undefined;
}

function locateObstacle(camera: CameraGeometry, box: PixelBox, detection: Detection): SeenObstacle | undefined {
  // A box that runs out of the picture below stands right before the bumper.
  const bottomPx = Math.min(box.yPx + box.heightPx, camera.heightPx - 1);
  const ground = pixelToGround(camera, { xPx: box.xPx + box.widthPx / 2, yPx: bottomPx });
  if (ground === undefined) return undefined;
  const rangeM = Math.hypot(ground.xM - camera.forwardM, ground.yM);
  if (!(rangeM < maxObstacleRangeM)) return undefined;
  const widthM = (rangeM * box.widthPx) / focalLengthPx(camera);
  return { label: detection.label, xM: ground.xM, yM: ground.yM, widthM, score: detection.score };
}

/** What a frame's boxes say about the ground. Unknown labels and rubbish numbers are left out. */
export function viewGround(camera: CameraGeometry, coneHeightM: number, frame: FrameDetections): GroundView {
  const scaleX = camera.widthPx / frame.widthPx;
  const scaleY = camera.heightPx / frame.heightPx;
  let usable = frame.detections.filter(isUsable);
  if (usable.length > maxBoxes) usable = usable.sort((a, b) => b.score - a.score).slice(0, maxBoxes);
  const boxes = usable.map((detection) => scaleBox(detection.box, scaleX, scaleY));
  const view: GroundView = { cones: [], impossibleCones: [], obstacles: [] };
  for (const [index, detection] of usable.entries()) {
    const box = boxes[index]!;
    const colour = coneColourOf(detection.label);
    if (colour === undefined) {
      const obstacle = locateObstacle(camera, box, detection);
      if (obstacle !== undefined) view.obstacles.push(obstacle);
      continue;
    }
    const place = locateCone(camera, coneHeightM, box, isFootHidden(box, boxes));
    if (place === 'impossible') view.impossibleCones.push(box);
    else if (place !== 'out-of-view') view.cones.push({ ...place, colour, score: detection.score });
  }
  return view;
}
