import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isStickCentred } from '../../../daemon/protocol/driver-command.ts';
import { defaultFeel, type Feel, shapeDemand } from './stick-feel.ts';

const uncapped: Feel = { ...defaultFeel, throttleCap: 1, reverseCap: 1 };
const share = (max: number) => fc.double({ min: 0, max, noNaN: true });
const axis = fc.double({ min: -1, max: 1, noNaN: true });
const feel: fc.Arbitrary<Feel> = fc.record({
  deadZone: share(0.3),
  steeringExpo: share(0.9),
  throttleExpo: share(0.9),
  throttleCap: fc.double({ min: 0.1, max: 1, noNaN: true }),
  reverseCap: share(1),
  trim: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
  turnRoundInReverse: fc.boolean(),
});

describe('what a stick asks for', () => {
  test('a stick to the right steers right, which is negative; forward is positive', () => {
    expect(shapeDemand({ right: 1, up: 1 }, uncapped)).toEqual({ steering: -1, throttle: 1 });
    expect(shapeDemand({ right: -1, up: -1 }, { ...uncapped, throttleCap: 0.5 })).toEqual({
      steering: 1,
      throttle: -0.5,
    });
  });

  test('the middle is exactly neutral', () => {
    expect(shapeDemand({ right: 0.05, up: -0.05 }, uncapped)).toEqual({ steering: 0, throttle: 0 });
  });

  test('a car without reverse has none, and reverse is never faster than forward', () => {
    expect(shapeDemand({ right: 0, up: -1 }, { ...uncapped, reverseCap: 0 }).throttle).toBe(0);
    expect(shapeDemand({ right: 0, up: -1 }, { ...uncapped, throttleCap: 0.3 }).throttle).toBe(-0.3);
  });

  test('turned round in reverse: only backwards, and only the steering', () => {
    const turned = { ...uncapped, turnRoundInReverse: true };
    expect(shapeDemand({ right: 1, up: -1 }, turned)).toEqual({ steering: 1, throttle: -1 });
    expect(shapeDemand({ right: 1, up: 1 }, turned)).toEqual({ steering: -1, throttle: 1 });
  });

  test('the trim moves straight ahead, not the ends', () => {
    const trimmed = { ...uncapped, trim: 0.1 };
    expect(shapeDemand({ right: 0, up: 1 }, trimmed).steering).toBe(0.1);
    expect(shapeDemand({ right: -1, up: 1 }, trimmed).steering).toBe(1);
  });

  test('the caps hold, and more stick never means less', () => {
    fc.assert(
      fc.property(axis, axis, feel, (a, b, by) => {
        const at = (up: number) => shapeDemand({ right: up, up }, by);
        expect(at(a).throttle).toBeLessThanOrEqual(by.throttleCap);
        expect(at(a).throttle).toBeGreaterThanOrEqual(-Math.min(by.reverseCap, by.throttleCap));
        expect(Math.abs(at(a).steering)).toBeLessThanOrEqual(1);
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(at(low).throttle).toBeLessThanOrEqual(at(high).throttle);
        const forward = (right: number) => shapeDemand({ right, up: 1 }, by).steering;
        expect(forward(low)).toBeGreaterThanOrEqual(forward(high));
      }),
    );
  });

  test('without a trim a resting stick lets the car be armed, whatever else is set', () => {
    fc.assert(fc.property(feel, (by) => isStickCentred(shapeDemand({ right: 0, up: 0 }, { ...by, trim: 0 }))));
  });
});
