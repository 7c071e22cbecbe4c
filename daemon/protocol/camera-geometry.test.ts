import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CameraGeometry,
  cameraRayToCar,
  carPointToPixel,
  pixelToGround,
  pixelToPlane,
  planeToPixel,
} from './camera-geometry.ts';

const camera: CameraGeometry = {
  widthPx: 640,
  heightPx: 480,
  horizontalFieldOfViewRad: Math.PI / 2,
  radialDistortion: [0, 0],
  heightM: 0.2,
  pitchRad: 0,
  rollRad: 0,
  forwardM: 0.1,
};

const anyCamera: fc.Arbitrary<CameraGeometry> = fc.record({
  widthPx: fc.integer({ min: 160, max: 1280 }),
  heightPx: fc.integer({ min: 120, max: 720 }),
  horizontalFieldOfViewRad: fc.double({ min: 0.7, max: 1.6, noNaN: true }),
  radialDistortion: fc.tuple(
    fc.double({ min: -0.1, max: 0.1, noNaN: true }),
    fc.double({ min: 0, max: 0.02, noNaN: true }),
  ),
  heightM: fc.double({ min: 0.08, max: 0.4, noNaN: true }),
  pitchRad: fc.double({ min: 0, max: 0.5, noNaN: true }),
  rollRad: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
  forwardM: fc.double({ min: 0, max: 0.3, noNaN: true }),
});

describe('camera geometry', () => {
  test('a level camera sees 45 degrees down at half the picture below its centre', () => {
    // 90 degrees of view: focal length 320 px, so 240 px below the centre is a slope of 0.75.
    expect(pixelToGround(camera, { xPx: 320, yPx: 480 })).toEqual({ xM: 0.1 + 0.2 / 0.75, yM: expect.closeTo(0, 9) });
  });

  test('left of the picture is left of the car', () => {
    expect(pixelToGround(camera, { xPx: 100, yPx: 400 })?.yM).toBeGreaterThan(0);
    expect(carPointToPixel(camera, { xM: 2, yM: 0.5, zM: 0 })?.xPx).toBeLessThan(320);
  });

  test('positive pitch looks down', () => {
    expect(cameraRayToCar({ ...camera, pitchRad: 0.3 }, [0, 0, 1])[2]).toBeLessThan(0);
  });

  test('nothing on the ground lies above the horizon, nothing in the picture behind the lens', () => {
    expect(pixelToGround(camera, { xPx: 320, yPx: 200 })).toBeUndefined();
    expect(carPointToPixel(camera, { xM: -1, yM: 0, zM: 0 })).toBeUndefined();
  });

  test('distorting and undistorting are inverses', () => {
    fc.assert(
      fc.property(
        anyCamera,
        fc.double({ min: -0.9, max: 0.9, noNaN: true }),
        fc.double({ min: -0.7, max: 0.7, noNaN: true }),
        (anyOne, x, y) => {
          const [backX, backY] = pixelToPlane(anyOne, planeToPixel(anyOne, x, y));
          expect(backX).toBeCloseTo(x, 3);
          expect(backY).toBeCloseTo(y, 3);
        },
      ),
    );
  });

  test('a ground point comes back from its pixel', () => {
    fc.assert(
      fc.property(
        anyCamera,
        fc.double({ min: 0.6, max: 3, noNaN: true }),
        fc.double({ min: -0.4, max: 0.4, noNaN: true }),
        (anyOne, xM, yM) => {
          const pixel = carPointToPixel(anyOne, { xM, yM, zM: 0 });
          if (pixel === undefined) throw new Error('a point ahead of the car has a pixel');
          const back = pixelToGround(anyOne, pixel);
          expect(back?.xM).toBeCloseTo(xM, 2);
          expect(back?.yM).toBeCloseTo(yM, 2);
        },
      ),
    );
  });
});
