import { expect, it } from 'vitest';
import { presets } from '../car/presets.ts';
import { EgoMotion } from './ego-motion.ts';

const config = presets['simulated']!;
const periodMs = 20;

it('keeps a bounded log when no frame comes for ten minutes, and still knows the speed', () => {
  const ego = new EgoMotion(config);
  ego.advanceTo(0);
  let longest = 0;
  let nowMs = 0;
  for (; nowMs < 600_000; nowMs += periodMs) {
    // Never the same command twice in a row.
    ego.drove({ steering: 0, throttle: 0.4 + (nowMs % 40 === 0 ? 0.001 : 0) }, nowMs);
    longest = Math.max(longest, ego.loggedCommands);
  }
  expect(longest).toBeGreaterThan(50);
  expect(longest).toBeLessThanOrEqual(2000 / periodMs + 3);
  expect(ego.predict(nowMs).speedMps).toBeCloseTo(0.4 * config.vehicle.topSpeedMps, 1);
});

it('keeps a bounded log before the first frame', () => {
  const ego = new EgoMotion(config);
  let longest = 0;
  for (let nowMs = 0; nowMs < 600_000; nowMs += periodMs) {
    ego.drove({ steering: nowMs % 40 === 0 ? 0.1 : -0.1, throttle: 0 }, nowMs);
    longest = Math.max(longest, ego.loggedCommands);
  }
  expect(longest).toBeGreaterThan(50);
  expect(longest).toBeLessThanOrEqual(2000 / periodMs + 3);
});

it('logs a command once, however often it is repeated', () => {
  const ego = new EgoMotion(config);
  for (let nowMs = 0; nowMs < 1000; nowMs += periodMs) ego.drove({ steering: 0.2, throttle: 0.3 }, nowMs);
  expect(ego.loggedCommands).toBe(1);
  expect(ego.predict(1000).speedMps).toBeGreaterThan(0.5);
});

it('is where the same commands lead, whether frames came or not', () => {
  const withFrames = new EgoMotion(config);
  const without = new EgoMotion(config);
  let nowMs = 0;
  for (; nowMs < 6000; nowMs += periodMs) {
    const given = { steering: nowMs < 3000 ? 0.3 : -0.2, throttle: nowMs < 5000 ? 0.4 : 0 };
    withFrames.drove(given, nowMs);
    without.drove(given, nowMs);
    if (nowMs % 60 === 0) withFrames.advanceTo(Math.max(0, nowMs - 80));
  }
  const seen = withFrames.predict(nowMs);
  const blind = without.predict(nowMs);
  expect(Math.hypot(seen.xM, seen.yM)).toBeGreaterThan(0.3);
  expect(blind.xM).toBeCloseTo(seen.xM, 1);
  expect(blind.yM).toBeCloseTo(seen.yM, 1);
  expect(blind.speedMps).toBeCloseTo(seen.speedMps, 2);
});
