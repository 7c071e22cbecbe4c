import { describe, expect, it } from 'vitest';
import { compareDetections, type Detected } from './detections.ts';

const cone = (label: string, score: number, xPx: number) => ({
  label,
  score,
  box: { xPx, yPx: 10, widthPx: 20, heightPx: 30 },
});
const seen = (...detections: ReturnType<typeof cone>[]): Detected => ({ inputs: [{ detections }] });

describe('what two runtimes see in the same pictures', () => {
  const here = seen(cone('blue cone', 0.9, 100), cone('yellow cone', 0.8, 200));

  it('agrees within what rounding may do, and says how far apart it is at worst', () => {
    const there = seen(cone('yellow cone', 0.79, 200.5), cone('blue cone', 0.9, 101));
    const { agreed, worst, missing } = compareDetections(here, there);
    expect([agreed, missing]).toEqual([2, []]);
    expect(worst.px).toBeCloseTo(1, 6);
    expect(worst.score).toBeCloseTo(0.01, 6);
  });

  it.each([
    ['is not there', seen(cone('blue cone', 0.9, 100))],
    ['is another thing', seen(cone('blue cone', 0.9, 100), cone('blue cone', 0.8, 200))],
    ['is elsewhere', seen(cone('blue cone', 0.9, 100), cone('yellow cone', 0.8, 202))],
    ['is not as sure', seen(cone('blue cone', 0.9, 100), cone('yellow cone', 0.7, 200))],
  ])('does not agree where one %s', (_, there) => {
    const { agreed, missing } = compareDetections(here, there);
    expect(agreed).toBe(1);
    expect(missing).toEqual([expect.stringMatching(/^picture 0: yellow cone 0\.800 at /)]);
  });

  it('does not count what is at the threshold, nor a picture that was left out', () => {
    expect(compareDetections(seen(cone('blue cone', 0.34, 1)), seen()).missing).toEqual([]);
    expect(compareDetections(here, { inputs: [] }).missing).toHaveLength(2);
  });
});
