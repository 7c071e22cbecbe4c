import { type CameraGeometry, pixelToPlane } from '../car/camera-geometry.ts';
import type { FrameDetections } from '../protocol/detection.ts';
import { coneColourOf, coneHeightM } from './ground.ts';

/** Smaller boxes are as tall as chance has them. */
const leastBoxPx = 8;
/** Fewer cones tell no tilt. */
const leastCones = 4;
/** Two cones nearer to one another than this, across the picture's plane, tell nothing of a lean. */
const leastApart = 0.3;

/** How the camera seems to hang beside how it was measured. Small angles, in radians. */
export interface Tilt {
  /** Positive looks farther down than measured. */
  readonly pitchRad: number;
  /** Positive leans farther to the right; undefined where all cones stand in one direction. */
  readonly rollRad: number | undefined;
}

/**
 * The tilt of one picture, from its cones: how tall each looks says how far away it stands, and that how low its foot must be. A foot that
 * is too low everywhere is a camera that looks up; too low on one side, and too high on the other, one that leans over. Medians of all
 * cones and of all pairs (Theil and Sen): one box that is no cone changes nothing. Undefined for a picture with few whole cones.
 */
export function tiltOf(camera: CameraGeometry, frame: FrameDetections): Tilt | undefined {
  const scaleX = camera.widthPx / frame.widthPx;
  const scaleY = camera.heightPx / frame.heightPx;
  const cos = Math.cos(camera.pitchRad);
  const sin = Math.sin(camera.pitchRad);
  const feet = frame.detections.flatMap(({ label, box }) => {
    const [left, right] = [box.xPx * scaleX, (box.xPx + box.widthPx) * scaleX];
    const [top, bottom] = [box.yPx * scaleY, (box.yPx + box.heightPx) * scaleY];
    const isWhole = left > 2 && top > 2 && right < camera.widthPx - 2 && bottom < camera.heightPx - 2;
    if (coneColourOf(label) === undefined || !isWhole || !(bottom - top >= leastBoxPx)) return [];
    const apex = upright(camera, (left + right) / 2, top);
    const foot = upright(camera, (left + right) / 2, bottom);
    const tall = foot.down - apex.down;
    const depthM = (coneHeightM * (cos - foot.down * sin)) / tall;
    return tall > 0 ? { across: foot.across, tooLow: foot.down - (camera.heightM / depthM - sin) / cos } : [];
  });
  if (feet.length < leastCones) return undefined;
  const slopes = feet.flatMap((one, index) =>
    feet
      .slice(index + 1)
      .filter((other) => Math.abs(other.across - one.across) >= leastApart)
      .map((other) => (other.tooLow - one.tooLow) / (other.across - one.across)),
  );
  const slope = slopes.length < leastCones ? undefined : median(slopes);
  const low = median(feet.map(({ across, tooLow }) => tooLow - (slope ?? 0) * across));
  return { pitchRad: -Math.atan(low), rollRad: slope === undefined ? undefined : -Math.atan(slope) };
}

/** On the plane at distance 1 of a camera that does not lean, as it was measured. */
function upright(camera: CameraGeometry, xPx: number, yPx: number): { readonly across: number; readonly down: number } {
  const [x, y] = pixelToPlane(camera, { xPx, yPx });
  const cos = Math.cos(camera.rollRad);
  const sin = Math.sin(camera.rollRad);
  return { across: x * cos - y * sin, down: x * sin + y * cos };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
