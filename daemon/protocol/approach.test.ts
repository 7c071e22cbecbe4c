import fc from 'fast-check';
import { expect, test } from 'vitest';
import { approach } from './approach.ts';

test('moves towards its target by what it may, and never past it', () => {
  const value = fc.integer({ min: -1000, max: 1000 });
  fc.assert(
    fc.property(value, value, fc.integer({ min: 0, max: 3000 }), (from, target, atMost) => {
      const to = approach(from, target, atMost);
      expect(Math.abs(to - from)).toBe(Math.min(atMost, Math.abs(target - from)));
      expect(Math.abs(target - to)).toBe(Math.max(0, Math.abs(target - from) - atMost));
    }),
  );
});
