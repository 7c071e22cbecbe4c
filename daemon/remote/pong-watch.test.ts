import { expect, test } from 'vitest';
import { PongWatch } from './pong-watch.ts';

test('silent only when a ping has gone unanswered for longer than the limit', () => {
  const watch = new PongWatch(1000);
  expect(watch.silent(1e9)).toBe(false);
  watch.pinged(0);
  const second = watch.pinged(500);
  expect(watch.silent(1000)).toBe(false);
  expect(watch.silent(1001)).toBe(true);
  watch.answered(second, 1002);
  expect(watch.silent(5000)).toBe(false);
});

test('a hold-up of this process, during which nothing was asked, proves nothing', () => {
  const watch = new PongWatch(1000);
  watch.answered(watch.pinged(0), 5);
  expect(watch.silent(60_000)).toBe(false);
  watch.pinged(60_000);
  expect(watch.silent(60_900)).toBe(false);
});

test('knows the quickest way there and back, however many pings are under way', () => {
  const watch = new PongWatch(1000);
  expect(watch.smallestRoundTripMs).toBeUndefined();
  const pings = [0, 200, 400].map((atMs) => watch.pinged(atMs));
  watch.answered(pings[0]!, 500);
  watch.answered(pings[1]!, 700);
  expect(watch.smallestRoundTripMs).toBe(500);
  expect(watch.unansweredSinceMs).toBe(400);
  watch.answered(pings[2]!, 430);
  watch.answered(watch.pinged(800), 1200);
  expect(watch.smallestRoundTripMs).toBe(30);
});

test('a pong that answers nothing is no sign of life', () => {
  const watch = new PongWatch(1000);
  watch.pinged(0);
  watch.answered('7', 10);
  watch.answered('', 10);
  expect(watch.silent(1001)).toBe(true);
  expect(watch.smallestRoundTripMs).toBeUndefined();
});
