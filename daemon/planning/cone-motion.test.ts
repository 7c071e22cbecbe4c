import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConePair, type Motion, motionOf } from './cone-motion.ts';
import type { GroundEstimate } from './ground-estimate.ts';
import { toFrame } from './plane.ts';

const coordinate = (atMost: number) => fc.double({ min: -atMost, max: atMost, noNaN: true });
const motions = fc.record({ xM: coordinate(0.6), yM: coordinate(0.2), turnRad: coordinate(0.5) });
const uncertainties = fc.record({
  xx: fc.double({ min: 1e-4, max: 4e-2, noNaN: true }),
  yy: fc.double({ min: 1e-4, max: 4e-2, noNaN: true }),
  correlation: coordinate(0.9),
});
/** A cone in each cell of a raster, so that no two are one and they never lie all in a line. */
const cells = [0, 1].flatMap((column) => [0, 1, 2].map((row) => ({ xM: 0.6 + 0.5 * row, yM: -0.5 + column })));
const places = fc.tuple(
  ...cells.map(({ xM, yM }) =>
    fc.record({ xM: coordinate(0.15), yM: coordinate(0.15), doubt: uncertainties }).map((off) => ({
      xM: xM + off.xM,
      yM: yM + off.yM,
      xx: off.doubt.xx,
      yy: off.doubt.yy,
      xy: off.doubt.correlation * Math.sqrt(off.doubt.xx * off.doubt.yy),
    })),
  ),
);

function seenAfter(motion: Motion, old: GroundEstimate): ConePair {
  const pose = { xM: motion.xM, yM: motion.yM, headingRad: motion.turnRad };
  return { old, now: { ...old, ...toFrame(pose, old) } };
}

describe('the motion of the car by the cones', () => {
  it('is the one that took them from where they were to where they are, whatever they are worth', () => {
    fc.assert(
      fc.property(motions, places, (motion, cones) => {
        const measured = motionOf(cones.map((cone) => seenAfter(motion, cone)));
        expect(measured?.xM).toBeCloseTo(motion.xM, 4);
        expect(measured?.yM).toBeCloseTo(motion.yM, 4);
        expect(measured?.turnRad).toBeCloseTo(motion.turnRad, 4);
      }),
    );
  });

  it('does not believe a cone that was taken for another: without it, or not at all', () => {
    let found = 0;
    fc.assert(
      fc.property(motions, places, fc.nat(cells.length - 1), (motion, cones, wrong) => {
        const sure = cones.map((cone) => ({ ...cone, xx: 1e-4, yy: 1e-4, xy: 0 }));
        const pairs = sure.map((cone) => seenAfter(motion, cone));
        const mistaken = pairs.map((pair, index) =>
          index === wrong ? { ...pair, now: { ...pair.now, yM: pair.now.yM + 0.3 } } : pair,
        );
        const measured = motionOf(mistaken);
        if (measured === undefined) return;
        found++;
        expect(Math.hypot(measured.xM - motion.xM, measured.yM - motion.yM)).toBeLessThan(0.02);
      }),
    );
    expect(found).toBeGreaterThan(0);
  });

  it('is known the better, the better the cones are', () => {
    const motion = { xM: 0.4, yM: 0.02, turnRad: 0.1 };
    const [good, poor] = [1e-4, 1e-2].map((variance) =>
      motionOf(cells.map((cell) => seenAfter(motion, { ...cell, xx: variance, yy: variance, xy: 0 }))),
    );
    expect(poor!.deviationRad / good!.deviationRad).toBeCloseTo(10, 3);
  });

  it('is not said of fewer than three cones', () => {
    const pairs = cells
      .slice(0, 2)
      .map((cell) => seenAfter({ xM: 0.4, yM: 0, turnRad: 0 }, { ...cell, xx: 1e-4, yy: 1e-4, xy: 0 }));
    expect(motionOf(pairs)).toBeUndefined();
  });
});
