import type { GroundPoint } from './geometry.ts';

/**
 * A pinhole camera with radial distortion (Brown-Conrady, as OpenCV's k1 and k2), mounted on the car.
 * Camera axes: z along the view, x right, y down. Car axes (REP-103): x forward, y left, z up.
 */
export interface CameraGeometry {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Of the undistorted picture, edge to edge. */
  readonly horizontalFieldOfViewRad: number;
  readonly radialDistortion: readonly [k1: number, k2: number];
  /** Lens above the ground. */
  readonly heightM: number;
  /** Positive looks down (a rotation about y left, REP-103). */
  readonly pitchRad: number;
  /** Positive leans to the right (a rotation about x forward). */
  readonly rollRad: number;
  /** Lens ahead of the rear axle. */
  readonly forwardM: number;
}

export interface PixelPoint {
  readonly xPx: number;
  readonly yPx: number;
}

/** Pixels per unit of the normalised image plane. */
export function focalLengthPx(camera: CameraGeometry): number {
  return camera.widthPx / 2 / Math.tan(camera.horizontalFieldOfViewRad / 2);
}

/**
 * Undistorts a pixel: its point on the plane z = 1 of the camera. Fixed-point iteration (OpenCV's undistortPoints);
 * converges for the mild lenses that radial terms describe.
 */
export function pixelToPlane(camera: CameraGeometry, pixel: PixelPoint): readonly [x: number, y: number] {
  const focal = focalLengthPx(camera);
  const xd = (pixel.xPx - camera.widthPx / 2) / focal;
  const yd = (pixel.yPx - camera.heightPx / 2) / focal;
  const [k1, k2] = camera.radialDistortion;
  let x = xd;
  let y = yd;
  if (k1 === 0 && k2 === 0) return [x, y];
  for (let i = 0; i < 12; i++) {
    const r2 = x * x + y * y;
    const scale = 1 + r2 * (k1 + r2 * k2);
    x = xd / scale;
    y = yd / scale;
  }
  return [x, y];
}

/** Distorts a point of the plane z = 1 and places it in the picture. */
export function planeToPixel(camera: CameraGeometry, x: number, y: number): PixelPoint {
  const focal = focalLengthPx(camera);
  const [k1, k2] = camera.radialDistortion;
  const r2 = x * x + y * y;
  const scale = 1 + r2 * (k1 + r2 * k2);
  return { xPx: camera.widthPx / 2 + focal * x * scale, yPx: camera.heightPx / 2 + focal * y * scale };
}

/** Direction of a camera ray (x right, y down, z forward) in car axes (x forward, y left, z up); not normalised. */
export function cameraRayToCar(
  camera: CameraGeometry,
  ray: readonly [x: number, y: number, z: number],
): readonly [x: number, y: number, z: number] {
  const cosRoll = Math.cos(camera.rollRad);
  const sinRoll = Math.sin(camera.rollRad);
  const right = ray[0] * cosRoll - ray[1] * sinRoll;
  const down = ray[0] * sinRoll + ray[1] * cosRoll;
  const cosPitch = Math.cos(camera.pitchRad);
  const sinPitch = Math.sin(camera.pitchRad);
  return [ray[2] * cosPitch - down * sinPitch, -right, -ray[2] * sinPitch - down * cosPitch];
}

/**
 * Where a pixel's ray meets the ground, in the car's frame (metres from the rear axle). Undefined at and above the
 * horizon.
 */
export function pixelToGround(camera: CameraGeometry, pixel: PixelPoint): GroundPoint | undefined {
  const [x, y] = pixelToPlane(camera, pixel);
  const [forward, left, up] = cameraRayToCar(camera, [x, y, 1]);
  if (up >= -1e-6) return undefined;
  const reach = camera.heightM / -up;
  return { xM: camera.forwardM + forward * reach, yM: left * reach };
}

/** The pixel of a point in the car's frame. Undefined behind the lens. */
export function carPointToPixel(
  camera: CameraGeometry,
  point: { readonly xM: number; readonly yM: number; readonly zM: number },
): PixelPoint | undefined {
  const forward = point.xM - camera.forwardM;
  const up = point.zM - camera.heightM;
  const cosPitch = Math.cos(camera.pitchRad);
  const sinPitch = Math.sin(camera.pitchRad);
  const depth = forward * cosPitch - up * sinPitch;
  const down = -forward * sinPitch - up * cosPitch;
  if (depth <= 1e-3) return undefined;
  const cosRoll = Math.cos(camera.rollRad);
  const sinRoll = Math.sin(camera.rollRad);
  const x = -point.yM * cosRoll + down * sinRoll;
  const y = point.yM * sinRoll + down * cosRoll;
  return planeToPixel(camera, x / depth, y / depth);
}
