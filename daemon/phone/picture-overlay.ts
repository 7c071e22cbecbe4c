import type { Vehicle } from '../car/config.ts';
import { type CameraGeometry, carPointToPixel } from '../protocol/camera-geometry.ts';
import type { GroundPoint } from '../protocol/geometry.ts';
import type { PixelPolyline } from '../protocol/remote-messages.ts';
import type { Plan } from '../protocol/telemetry.ts';

/** How far ahead in time the trajectory shows where the wheels lead. */
const trajectoryS = 1;
/** Of a car that stands, so that one sees where it would go. */
const shortestTrajectoryM = 0.5;
const trajectoryPoints = 16;
/** Neighbours of a border further apart than this are not joined: a gap is a gap. */
const widestGapM = 1.6;
/** Cones further from the path than this stand beside some other part of the track. */
const furthestFromPathM = 1;

type Pixel = PixelPolyline[number];

/** What the page draws over the picture that lies on the ground: points of the frame, near ones first. */
export interface GroundOverlay {
  readonly pathPx: PixelPolyline;
  readonly laneBordersPx: PixelPolyline[];
  readonly trajectoryPx: PixelPolyline;
}

/** In pixels of a frame of the camera's own size. Lines are empty where nothing of them lies in the picture. */
export function groundOverlay(options: {
  readonly camera: CameraGeometry;
  readonly vehicle: Vehicle;
  readonly plan: Plan;
  /** Normalised, +1 left: where the wheels stand. */
  readonly steering: number;
  readonly speedMps: number;
}): GroundOverlay {
  const { camera, plan } = options;
  const onPicture = (points: readonly GroundPoint[]): PixelPolyline =>
    points.flatMap((point) => toTenth(carPointToPixel(camera, { ...point, zM: 0 })) ?? []);
  return {
    pathPx: onPicture(plan.centreLine),
    laneBordersPx: laneBorders(plan).map(onPicture),
    trajectoryPx: onPicture(trajectory(options.vehicle, options.steering, options.speedMps)),
  };
}

/** Finer than that nobody sees, and every picture carries some hundred of them. */
function toTenth(pixel: Pixel | undefined): Pixel | undefined {
  return pixel && { xPx: Math.round(pixel.xPx * 10) / 10, yPx: Math.round(pixel.yPx * 10) / 10 };
}

/** The cones of each side joined in the order in which the path passes them. Without a path there is no order. */
export function laneBorders(plan: Pick<Plan, 'cones' | 'centreLine'>): GroundPoint[][] {
  const borders: GroundPoint[][] = [];
  for (const colour of ['blue', 'yellow'] as const) {
    const along = plan.cones
      .filter((cone) => cone.colour === colour)
      .map((cone) => ({ point: { xM: cone.xM, yM: cone.yM }, at: nearestIndex(plan.centreLine, cone) }))
      .filter(({ at }) => at !== undefined)
      .sort(
        (a, b) => (a.at ?? 0) - (b.at ?? 0) || Math.hypot(a.point.xM, a.point.yM) - Math.hypot(b.point.xM, b.point.yM),
      );
    let border: GroundPoint[] = [];
    for (const { point } of along) {
      const last = border.at(-1);
      if (last !== undefined && Math.hypot(point.xM - last.xM, point.yM - last.yM) > widestGapM) {
        borders.push(border);
        border = [];
      }
      border.push(point);
    }
    borders.push(border);
  }
  return borders.filter((border) => border.length > 1);
}

/** Of the point of the path that a cone stands beside; undefined where it stands beside none. */
function nearestIndex(line: readonly GroundPoint[], to: GroundPoint): number | undefined {
  let best: { readonly index: number; readonly distanceM: number } | undefined;
  for (const [index, point] of line.entries()) {
    const distanceM = Math.hypot(point.xM - to.xM, point.yM - to.yM);
    if (best === undefined || distanceM < best.distanceM) best = { index, distanceM };
  }
  return best !== undefined && best.distanceM <= furthestFromPathM ? best.index : undefined;
}

/** Where the rear axle goes within the next second if nothing changes: an arc of the kinematic bicycle, in the car's frame. */
export function trajectory(
  vehicle: Pick<Vehicle, 'wheelbaseM' | 'maxSteeringRad'>,
  steering: number,
  speedMps: number,
): GroundPoint[] {
  const lengthM = Math.max(shortestTrajectoryM, Math.abs(speedMps) * trajectoryS);
  const curvaturePerM = Math.tan(steering * vehicle.maxSteeringRad) / vehicle.wheelbaseM;
  return Array.from({ length: trajectoryPoints }, (_, i) => {
    const alongM = (lengthM * i) / (trajectoryPoints - 1);
    const turnedRad = curvaturePerM * alongM;
    if (Math.abs(turnedRad) < 1e-6) return { xM: alongM, yM: 0 };
    return { xM: Math.sin(turnedRad) / curvaturePerM, yM: (1 - Math.cos(turnedRad)) / curvaturePerM };
  });
}
