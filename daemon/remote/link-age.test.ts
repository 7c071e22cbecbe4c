import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LinkAge } from './link-age.ts';

const period = 33;

test('a queue that a stalled link delivers late shows the age of each message', () => {
  const link = new LinkAge();
  for (let i = 0; i < 30; i++) expect(link.observe(i * period, 1e6 + i * period + 4)).toBeLessThan(0.1);
  // Two seconds of messages arrive together.
  const arrivalMs = 1e6 + 90 * period + 4;
  const ages = Array.from({ length: 61 }, (_, i) => link.observe((30 + i) * period, arrivalMs));
  expect(ages[0]).toBeCloseTo(60 * period, -1);
  expect(ages[60]).toBeLessThan(2);
});

test('an hour of the steepest clock drift does not make prompt messages look late', () => {
  const link = new LinkAge();
  let worst = 0;
  for (let pageMs = 0; pageMs < 3_600_000; pageMs += period) {
    worst = Math.max(worst, link.observe(pageMs, pageMs * (1 + 400e-6) + 5));
  }
  expect(worst).toBeLessThan(1);
});

test('the age is never negative, never more than the delay, and knows nothing of the clocks themselves', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ gap: fc.integer({ min: 1, max: 500 }), delay: fc.integer({ min: 0, max: 3000 }) }), {
        minLength: 1,
        maxLength: 60,
      }),
      fc.integer({ min: -4_000_000, max: 4_000_000 }),
      (messages, clockShiftMs) => {
        const link = new LinkAge();
        const shifted = new LinkAge();
        let sentAtMs = 0;
        let arrivedAtMs = 0;
        for (const { gap, delay } of messages) {
          sentAtMs += gap;
          arrivedAtMs = Math.max(arrivedAtMs, sentAtMs + delay);
          const age = link.observe(sentAtMs, arrivedAtMs);
          expect(age).toBeGreaterThanOrEqual(0);
          expect(age).toBeLessThanOrEqual(arrivedAtMs - sentAtMs);
          expect(shifted.observe(sentAtMs + clockShiftMs, arrivedAtMs)).toBeCloseTo(age, 6);
        }
      },
    ),
  );
});
