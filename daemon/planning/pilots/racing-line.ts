import type { GroundPoint } from '../../protocol/geometry.ts';
import { bearing } from '../plane.ts';
import type { Corridor } from './centre-line.ts';

export interface LineOptions {
  /** Half the car's width and what must stay free beside it. */
  readonly clearanceM: number;
  /** Never farther from the centre than this share of the room. */
  readonly maxShare: number;
}

const iterations = 250;
const relaxation = 1.2;
/** Pull to the centre against the wish to be straight: small, it matters where nothing else does. */
const centrePull = 0.004;

/**
 * The line through the corridor that bends least: each point may move across the corridor as far as the room allows, and
 * the sum of squared second differences is made small, point after point (projected Gauss-Seidel). It cuts the inside of
 * bends that the centre line takes too tightly.
 */
export function straighten(corridor: Corridor, options: LineOptions): GroundPoint[] {
  const { centre } = corridor;
  const count = centre.length;
  const normals = centre.map((_, i) => {
    const along = bearing(centre[Math.max(0, i - 1)]!, centre[Math.min(count - 1, i + 1)]!);
    return { xM: -Math.sin(along), yM: Math.cos(along) };
  });
  const room = (roomM: number): number => Math.max(0, Math.min(roomM - options.clearanceM, roomM * options.maxShare));
  const most = corridor.roomLeftM.map(room);
  const least = corridor.roomRightM.map((roomM) => -room(roomM));
  // Where the centre itself is too close to a border, keep to the clear side of it.
  for (let i = 0; i < count; i++) {
    const shortLeft = options.clearanceM - corridor.roomLeftM[i]!;
    const shortRight = options.clearanceM - corridor.roomRightM[i]!;
    if (shortLeft > 0 && shortRight < 0) most[i] = Math.max(least[i]!, -shortLeft);
    if (shortRight > 0 && shortLeft < 0) least[i] = Math.min(most[i]!, shortRight);
  }
  const offsets = new Float64Array(count);
  const x = Float64Array.from(centre, (point) => point.xM);
  const y = Float64Array.from(centre, (point) => point.yM);
  const place = (i: number): void => {
    x[i] = centre[i]!.xM + offsets[i]! * normals[i]!.xM;
    y[i] = centre[i]!.yM + offsets[i]! * normals[i]!.yM;
  };
  for (let pass = 0; pass < iterations; pass++) {
    for (let i = 0; i < count; i++) {
      // Gradient and curvature of the bending energy by this point's offset.
      let gx = 0;
      let gy = 0;
      let stiffness = centrePull;
      for (const [middle, weight] of [
        [i - 1, 1],
        [i, -2],
        [i + 1, 1],
      ] as const) {
        if (middle < 1 || middle > count - 2) continue;
        gx += weight * (x[middle - 1]! - 2 * x[middle]! + x[middle + 1]!);
        gy += weight * (y[middle - 1]! - 2 * y[middle]! + y[middle + 1]!);
        stiffness += weight * weight;
      }
      const slope = gx * normals[i]!.xM + gy * normals[i]!.yM + centrePull * offsets[i]!;
      const wanted = offsets[i]! - (relaxation * slope) / stiffness;
      offsets[i] = Math.max(least[i]!, Math.min(most[i]!, wanted));
      place(i);
    }
  }
  return centre.map((_, i) => ({ xM: x[i]!, yM: y[i]! }));
}
