import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('in no window does more pass than the burst and the rate allow', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 300 }), (gapsMs) => {
      const bucket = new TokenBucket({ perSecond: 30, burst: 5, nowMs: 0 });
      const passedAtMs: number[] = [];
      let nowMs = 0;
      for (const gap of gapsMs) {
        nowMs += gap;
        if (bucket.take(nowMs)) passedAtMs.push(nowMs);
      }
      for (let first = 0; first < passedAtMs.length; first++) {
        for (let last = first; last < passedAtMs.length; last++) {
          const seconds = (passedAtMs[last]! - passedAtMs[first]!) / 1000;
          expect(last - first + 1).toBeLessThanOrEqual(5 + seconds * 30 + 1e-6);
        }
      }
    }),
  );
});

test('a steady stream within the rate passes whole', () => {
  const bucket = new TokenBucket({ perSecond: 36, burst: 12, nowMs: 0 });
  const refused = Array.from({ length: 1000 }, (_, i) => bucket.take(i * 33)).filter((passed) => !passed);
  expect(refused).toHaveLength(0);
});
