import { expect, test } from 'vitest';
import { SilenceWatch } from './silence-watch.ts';

test('nothing is expected before the first word', () => {
  const watch = new SilenceWatch(300);
  for (let nowMs = 0; nowMs < 5000; nowMs += 20) expect(watch.isSilent(nowMs)).toBe(false);
});

test('silence beyond the limit is noticed within a few looks', () => {
  const watch = new SilenceWatch(300);
  watch.heard(0);
  const noticedAtMs = Array.from({ length: 100 }, (_, i) => i * 20).find((nowMs) => watch.isSilent(nowMs));
  expect(noticedAtMs).toBeGreaterThan(300);
  expect(noticedAtMs).toBeLessThanOrEqual(400);
});

test('a hold-up of our own is no silence: the words that waited are heard first', () => {
  const watch = new SilenceWatch(300);
  watch.heard(0);
  expect(watch.isSilent(2000)).toBe(false);
  watch.heard(2001);
  expect(watch.isSilent(2020)).toBe(false);
});
