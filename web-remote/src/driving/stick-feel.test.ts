import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shapeDemand } from './stick-feel.ts';

const axis = fc.double({ min: -1, max: 1, noNaN: true });
const cap = fc.double({ min: 0.1, max: 1, noNaN: true });

test('a stick to the right steers right, which is negative; forward is positive', () => {
  expect(shapeDemand({ right: 1, up: 1 }, 1)).toEqual({ steering: -1, throttle: 1 });
  expect(shapeDemand({ right: -1, up: -1 }, 0.5)).toEqual({ steering: 1, throttle: -0.5 });
});

test('the middle is exactly neutral', () => {
  expect(shapeDemand({ right: 0.05, up: -0.05 }, 1)).toEqual({ steering: 0, throttle: 0 });
});

test('the cap holds, both ways are alike, and more stick never means less', () => {
  fc.assert(
    fc.property(axis, axis, cap, (a, b, throttleCap) => {
      const at = (value: number) => shapeDemand({ right: value, up: value }, throttleCap);
      expect(Math.abs(at(a).throttle)).toBeLessThanOrEqual(throttleCap);
      expect(Math.abs(at(a).steering)).toBeLessThanOrEqual(1);
      expect(at(-a).throttle + at(a).throttle).toBe(0);
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      expect(at(low).throttle).toBeLessThanOrEqual(at(high).throttle);
      expect(at(low).steering).toBeGreaterThanOrEqual(at(high).steering);
    }),
  );
});
