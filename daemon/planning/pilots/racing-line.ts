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
/** Changes of a pass below this are the end. */
const settledM = 2e-4;
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
  const nx = Float64Array.from(normals, (normal) => normal.xM);
  const ny = Float64Array.from(normals, (normal) => normal.yM);
  const cx = Float64Array.from(centre, (point) => point.xM);
  const cy = Float64Array.from(centre, (point) => point.yM);
  const x = cx.slice();
  const y = cy.slice();
  for (let pass = 0; pass < iterations; pass++) {
    let largest = 0;
    for (let i = 0; i < count; i++) {
      // Gradient and curvature of the bending energy by this point's offset: it takes part in three second differences.
      let gx = 0;
      let gy = 0;
      let stiffness = centrePull;
      for (let middle = Math.max(1, i - 1); middle <= Math.min(count - 2, i + 1); middle++) {
        const weight = middle === i ? -2 : 1;
        gx += weight * (x[middle - 1]! - 2 * x[middle]! + x[middle + 1]!);
        gy += weight * (y[middle - 1]! - 2 * y[middle]! + y[middle + 1]!);
        stiffness += weight * weight;
      }
      const slope = gx * nx[i]! + gy * ny[i]! + centrePull * offsets[i]!;
      const wanted = offsets[i]! - (relaxation * slope) / stiffness;
      const offset = Math.max(least[i]!, Math.min(most[i]!, wanted));
      largest = Math.max(largest, Math.abs(offset - offsets[i]!));
      offsets[i] = offset;
      x[i] = cx[i]! + offset * nx[i]!;
      y[i] = cy[i]! + offset * ny[i]!;
    }
    if (largest < settledM) break;
  }
  return centre.map((_, i) => ({ xM: x[i]!, yM: y[i]! }));
}
