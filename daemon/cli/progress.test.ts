import { expect, test } from 'vitest';
import { leftText } from './progress.ts';

test.each([
  [0, 10, 5000, '...'],
  [1, 10, 1000, '9 s'],
  [5, 10, 60_000, '60 s'],
  [1, 3, 600_000, '20 min'],
  [3.2, 3, 9000, '0 s'],
])('%d of %d after %d ms: %s to go', (done, total, passedMs, text) => {
  expect(leftText(done, total, passedMs)).toBe(text);
});
