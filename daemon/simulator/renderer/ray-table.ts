import {
  type CameraGeometry,
  cameraRayToCar,
  carPointToPixel,
  focalLengthPx,
  pixelToGround,
  pixelToPlane,
} from '../../protocol/camera-geometry.ts';
import type { Panorama } from '../scene/backdrop.ts';
import type { FloorTexture } from '../scene/floor-texture.ts';

export const skyLevel = 255;

/**
 * Where each pixel looks, for a camera that is fixed to the car. Whole numbers, in 16ths of what the pixel is looked up
 * in: the painter needs no other arithmetic.
 */
export interface RayTable {
  /** Mip level of the floor, or `skyLevel`. */
  readonly levels: Uint8Array;
  /** Ground: ahead of the rear axle, 16ths of the level's cells. Sky: column, counter-clockwise from straight ahead. */
  readonly first: Int32Array;
  /** Ground: to the left, 16ths of the level's cells. Sky: row. */
  readonly second: Int32Array;
  /** How many pixels a row's ground moves when the car drives one metre. */
  readonly rowShiftPxPerM: Float32Array;
}

const farthestM = 400;
const blockPx = 8;

/**
 * The lens's undistortion depends on the radius alone: a table over the radius gives in a few operations a pixel what
 * `pixelToPlane` iterates for.
 */
