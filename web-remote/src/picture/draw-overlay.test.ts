import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeContained } from './draw-overlay.ts';

test('a picture keeps its shape, lies in the middle, and touches two sides', () => {
  const length = fc.integer({ min: 16, max: 4000 });
  fc.assert(
    fc.property(length, length, length, length, (width, height, boxWidth, boxHeight) => {
      const { left, top, scale } = placeContained({ width, height }, { width: boxWidth, height: boxHeight });
      expect(Math.min(left, top)).toBeCloseTo(0, 6);
      expect(left * 2 + width * scale).toBeCloseTo(boxWidth, 6);
      expect(top * 2 + height * scale).toBeCloseTo(boxHeight, 6);
    }),
  );
});
