import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crossTrackM } from './cross-track.ts';

const straight = (yM: number) => [0.4, 0.8, 1.2].map((xM) => ({ xM, yM }));

test('a line on the right means that the car is left of it, and the other way round', () => {
  expect(crossTrackM(straight(-0.2))).toBeCloseTo(0.2);
  expect(crossTrackM(straight(0.3))).toBeCloseTo(-0.3);
  expect(crossTrackM(straight(0))).toBeCloseTo(0);
});

test('no line, a single point, and a line that begins far away say nothing', () => {
  expect(crossTrackM([])).toBeUndefined();
  expect(crossTrackM([{ xM: 0, yM: 0 }])).toBeUndefined();
  expect(crossTrackM(straight(0).map(({ xM, yM }) => ({ xM: xM + 2, yM })))).toBeUndefined();
});

test('is the distance from a line through the car’s neighbourhood, however the line is cut into pieces', () => {
  const angle = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      angle,
      fc.double({ min: -0.5, max: 0.5, noNaN: true }),
      fc.integer({ min: 2, max: 20 }),
      (rad, offset, n) => {
        // Points of a line that passes `offset` to the right of the car.
        const line = Array.from({ length: n }, (_, i) => {
          const along = 0.1 + (2 * i) / n;
          return {
            xM: along * Math.cos(rad) + offset * Math.sin(rad),
            yM: along * Math.sin(rad) - offset * Math.cos(rad),
          };
        });
        expect(crossTrackM(line)).toBeCloseTo(offset, 6);
      },
    ),
  );
});
