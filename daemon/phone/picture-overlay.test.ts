import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../car/load-config.ts';
import type { Plan } from '../protocol/telemetry.ts';
import { groundOverlay, laneBorders, trajectory } from './picture-overlay.ts';

const { camera, vehicle } = loadConfig({});
const ahead = [0.4, 0.8, 1.2, 1.6, 2].map((xM) => ({ xM, yM: 0 }));
const cone = (xM: number, yM: number, colour: 'blue' | 'yellow' | 'orange') => ({ xM, yM, colour });
const plan: Plan = {
  // In no order.
  cones: [cone(1.2, 0.5, 'blue'), cone(0.5, -0.5, 'yellow'), cone(0.4, 0.5, 'blue'), cone(1.1, -0.5, 'yellow')],
  centreLine: ahead,
  speedMps: 1,
  because: 'curve',
};

describe('the borders of the lane', () => {
  test('join the cones of each side in the order of the path', () => {
    expect(laneBorders(plan)).toEqual([
      [
        { xM: 0.4, yM: 0.5 },
        { xM: 1.2, yM: 0.5 },
      ],
      [
        { xM: 0.5, yM: -0.5 },
        { xM: 1.1, yM: -0.5 },
      ],
    ]);
  });

  test('do not bridge a gap, and one cone is no border', () => {
    const far = { ...plan, centreLine: [...ahead, { xM: 4, yM: 0 }], cones: [...plan.cones, cone(4, 0.5, 'blue')] };
    expect(laneBorders(far)).toEqual(laneBorders(plan));
  });

  test('without a path there are none', () => {
    expect(laneBorders({ ...plan, centreLine: [] })).toEqual([]);
  });
});

describe('the trajectory', () => {
  test('is straight with straight wheels, as long as the car drives in a second', () => {
    expect(trajectory(vehicle, 0, 2).at(-1)).toEqual({ xM: 2, yM: 0 });
  });

  test('bends to the side of the wheels, keeps its length, and left mirrors right', () => {
    const number = (max: number) => fc.double({ min: 0.01, max, noNaN: true });
    fc.assert(
      fc.property(number(1), number(3), (steering, speedMps) => {
        const left = trajectory(vehicle, steering, speedMps);
        const right = trajectory(vehicle, -steering, speedMps);
        expect(left.at(1)?.yM).toBeGreaterThan(0);
        for (const [i, point] of left.entries()) {
          expect(right[i]?.xM).toBeCloseTo(point.xM, 9);
          expect(right[i]?.yM).toBeCloseTo(-point.yM, 9);
        }
        const chords = left.slice(1).reduce((sum, point, i) => {
          const before = left[i] ?? point;
          return sum + Math.hypot(point.xM - before.xM, point.yM - before.yM);
        }, 0);
        const lengthM = Math.max(0.5, speedMps);
        expect(chords).toBeLessThanOrEqual(lengthM + 1e-9);
        expect(chords).toBeGreaterThan(0.9 * lengthM);
      }),
    );
  });
});

test('what lies ahead of the camera is on the picture, what lies under it is left out', () => {
  const overlay = groundOverlay({ camera, vehicle, plan, steering: 0.3, speedMps: 1.5 });
  expect(overlay.pathPx.length).toBeGreaterThan(2);
  expect(overlay.trajectoryPx.length).toBeGreaterThan(2);
  expect(overlay.trajectoryPx.length).toBeLessThan(16);
  expect(overlay.trajectoryPx.every(({ xPx, yPx }) => Number.isFinite(xPx) && Number.isFinite(yPx))).toBe(true);
  expect(overlay.laneBordersPx).toHaveLength(2);
});