function undistortionTable(camera: CameraGeometry): { scales: Float64Array; step: number } {
  const count = 512;
  const farPx = Math.hypot(camera.widthPx, camera.heightPx) / 2 + 2 * blockPx;
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

function rowShift(camera: CameraGeometry, row: number): number {
  const ground = pixelToGround(camera, { xPx: camera.widthPx / 2, yPx: row + 0.5 });
  if (ground === undefined || ground.xM > farthestM) return 0;
  const { xM } = ground;
  const step = 0.01 * Math.max(0.05, xM - camera.forwardM);
  const here = carPointToPixel(camera, { xM, yM: 0, zM: 0 });
  const nearer = carPointToPixel(camera, { xM: xM - step, yM: 0, zM: 0 });
  return here === undefined || nearer === undefined ? 0 : Math.abs(nearer.yPx - here.yPx) / step;
}

/** Fills a table row by row; a class so that each row is a call of its own, which is compiled once and stays so. */
class RayTableMaker implements RayTable {
  readonly levels: Uint8Array;
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly rowShiftPxPerM: Float32Array;
  readonly #camera: CameraGeometry;
  readonly #scales: Float64Array;
  readonly #step: number;
  /** Camera axes in car axes, one after another: right, down, ahead. */
  readonly #axes: Float64Array;
  /** 16ths of a cell in a metre, by level. */
  readonly #perM: Float64Array;
  /** 16ths of a column in a radian; 16ths of a row in all. */
  readonly #perRad: number;
  readonly #perRise: number;
  /** Twice a pixel's footprint, in cells and times the square root of two, where a ray goes straight down. */
  readonly #finest: number;
  readonly #start = new Float64Array(3);
  readonly #end = new Float64Array(3);

  constructor(
    camera: CameraGeometry,
    floor: Pick<FloorTexture, 'cellM' | 'levelCount'>,
    panorama: Pick<Panorama, 'columns' | 'rows'>,
  ) {
    const { widthPx, heightPx } = camera;
    const { scales, step } = undistortionTable(camera);
    if (scales.some((scale) => !(scale > 0.1 && scale < 10))) {
      throw new RangeError(
        `radialDistortion [${camera.radialDistortion.join(', ')}] folds the picture over at its corners: ` +
          'use smaller coefficients or a narrower horizontalFieldOfViewRad',
      );
    }
    this.#camera = camera;
    this.#scales = scales;
    this.#step = step;
    this.#axes = Float64Array.of(
      ...cameraRayToCar(camera, [1, 0, 0]),
      ...cameraRayToCar(camera, [0, 1, 0]),
      ...cameraRayToCar(camera, [0, 0, 1]),
    );
    this.#perM = Float64Array.from({ length: floor.levelCount }, (_, level) => 16 / (floor.cellM * 2 ** level));
    this.#perRad = (16 * panorama.columns) / (2 * Math.PI);
    this.#perRise = 16 * (panorama.rows - 1);
    // A pixel's footprint on the ground has the area (height / focal)^2 / drop^3 at a drop of the ray for z = 1.
    this.#finest = (2 * Math.SQRT2 * camera.heightM) / focalLengthPx(camera) / floor.cellM;
    this.levels = new Uint8Array(widthPx * heightPx);
    this.first = new Int32Array(widthPx * heightPx);
    this.second = new Int32Array(widthPx * heightPx);
    this.rowShiftPxPerM = Float32Array.from({ length: heightPx }, (_, row) => rowShift(camera, row));
    for (let row = 0; row < heightPx; row++) this.#fillRow(row);
  }

  /** The ray through a pixel's middle, in car axes. */
  #direct(column: number, row: number, out: Float64Array): void {
    const dx = column + 0.5 - this.#camera.widthPx / 2;
    const dy = row + 0.5 - this.#camera.heightPx / 2;
    const scales = this.#scales;
    const axes = this.#axes;
    const place = Math.min(scales.length - 2, Math.sqrt(dx * dx + dy * dy) / this.#step);
    const index = Math.floor(place);
    const scale =
      (scales[index]! + (scales[index + 1]! - scales[index]!) * (place - index)) / focalLengthPx(this.#camera);
    for (let axis = 0; axis < 3; axis++) {
      out[axis] = axes[axis]! * dx * scale + axes[3 + axis]! * dy * scale + axes[6 + axis]!;
    }
  }

  /** Between rays a few pixels apart a straight line does. */
  #fillRow(row: number): void {
    const { levels, first, second } = this;
    const { widthPx, heightM, forwardM } = this.#camera;
    const start = this.#start;
    const end = this.#end;
    const perM = this.#perM;
    const perRad = this.#perRad;
    const perRise = this.#perRise;
    const finest = this.#finest;
    const flattest = -heightM / farthestM;
    const lastLevel = perM.length - 1;
    this.#direct(0, row, end);
    for (let block = 0; block < widthPx; block += blockPx) {
      start.set(end);
      this.#direct(block + blockPx, row, end);
      let forward = start[0]!;
      let left = start[1]!;
      let up = start[2]!;
      const forwardStep = (end[0]! - forward) / blockPx;
      const leftStep = (end[1]! - left) / blockPx;
      const upStep = (end[2]! - up) / blockPx;
      const stop = row * widthPx + Math.min(widthPx, block + blockPx);
      for (let at = row * widthPx + block; at < stop; at++) {
        if (up < flattest) {
          // The nearest power of two is the number's highest bit.
          const level = Math.max(0, Math.min(lastLevel, 30 - Math.clz32(finest / (-up * Math.sqrt(-up)))));
          const scale = perM[level]!;
          const reach = (heightM * scale) / -up;
          levels[at] = level;
          first[at] = Math.floor(forwardM * scale + forward * reach + 0.5);
          second[at] = Math.floor(left * reach + 0.5);
        } else {
          const rise = Math.max(0, up) / Math.sqrt(forward * forward + left * left);
          levels[at] = skyLevel;
          first[at] = Math.floor(azimuth(left, forward) * perRad + 0.5);
          second[at] = Math.floor((rise / (1 + rise)) * perRise + 0.5);
        }
        forward += forwardStep;
        left += leftStep;
        up += upStep;
      }
    }
  }
}

/** @throws RangeError when the lens's distortion cannot be undone over the whole picture. */
export function createRayTable(
  camera: CameraGeometry,
  floor: Pick<FloorTexture, 'cellM' | 'levelCount'>,
  panorama: Pick<Panorama, 'columns' | 'rows'>,
): RayTable {
  return new RayTableMaker(camera, floor, panorama);
}
