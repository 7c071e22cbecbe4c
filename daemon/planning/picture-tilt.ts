import { type CameraGeometry, pixelToPlane } from '../protocol/camera-geometry.ts';
import type { FrameDetections } from '../protocol/detection.ts';
import { coneColourOf, coneFootRadiusShare } from './ground.ts';

/** Smaller boxes are as tall as chance has them. */
const leastBoxPx = 8;
/** Fewer cones tell no tilt. */
const leastCones = 4;
/** Another height of the cones must explain a picture so much better than a tilt: this share of what a nod leaves unexplained. */
const explainedShare = 0.8;
/** With a lean to choose as well, a tilt explains few cones by chance: so many times worse may the other height do. */
const byTiltLeeway = 2;
/** Two cones nearer to one another than this, across the picture's plane, tell nothing of a lean. */
const leastApart = 0.3;

/** How the camera seems to hang beside how it was measured. Small angles, in radians. */
export interface Tilt {
  /** Positive looks farther down than measured. */
  readonly pitchRad: number;
  /** Positive leans farther to the right; undefined where all cones stand in one direction. */
  readonly rollRad: number | undefined;
  /**
   * How many times as tall as they are said to be the cones look, where that explains the picture better than a tilt does. A lens that
   * hangs lower than it was measured by as much gives the same picture.
   */
  readonly conesTallerBy: number | undefined;
}

/** A whole cone, on the plane at distance 1 of a level camera. */
interface Foot {
  readonly across: number;
  /** Below the horizon. */
  readonly down: number;
  /** How far below the horizon it must be, by how tall the cone looks. */
  readonly expectedDown: number;
}

/**
 * The tilt of one picture, from its cones: how tall each looks says how far away it stands, and that how low its foot must be. A foot that
 * is too low everywhere is a camera that looks up; too low on one side, and too high on the other, one that leans over; too low by the
 * same share everywhere, so most of all where it is near, cones that are smaller than they are said to be. Medians of all
 * cones and of all pairs (Theil and Sen): one box that is no cone changes nothing. Undefined for a picture with few whole cones.
 */
export function tiltOf(camera: CameraGeometry, coneHeightM: number, frame: FrameDetections): Tilt | undefined {
  const feet = feetOf(camera, coneHeightM, frame);
  if (feet.length < leastCones) return undefined;
  const tooLow = feet.map(({ across, down, expectedDown }) => ({ across, by: down - expectedDown }));
  const slopes = tooLow.flatMap((one, index) =>
    tooLow
      .slice(index + 1)
      .filter((other) => Math.abs(other.across - one.across) >= leastApart)
      .map((other) => (other.by - one.by) / (other.across - one.across)),
  );
  const slope = slopes.length < leastCones ? undefined : median(slopes);
  const low = median(tooLow.map(({ across, by }) => by - (slope ?? 0) * across));
  const share = median(feet.map(({ down, expectedDown }) => down / expectedDown));
  const byTilt = median(tooLow.map(({ across, by }) => Math.abs(by - (slope ?? 0) * across - low)));
  const level = median(tooLow.map(({ by }) => by));
  const byPitch = median(tooLow.map(({ by }) => Math.abs(by - level)));
  const bySize = median(feet.map(({ down, expectedDown }) => Math.abs(down - share * expectedDown)));
  const isOfOtherSize = share > 0 && bySize < explainedShare * byPitch && bySize < byTiltLeeway * byTilt;
  return {
    pitchRad: -Math.atan(low),
    rollRad: slope === undefined ? undefined : -Math.atan(slope),
    conesTallerBy: isOfOtherSize ? 1 / share : undefined,
  };
}

function feetOf(camera: CameraGeometry, coneHeightM: number, frame: FrameDetections): Foot[] {
  const scaleX = camera.widthPx / frame.widthPx;
  const scaleY = camera.heightPx / frame.heightPx;
  const cos = Math.cos(camera.pitchRad);
  const sin = Math.sin(camera.pitchRad);
  // The box ends at the near rim of the foot: by that it is too low, and the cone looks too tall.
  const rimM = coneHeightM * sin + coneFootRadiusShare * (camera.heightM - coneHeightM);
  return frame.detections.flatMap(({ label, box }) => {
    const [left, right] = [box.xPx * scaleX, (box.xPx + box.widthPx) * scaleX];
    const [top, bottom] = [box.yPx * scaleY, (box.yPx + box.heightPx) * scaleY];
    const isWhole = left > 2 && top > 2 && right < camera.widthPx - 2 && bottom < camera.heightPx - 2;
    if (coneColourOf(label) === undefined || !isWhole || !(bottom - top >= leastBoxPx)) return [];
    const apex = upright(camera, (left + right) / 2, top);
    const foot = upright(camera, (left + right) / 2, bottom);
    const tall = foot.down - apex.down;
    const depthM = (coneHeightM * (cos - foot.down * sin)) / tall + rimM;
    const expectedDown = camera.heightM / depthM / cos;
    return tall > 0 && depthM > 0 ? { across: foot.across, down: foot.down + sin / cos, expectedDown } : [];
  });
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
