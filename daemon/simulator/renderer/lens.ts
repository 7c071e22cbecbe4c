import { type CameraGeometry, cameraRayToCar, focalLengthPx, pixelToPlane } from '../../protocol/camera-geometry.ts';

/** Where the car stands and how it moves at the middle of the exposure. */
export interface View {
  readonly xM: number;
  readonly yM: number;
  readonly headingRad: number;
  readonly speedMps: number;
  readonly yawRateRadps: number;
}

/**
 * A camera geometry made ready for many points a frame. Inside the picture it agrees with `protocol/camera-geometry.ts`;
 * outside, where a radial polynomial folds back on itself, the distortion goes on in a straight line instead, so that
 * nothing from beside the picture appears in it.
 */
export class Lens {
  readonly camera: CameraGeometry;
  readonly focalPx: number;
  /** Radius on the plane z = 1, squared, up to which the polynomial holds: a little past the corners. */
  readonly #limitSquared: number;
  readonly #limit: number;
  readonly #limitValue: number;
  readonly #limitSlope: number;
  /** Camera axes in car axes: right, down, ahead. */
  readonly #right: readonly [number, number, number];
  readonly #down: readonly [number, number, number];
  readonly #ahead: readonly [number, number, number];
  /** World to camera, three rows of four, for the view last set. */
  readonly #world = new Float64Array(12);

  constructor(camera: CameraGeometry) {
    this.camera = camera;
    this.focalPx = focalLengthPx(camera);
    this.#right = cameraRayToCar(camera, [1, 0, 0]);
    this.#down = cameraRayToCar(camera, [0, 1, 0]);
    this.#ahead = cameraRayToCar(camera, [0, 0, 1]);
    const corner = pixelToPlane(camera, { xPx: 0, yPx: 0 });
    const limit = 1.02 * Math.hypot(corner[0], corner[1]);
    const [k1, k2] = camera.radialDistortion;
    const squared = limit * limit;
    this.#limit = limit;
    this.#limitSquared = squared;
    this.#limitValue = limit * (1 + squared * (k1 + squared * k2));
    this.#limitSlope = Math.max(0.05, 1 + squared * (3 * k1 + 5 * squared * k2));
  }

  /** Radius of the corner's ray on the plane z = 1, and a bit. */
  get reach(): number {
    return this.#limit;
  }

  setView(view: View): void {
    const cos = Math.cos(view.headingRad);
    const sin = Math.sin(view.headingRad);
    const lensX = view.xM + cos * this.camera.forwardM;
    const lensY = view.yM + sin * this.camera.forwardM;
    const axes = [this.#right, this.#down, this.#ahead];
    for (let row = 0; row < 3; row++) {
      const axis = axes[row]!;
      const x = axis[0] * cos - axis[1] * sin;
      const y = axis[0] * sin + axis[1] * cos;
      this.#world[4 * row] = x;
      this.#world[4 * row + 1] = y;
      this.#world[4 * row + 2] = axis[2];
      this.#world[4 * row + 3] = -(x * lensX + y * lensY + axis[2] * this.camera.heightM);
    }
  }

  /** World points (x, y, z after one another) to camera axes (right, down, ahead), for the view last set. */
  toCamera(points: Float32Array, count: number, out: Float64Array): void {
    const m = this.#world;
    for (let i = 0; i < 3 * count; i += 3) {
      const x = points[i]!;
      const y = points[i + 1]!;
      const z = points[i + 2]!;
      out[i] = m[0]! * x + m[1]! * y + m[2]! * z + m[3]!;
      out[i + 1] = m[4]! * x + m[5]! * y + m[6]! * z + m[7]!;
      out[i + 2] = m[8]! * x + m[9]! * y + m[10]! * z + m[11]!;
    }
  }

  /** Camera axes to pixels: out gets x, y and 1 / depth for each point; depth must be positive. */
  toPixels(points: Float64Array, count: number, out: Float64Array): void {
    const focal = this.focalPx;
    const centreX = this.camera.widthPx / 2;
    const centreY = this.camera.heightPx / 2;
    const [k1, k2] = this.camera.radialDistortion;
    const limitSquared = this.#limitSquared;
    for (let i = 0; i < 3 * count; i += 3) {
      const inverse = 1 / points[i + 2]!;
      const x = points[i]! * inverse;
      const y = points[i + 1]! * inverse;
      const squared = x * x + y * y;
      let scale: number;
      if (squared <= limitSquared) scale = 1 + squared * (k1 + squared * k2);
      else {
        const radius = Math.sqrt(squared);
        scale = (this.#limitValue + (radius - this.#limit) * this.#limitSlope) / radius;
      }
      out[i] = centreX + focal * x * scale;
      out[i + 1] = centreY + focal * y * scale;
      out[i + 2] = inverse;
    }
  }
}
