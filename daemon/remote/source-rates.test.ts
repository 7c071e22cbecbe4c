import { expect, test } from 'vitest';
import { SourceRates } from './source-rates.ts';

test('one source is held to its rate, another is not touched', () => {
  const rates = new SourceRates({ perSecond: 100, burst: 200 });
  const passed = Array.from({ length: 1000 }, () => rates.take('flood', 0)).filter(Boolean);
  expect(passed).toHaveLength(200);
  expect(rates.take('flood', 0)).toBe(false);
  expect(rates.take('phone', 0)).toBe(true);
  expect(rates.take('flood', 1000)).toBe(true);
});

test('a flood from ever new sources is not remembered for ever', () => {
  const rates = new SourceRates({ perSecond: 100, burst: 200 });
  for (let i = 0; i < 200; i++) rates.take('flood', 0);
  for (let i = 0; i < 1024; i++) rates.take(`source ${i}`, 0);
  expect(rates.take('flood', 0)).toBe(true);
});
