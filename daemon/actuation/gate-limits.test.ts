import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';
import { type GateLimits, gateLimits } from './gate-limits.ts';
import { carOnDesk } from './testing/sample-config.ts';

const sound: GateLimits = {
  commandLifetimeMs: 250,
  steeringSlewPerS: 100,
  throttleSlewPerS: 100,
  maxForward: 1,
  maxReverse: 1,
};

describe('the limits of the gate', () => {
  it('come from the configuration', () => {
    const { steering, throttle, commandLifetimeMs } = carOnDesk;
    expect(gateLimits(carOnDesk)).toEqual({
      commandLifetimeMs,
      steeringSlewPerS: steering.slewPerS,
      throttleSlewPerS: throttle.slewPerS,
      maxForward: throttle.maxForward,
      maxReverse: throttle.maxReverse,
    });
  });

  it.each(Object.keys(sound) as (keyof GateLimits)[])('never mean "none": %s', (name) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, sound[name] * 1.01]) {
      expect(() => new Gate({ ...sound, [name]: value })).toThrow(`the gate's ${name} is ${value}; it must be over 0`);
    }
    expect(() => new Gate(sound)).not.toThrow();
  });

  it('may be zero only for reversing', () => {
    expect(() => new Gate({ ...sound, maxReverse: 0 })).not.toThrow();
    for (const name of ['commandLifetimeMs', 'steeringSlewPerS', 'throttleSlewPerS', 'maxForward'] as const) {
      expect(() => new Gate({ ...sound, [name]: 0 })).toThrow(RangeError);
    }
  });
});
