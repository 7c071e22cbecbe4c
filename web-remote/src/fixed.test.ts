import { expect, test } from 'vitest';
import { fixed } from './fixed.ts';

test('what rounds to nothing has no sign', () => {
  expect(fixed(-0.001, 2)).toBe('0.00');
  expect(fixed(-0, 2)).toBe('0.00');
  expect(fixed(-0.006, 2)).toBe('-0.01');
  expect(fixed(1.239, 2)).toBe('1.24');
});
