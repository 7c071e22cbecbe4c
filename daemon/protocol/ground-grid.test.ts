import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pixelToGround } from './camera-geometry.ts';
import { groundGrid } from './ground-grid.ts';

const lens = { widthPx: 640, heightPx: 480, radialDistortion: [-0.05, 0.005], forwardM: 0.1 } as const;
const cameras = fc.record({
  horizontalFieldOfViewRad: fc.double({ min: 0.7, max: 1.4, noNaN: true }),
  heightM: fc.double({ min: 0.08, max: 0.4, noNaN: true }),
  pitchRad: fc.double({ min: 0.05, max: 0.4, noNaN: true }),
  rollRad: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
});
const grid = { squareM: 0.3, nearM: 0.6, farM: 1.8, halfWidthM: 0.3 };

test('every point of the grid lies on the ground where its line says', () => {
  let compared = 0;
  fc.assert(
    fc.property(cameras, (mount) => {
      const camera = { ...lens, ...mount };
      const lines = groundGrid(camera, grid);
      expect(lines.filter((line) => line.runs === 'across').map((line) => line.atM)).toHaveLength(5);
      expect(lines.filter((line) => line.runs === 'along')).toHaveLength(3);
      for (const { runs, atM, points } of lines) {
        for (const point of points) {
          const inPicture = point.xPx >= 0 && point.xPx <= 640 && point.yPx >= 0 && point.yPx <= 480;
          const ground = inPicture ? pixelToGround(camera, point) : undefined;
          if (ground === undefined) continue;
          compared++;
          expect(runs === 'across' ? ground.xM : ground.yM).toBeCloseTo(atM, 2);
        }
      }
    }),
  );
  expect(compared).toBeGreaterThan(1000);
});

test('what lies behind the lens is not drawn', () => {
  const camera = { ...lens, horizontalFieldOfViewRad: 1, heightM: 0.2, pitchRad: 0, rollRad: 0 };
  const lines = groundGrid(camera, { ...grid, nearM: -1.2, farM: 0.6 });
  const across = lines.filter((line) => line.runs === 'across').map((line) => Number(line.atM.toFixed(3)));
  expect(across).toEqual([0.3, 0.6]);
});
