import { expect, test } from 'vitest';
import { isStickCentred, stickCentre } from './driver-command.ts';

test.each([
  [{ steering: 0, throttle: 0 }, true],
  [{ steering: stickCentre, throttle: -stickCentre }, true],
  [{ steering: 0, throttle: stickCentre + 0.001 }, false],
  [{ steering: -stickCentre - 0.001, throttle: 0 }, false],
  [{ steering: Number.NaN, throttle: 0 }, false],
])('a stick at %o is centred: %s', (stick, centred) => {
  expect(isStickCentred(stick)).toBe(centred);
});
