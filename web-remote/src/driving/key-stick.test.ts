import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDrivingKey, stepKeyStick } from './key-stick.ts';
import { noDeflection } from './stick-chart.ts';

const keys = ['KeyW', 'KeyA', 'KeyS', 'KeyD', 'ArrowUp', 'ArrowLeft', 'ArrowDown', 'ArrowRight'];

test('WASD and the arrows drive, nothing else does', () => {
  expect(keys.every(isDrivingKey)).toBe(true);
  expect(['Space', 'Enter', 'KeyQ', 'toString', '__proto__'].some(isDrivingKey)).toBe(false);
});

test('a held key travels to full deflection, and opposite keys cancel', () => {
  let at = noDeflection;
  for (let i = 0; i < 20; i++) at = stepKeyStick(at, new Set(['KeyW', 'ArrowLeft']), 33);
  expect(at).toEqual({ right: -1, up: 1 });
  expect(stepKeyStick(noDeflection, new Set(['KeyW', 'KeyS']), 33)).toEqual(noDeflection);
});

test('letting go of the throttle is neutral at once', () => {
  expect(stepKeyStick({ right: 1, up: 1 }, new Set(['KeyD']), 1)).toEqual({ right: 1, up: 0 });
});

test('stays within [-1, 1], and without keys comes to rest in the middle', () => {
  const axis = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(axis, axis, fc.subarray(keys), fc.integer({ min: 0, max: 5000 }), (right, up, pressed, elapsedMs) => {
      const at = stepKeyStick({ right, up }, new Set(pressed), elapsedMs);
      expect(Math.max(Math.abs(at.right), Math.abs(at.up))).toBeLessThanOrEqual(1);
      expect(stepKeyStick(at, new Set(), 200)).toEqual(noDeflection);
    }),
  );
});
