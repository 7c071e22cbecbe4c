import { type CameraGeometry, carPointToPixel, type PixelPoint } from './camera-geometry.ts';

/** One line of a grid on the ground, as the camera sees it; in frame pixels, with every point in front of the lens. */
export interface GridLine {
  /** Ahead of the rear axle for a line across, to the left for a line along. */
  readonly atM: number;
  readonly runs: 'across' | 'along';
  readonly points: readonly PixelPoint[];
}

const stepM = 0.05;

/**
 * A grid of squares on flat ground, to be laid over the picture: where it does not lie on a pattern of known size, the
 * camera's height, pitch or field of view are not what they are believed to be.
 */
export function groundGrid(
  camera: CameraGeometry,
  grid: { readonly squareM: number; readonly nearM: number; readonly farM: number; readonly halfWidthM: number },
): GridLine[] {
  const across = spread(grid.nearM, grid.farM, grid.squareM).map((xM) =>
    line(
      camera,
      'across',
      xM,
      spread(-grid.halfWidthM, grid.halfWidthM, stepM).map((yM) => ({ xM, yM })),
    ),
  );
  const along = spread(-grid.halfWidthM, grid.halfWidthM, grid.squareM).map((yM) =>
    line(
      camera,
      'along',
      yM,
      spread(grid.nearM, grid.farM, stepM).map((xM) => ({ xM, yM })),
    ),
  );
  return [...across, ...along].filter((one) => one.points.length > 1);
}

function line(
  camera: CameraGeometry,
  runs: GridLine['runs'],
  atM: number,
  ground: readonly { readonly xM: number; readonly yM: number }[],
): GridLine {
  return { runs, atM, points: ground.flatMap((point) => carPointToPixel(camera, { ...point, zM: 0 }) ?? []) };
}

/** Both ends included, whatever rounding does. */
function spread(from: number, to: number, by: number): number[] {
  return Array.from({ length: Math.floor((to - from) / by + 1e-6) + 1 }, (_, i) => from + i * by);
}
