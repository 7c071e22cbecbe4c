import { expect, test } from 'vitest';
import { leftText } from './progress.ts';

test.each([
  [0, 10, 5000, '... to go'],
  [0, 0, 0, '... to go'],
  [1, 10, 1000, '9 s to go'],
  [5, 10, 60_000, '60 s to go'],
  [1, 3, 600_000, '20 min to go'],
  [3.2, 3, 9000, '0 s to go'],
])('%d of %d after %d ms: %s', (done, total, passedMs, text) => {
  expect(leftText(done, total, passedMs)).toBe(text);
});
