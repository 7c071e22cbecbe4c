import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ageLevel, pictureAgeMs } from './picture-age.ts';

test.each([
  [undefined, 'none'],
  [0, 'fresh'],
  [150, 'fresh'],
  [151, 'late'],
  [400, 'late'],
  [401, 'old'],
  [999, 'old'],
  [1000, 'frozen'],
] as const)('an age of %s ms is %s', (ageMs, level) => {
  expect(ageLevel(ageMs)).toBe(level);
});

test('grows with the time since the picture came', () => {
  const picture = { ageMs: 40, receivedAtMs: 1000, capturedAtMs: 77 };
  expect(pictureAgeMs(picture, 1000, undefined)).toBe(40);
  expect(pictureAgeMs(picture, 1250, undefined)).toBe(290);
});

test('counts the time in the link where the car’s clock is known', () => {
  // Captured at 5000 by the car's clock; it is 5300 there now, though the header says it left after 40 ms.
  expect(pictureAgeMs({ ageMs: 40, receivedAtMs: 1000, capturedAtMs: 5000 }, 1010, 5300)).toBe(300);
});

test('is never less than what the car itself said', () => {
  const time = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(time, time, time, time, fc.option(time, { nil: undefined }), (ageMs, at, captured, now, carNow) => {
      const age = pictureAgeMs({ ageMs, receivedAtMs: at, capturedAtMs: captured }, now, carNow);
      expect(age).toBeGreaterThanOrEqual(ageMs);
    }),
  );
});
