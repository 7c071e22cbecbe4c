import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { GroundPoint } from '../../protocol/geometry.ts';
import { distance } from '../plane.ts';
import { centreOf, mirroredPoint } from '../testing/arc-cones.ts';
import type { Corridor } from './centre-line.ts';
import { straighten } from './racing-line.ts';

const options = { clearanceM: 0.15, maxShare: 0.6 };

/** A way that bends one way and then, perhaps, the other. */
const anyCorridor: fc.Arbitrary<Corridor> = fc
  .record({
    first: fc.noBias(fc.integer({ min: -120, max: 120 })),
    later: fc.noBias(fc.integer({ min: -120, max: 120 })),
    left: fc.noBias(fc.integer({ min: 20, max: 70 })),
    right: fc.noBias(fc.integer({ min: 20, max: 70 })),
  })
  .map(({ first, later, left, right }) => {
    const centre: GroundPoint[] = [];
    let pose = centreOf({ curvaturePerM: 0 }, 0);
    for (let i = 0; i < 40; i++) {
      centre.push({ xM: pose.xM, yM: pose.yM });
      const headingRad = pose.headingRad + (0.1 * (i < 20 ? first : later)) / 100;
      pose = { xM: pose.xM + 0.1 * Math.cos(headingRad), yM: pose.yM + 0.1 * Math.sin(headingRad), headingRad };
    }
    const room = (centimetres: number) => centre.map(() => centimetres / 100);
    return { centre, roomLeftM: room(left), roomRightM: room(right), widthM: undefined };
  });

function bending(line: readonly GroundPoint[]): number {
  return line.slice(1, -1).reduce((sum, b, i) => {
    const [a, c] = [line[i]!, line[i + 2]!];
    return sum + (a.xM - 2 * b.xM + c.xM) ** 2 + (a.yM - 2 * b.yM + c.yM) ** 2;
  }, 0);
}

it('keeps its clearance and its share of the room, and bends no more than the centre', () => {
  let straighter = 0;
  fc.assert(
    fc.property(anyCorridor, (corridor) => {
      const line = straighten(corridor, options);
      expect(line).toHaveLength(corridor.centre.length);
      for (const [i, point] of line.entries()) {
        const centre = corridor.centre[i]!;
        const before = corridor.centre[Math.max(0, i - 1)]!;
        const after = corridor.centre[Math.min(corridor.centre.length - 1, i + 1)]!;
        const isLeft =
          (after.xM - before.xM) * (point.yM - centre.yM) > (after.yM - before.yM) * (point.xM - centre.xM);
        const roomM = isLeft ? corridor.roomLeftM[i]! : corridor.roomRightM[i]!;
        expect(distance(point, centre)).toBeLessThanOrEqual(
          Math.min(roomM - options.clearanceM, options.maxShare * roomM) + 1e-9,
        );
      }
      expect(bending(line)).toBeLessThanOrEqual(bending(corridor.centre) + 1e-9);
      if (bending(line) < 0.9 * bending(corridor.centre)) straighter++;
    }),
  );
  expect(straighter).toBeGreaterThan(50);
});

it('in a mirror is the mirrored line', () => {
  fc.assert(
    fc.property(anyCorridor, (corridor) => {
      const mirrored = straighten(
        {
          ...corridor,
          centre: corridor.centre.map(mirroredPoint),
          roomLeftM: corridor.roomRightM,
          roomRightM: corridor.roomLeftM,
        },
        options,
      );
      for (const [i, point] of straighten(corridor, options).entries()) {
        expect(mirrored[i]!.xM).toBeCloseTo(point.xM, 9);
        expect(mirrored[i]!.yM).toBeCloseTo(-point.yM, 9);
      }
    }),
  );
});

it('leaves a border that the centre is too close to', () => {
  const centre = Array.from({ length: 20 }, (_, i) => ({ xM: 0.1 * i, yM: 0 }));
  const corridor = { centre, roomLeftM: centre.map(() => 0.05), roomRightM: centre.map(() => 0.8), widthM: undefined };
  for (const { yM } of straighten(corridor, options)) expect(yM).toBeLessThanOrEqual(-0.1 + 1e-9);
});
