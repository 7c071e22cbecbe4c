import { expect, test } from 'vitest';
import { PongWatch } from './pong-watch.ts';

test('silent only when a ping has gone unanswered for longer than the limit', () => {
  const watch = new PongWatch(1000);
  expect(watch.silent(1e9)).toBe(false);
  watch.pinged(0);
  watch.pinged(500);
  expect(watch.silent(1000)).toBe(false);
  expect(watch.silent(1001)).toBe(true);
  watch.answered();
  expect(watch.silent(5000)).toBe(false);
});

test('a hold-up of this process, during which nothing was asked, proves nothing', () => {
  const watch = new PongWatch(1000);
  watch.pinged(0);
  watch.answered();
  expect(watch.silent(60_000)).toBe(false);
  watch.pinged(60_000);
  expect(watch.silent(60_900)).toBe(false);
});
