import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CameraGeometry, carPointToPixel, pixelToGround } from '../../protocol/camera-geometry.ts';
import { createFloorTexture } from '../scene/floor-texture.ts';
import { Lens } from './lens.ts';
import { createRayTable, skyLevel } from './ray-table.ts';

const degrees = Math.PI / 180;

const cameras: fc.Arbitrary<CameraGeometry> = fc.record({
  widthPx: fc.constant(160),
  heightPx: fc.constant(120),
  horizontalFieldOfViewRad: fc.double({ min: 45 * degrees, max: 85 * degrees, noNaN: true }),
  radialDistortion: fc.tuple(
    fc.double({ min: -0.06, max: 0.06, noNaN: true }),
    fc.double({ min: -0.004, max: 0.01, noNaN: true }),
  ),
  heightM: fc.double({ min: 0.08, max: 0.35, noNaN: true }),
  pitchRad: fc.double({ min: -5 * degrees, max: 25 * degrees, noNaN: true }),
  rollRad: fc.double({ min: -5 * degrees, max: 5 * degrees, noNaN: true }),
  forwardM: fc.double({ min: -0.1, max: 0.2, noNaN: true }),
});

const panorama = { columns: 1024, rows: 128 };

const poses = fc.record({
  xM: fc.double({ min: -50, max: 50, noNaN: true }),
  yM: fc.double({ min: -50, max: 50, noNaN: true }),
  headingRad: fc.double({ min: -7, max: 7, noNaN: true }),
});

describe('the lens', () => {
  it('puts a point where the camera geometry says, wherever the car stands', () => {
    fc.assert(
      fc.property(
        cameras,
        poses,
        fc.record({
          xM: fc.double({ min: 0.3, max: 8, noNaN: true }),
          yM: fc.double({ min: -6, max: 6, noNaN: true }),
          zM: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        (camera, pose, point) => {
          const expected = carPointToPixel(camera, point);
          fc.pre(expected !== undefined);
          fc.pre(expected.xPx >= 0 && expected.xPx <= 160 && expected.yPx >= 0 && expected.yPx <= 120);
          // A point far outside that a folding polynomial brings back is no picture point.
          fc.pre(Math.hypot(point.yM, point.zM - camera.heightM) < 1.2 * (point.xM - camera.forwardM));
          const lens = new Lens(camera);
          lens.setView({ ...pose, speedMps: 0, yawRateRadps: 0 });
          const cos = Math.cos(pose.headingRad);
          const sin = Math.sin(pose.headingRad);
          const world = new Float32Array([
            pose.xM + point.xM * cos - point.yM * sin,
            pose.yM + point.xM * sin + point.yM * cos,
            point.zM,
          ]);
          const pixel = new Float64Array(3);
          lens.toCamera(world, 1, pixel);
          lens.toPixels(pixel, 1, pixel);
          expect(pixel[0]).toBeCloseTo(expected.xPx, 1);
          expect(pixel[1]).toBeCloseTo(expected.yPx, 1);
        },
      ),
    );
  });

  it('never brings a point from beside the picture into it', () => {
    const camera: CameraGeometry = {
      widthPx: 160,
      heightPx: 120,
      horizontalFieldOfViewRad: 1.4,
      radialDistortion: [-0.08, 0],
      heightM: 0.16,
      pitchRad: 0,
      rollRad: 0,
      forwardM: 0,
    };
    const folded = carPointToPixel(camera, { xM: 0.3, yM: -1, zM: 0.16 });
    // The bare polynomial folds: this point, 73 degrees to the right, would land in the picture.
    expect(folded?.xPx).toBeLessThan(camera.widthPx);
    const lens = new Lens(camera);
    lens.setView({ xM: 0, yM: 0, headingRad: 0, speedMps: 0, yawRateRadps: 0 });
    const pixel = new Float64Array(3);
    lens.toCamera(new Float32Array([0.3, -1, 0.16]), 1, pixel);
    lens.toPixels(pixel, 1, pixel);
    expect(pixel[0]).toBeGreaterThan(camera.widthPx);
  });
});

describe('the ray table', () => {
  it('agrees with pixelToGround in every pixel, near the horizon to a share of the distance', () => {
    const floor = createFloorTexture({ kind: 'plain', seed: 1, sizeCells: 64 });
    fc.assert(
      fc.property(
        cameras,
        fc.integer({ min: 0, max: 159 }),
        fc.integer({ min: 0, max: 119 }),
        (camera, column, row) => {
          const rays = createRayTable(camera, floor, panorama);
          const at = row * camera.widthPx + column;
          const expected = pixelToGround(camera, { xPx: column + 0.5, yPx: row + 0.5 });
          if (rays.levels[at] === skyLevel) {
            const distanceM = expected === undefined ? Infinity : Math.hypot(expected.xM, expected.yM);
            expect(distanceM).toBeGreaterThan(100);
            return;
          }
          expect(expected).toBeDefined();
          const distanceM = Math.hypot(expected!.xM - camera.forwardM, expected!.yM);
          const unitM = (floor.cellM * 2 ** rays.levels[at]!) / 16;
          const tolerance = unitM + 0.01 * distanceM * Math.max(1, distanceM / camera.heightM / 100);
          expect(Math.abs(rays.first[at]! * unitM - expected!.xM)).toBeLessThan(tolerance);
          expect(Math.abs(rays.second[at]! * unitM - expected!.yM)).toBeLessThan(tolerance);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('refuses a lens that folds the picture over, and says what to change', () => {
    const floor = createFloorTexture({ kind: 'plain', seed: 1, sizeCells: 64 });
    const camera: CameraGeometry = {
      widthPx: 160,
      heightPx: 120,
      horizontalFieldOfViewRad: 1.9,
      radialDistortion: [-0.4, 0],
      heightM: 0.16,
      pitchRad: 0.1,
      rollRad: 0,
      forwardM: 0,
    };
    expect(() => createRayTable(camera, floor, panorama)).toThrow(/radialDistortion .* use smaller coefficients/);
  });
});
