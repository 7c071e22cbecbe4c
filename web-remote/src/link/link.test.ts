import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CarClock } from './car-clock.ts';

test('the car’s clock is known to within half the quickest round trip, however unequal the two ways', () => {
  const way = fc.double({ min: 0, max: 500, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(way, way), { minLength: 1, maxLength: 20 }), (trips) => {
      const clock = new CarClock();
      const carAhead = 123_456;
      let nowMs = 0;
      for (const [there, back] of trips) {
        clock.observe(nowMs, nowMs + there + back, nowMs + there + carAhead);
        nowMs += 1000;
      }
      const quickest = Math.min(...trips.map(([there, back]) => there + back));
      expect(Math.abs((clock.toCarMs(nowMs) ?? 0) - (nowMs + carAhead))).toBeLessThanOrEqual(quickest / 2 + 1e-6);
    }),
  );
});

test('nothing is known before the first answer, nor after a new connection', () => {
  const clock = new CarClock();
  expect(clock.toCarMs(1)).toBeUndefined();
  clock.observe(0, 10, 1000);
  clock.reset();
  expect(clock.toCarMs(1)).toBeUndefined();
});
