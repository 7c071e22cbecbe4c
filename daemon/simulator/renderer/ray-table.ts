import type { CameraGeometry } from '../../car/camera-geometry.ts';
import { cameraRayToCar, carPointToPixel, focalLengthPx, pixelToPlane } from '../../car/camera-geometry.ts';
import type { FloorTexture } from '../scene/floor-texture.ts';

export const skyLevel = 255;

/** Where each pixel looks, for a camera that is fixed to the car. */
export interface RayTable {
  /** Mip level of the floor, or `skyLevel`. */
  readonly levels: Uint8Array;
  /** Ground: metres ahead of the rear axle. Sky: azimuth in turns, counter-clockwise from straight ahead. */
  readonly first: Float32Array;
  /** Ground: metres to the left. Sky: t / (1 + t) for a ray that rises by t for each metre away. */
  readonly second: Float32Array;
  /** How many pixels a row's ground moves when the car drives one metre. */
  readonly rowShiftPxPerM: Float32Array;
}

const farthestM = 400;

/**
 * The lens's undistortion depends on the radius alone: a table over the radius gives in a few operations a pixel what
 * `pixelToPlane` iterates for.
 */
function undistortionTable(camera: CameraGeometry): { scales: Float64Array; step: number } {
  const count = 512;
  const farPx = Math.hypot(camera.widthPx, camera.heightPx) / 2 + 1;
  const step = farPx / (count - 2);
  const focal = focalLengthPx(camera);
  const scales = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const radiusPx = Math.max(1e-3, i * step);
    const [x] = pixelToPlane(camera, { xPx: camera.widthPx / 2 + radiusPx, yPx: camera.heightPx / 2 });
    scales[i] = x / (radiusPx / focal);
  }
  return { scales, step };
}

/** `Math.atan2(left, forward)` to 2e-5 rad, several times faster (Hastings, Approximations for Digital Computers, 1955). */
function azimuth(left: number, forward: number): number {
  const isWide = Math.abs(left) > Math.abs(forward);
  const ratio = isWide ? forward / left : left / forward;
  const square = ratio * ratio;
  const small =
    ratio * (0.999866 + square * (-0.3302995 + square * (0.180141 + square * (-0.085133 + square * 0.0208351))));
  if (isWide) return (left > 0 ? Math.PI / 2 : -Math.PI / 2) - small;
  if (forward >= 0) return small;
  return left >= 0 ? small + Math.PI : small - Math.PI;
}

function rowShift(camera: CameraGeometry, row: number, first: Float32Array, levels: Uint8Array): number {
  const at = row * camera.widthPx + (camera.widthPx >> 1);
  if (levels[at] === skyLevel) return 0;
  const xM = first[at]!;
  const step = 0.01 * Math.max(0.05, xM - camera.forwardM);
  const here = carPointToPixel(camera, { xM, yM: 0, zM: 0 });
  const nearer = carPointToPixel(camera, { xM: xM - step, yM: 0, zM: 0 });
  return here === undefined || nearer === undefined ? 0 : Math.abs(nearer.yPx - here.yPx) / step;
}

/** @throws RangeError when the lens's distortion cannot be undone over the whole picture. */
export function createRayTable(camera: CameraGeometry, floor: FloorTexture): RayTable {
  const { widthPx, heightPx } = camera;
  const focal = focalLengthPx(camera);
  const { scales, step } = undistortionTable(camera);
  if (scales.some((scale) => !(scale > 0.1 && scale < 10))) {
    throw new RangeError(
      `radialDistortion [${camera.radialDistortion.join(', ')}] folds the picture over at its corners: ` +
        'use smaller coefficients or a narrower horizontalFieldOfViewRad',
    );
  }
  const right = cameraRayToCar(camera, [1, 0, 0]);
  const down = cameraRayToCar(camera, [0, 1, 0]);
  const ahead = cameraRayToCar(camera, [0, 0, 1]);
  const levels = new Uint8Array(widthPx * heightPx);
  const first = new Float32Array(widthPx * heightPx);
  const second = new Float32Array(widthPx * heightPx);
  const flattest = camera.heightM / farthestM;
  // A pixel's footprint on the ground has the area (height / focal)^2 / drop^3 at a drop of the ray for z = 1.
  const finest = camera.heightM / focal / floor.cellM;
  for (let row = 0, at = 0; row < heightPx; row++) {
    const dy = row + 0.5 - heightPx / 2;
    for (let column = 0; column < widthPx; column++, at++) {
      const dx = column + 0.5 - widthPx / 2;
      const place = Math.sqrt(dx * dx + dy * dy) / step;
      const index = place | 0;
      const scale = (scales[index]! + (scales[index + 1]! - scales[index]!) * (place - index)) / focal;
      const x = dx * scale;
      const y = dy * scale;
      const forward = right[0] * x + down[0] * y + ahead[0];
      const left = right[1] * x + down[1] * y + ahead[1];
      const up = right[2] * x + down[2] * y + ahead[2];
      if (up < -flattest) {
        const reach = camera.heightM / -up;
        first[at] = camera.forwardM + forward * reach;
        second[at] = left * reach;
        // The nearest power of two: the highest bit of the footprint in half cells, times the square root of two.
        const level = 30 - Math.clz32((finest * 2.83) / (-up * Math.sqrt(-up)));
        levels[at] = level < 0 ? 0 : level >= floor.levelCount ? floor.levelCount - 1 : level;
      } else {
        levels[at] = skyLevel;
        const rise = Math.max(0, up) / Math.sqrt(forward * forward + left * left);
        first[at] = azimuth(left, forward) / (2 * Math.PI);
        second[at] = rise / (1 + rise);
      }
    }
  }
  const rowShiftPxPerM = Float32Array.from({ length: heightPx }, (_, row) => rowShift(camera, row, first, levels));
  return { levels, first, second, rowShiftPxPerM };
}
