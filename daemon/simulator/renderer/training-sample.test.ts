import { describe, expect, it } from 'vitest';
import { createTrainingSample, sampleHeightPx, sampleWidthPx } from './training-sample.ts';

describe('training samples', () => {
  const samples = Array.from({ length: 40 }, (_, index) => createTrainingSample(5, index));

  it('depend on seed and number alone', () => {
    const again = createTrainingSample(5, 3);
    expect(again.seed).toBe(samples[3]!.seed);
    expect(again.objects).toEqual(samples[3]!.objects);
    expect(Buffer.from(again.pixels).equals(samples[3]!.pixels)).toBe(true);
    expect(Buffer.from(createTrainingSample(6, 3).pixels).equals(samples[3]!.pixels)).toBe(false);
  });

  it('have boxes inside the picture, and call what is tiny or hidden `ignore`', () => {
    for (const { objects, pixels } of samples) {
      expect(pixels).toHaveLength(sampleWidthPx * sampleHeightPx * 3);
      for (const { box, visible, ignore } of objects) {
        const [left, top, right, bottom] = box;
        expect(left).toBeGreaterThanOrEqual(0);
        expect(top).toBeGreaterThanOrEqual(0);
        expect(right).toBeLessThanOrEqual(sampleWidthPx);
        expect(bottom).toBeLessThanOrEqual(sampleHeightPx);
        expect(right).toBeGreaterThanOrEqual(left);
        expect(bottom).toBeGreaterThanOrEqual(top);
        expect(visible).toBeGreaterThan(0);
        expect(visible).toBeLessThanOrEqual(1);
        if (!ignore) {
          expect(visible).toBeGreaterThanOrEqual(0.35);
          expect(bottom - top).toBeGreaterThanOrEqual(5.98);
          expect(right - left).toBeGreaterThanOrEqual(3.98);
        }
      }
    }
  });

  it('ignore slivers at the picture’s edge', () => {
    const slivers = samples
      .flatMap(({ objects }) => objects)
      .filter(({ box: [left, top, right, bottom] }) => {
        const isAtSide = left === 0 || right === sampleWidthPx;
        return isAtSide && right - left < 6 && bottom - top > 3 * (right - left);
      });
    expect(slivers.length).toBeGreaterThan(0);
    expect(slivers.filter(({ ignore }) => !ignore)).toEqual([]);
  });

  it('show every class and are not one like another', () => {
    const classes = new Set(
      samples.flatMap(({ objects }) => objects.filter(({ ignore }) => !ignore).map((o) => o.classId)),
    );
    expect([...classes].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    const brightness = samples.map(({ pixels }) => pixels.reduce((sum, value) => sum + value, 0) / pixels.length);
    expect(Math.max(...brightness) - Math.min(...brightness)).toBeGreaterThan(60);
  });
});
