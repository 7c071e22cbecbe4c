import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backFrom, stepsS } from './time-axis.ts';

test('the lines of the time axis lie round steps before now, whenever that is', () => {
  expect(backFrom(1007.3, 947.3, 20).map((at) => Math.round(at - 1007.3))).toEqual([-60, -40, -20, 0]);
  expect(backFrom(6.6, 0, 5)).toEqual([6.6 - 5, 6.6]);
  expect(backFrom(3, 3, 10)).toEqual([3]);
});

test('each is a whole number of steps before the newest, none lies beyond the oldest, and the newest is one of them', () => {
  const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(
      seconds,
      fc.double({ min: 0, max: 60, noNaN: true }),
      fc.constantFrom(...stepsS),
      (oldest, span, step) => {
        const newest = oldest + span;
        const lines = backFrom(newest, oldest, step);
        expect(lines.at(-1)).toBe(newest);
        expect(lines.every((at) => at >= oldest - 1e-3)).toBe(true);
        const back = lines.map((at) => (newest - at) / step);
        expect(back.every((steps, i) => Math.abs(steps - (lines.length - 1 - i)) < 1e-3)).toBe(true);
      },
    ),
  );
});

test('an axis too narrow for any step has the newest alone', () => {
  expect(backFrom(5, 0, 0)).toEqual([5]);
});
