import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beyondDeadZone,
  countOfPulse,
  countOfValue,
  type PulseRange,
  pulseOfCount,
  pulseOfValue,
  pwmTiming,
  steeringRange,
  throttleRange,
  timingOfPrescale,
  valueOfPulse,
} from './pulses.ts';
import { carOnDesk } from './testing/sample-config.ts';

/** Neutral between two ends, in either direction, far enough apart for a count to lie in between at any frequency. */
const range = fc
  .record({
    neutralUs: fc.double({ min: 900, max: 2100, noNaN: true }),
    belowUs: fc.double({ min: 50, max: 400, noNaN: true }),
    aboveUs: fc.double({ min: 50, max: 400, noNaN: true }),
    plusIsLonger: fc.boolean(),
  })
  .map(({ neutralUs, belowUs, aboveUs, plusIsLonger }): PulseRange => {
    const [least, most] = [neutralUs - belowUs, neutralUs + aboveUs];
    return { plusUs: plusIsLonger ? most : least, neutralUs, minusUs: plusIsLonger ? least : most };
  });
const timing = fc.double({ min: 24, max: 330, noNaN: true }).map(pwmTiming);
const unit = fc.double({ min: -1, max: 1, noNaN: true });

describe('the timing of the PCA9685', () => {
  it.each([
    // The datasheet's own example is 200 Hz; 50 and 60 Hz are what servos use.
    [200, 0x1e],
    [50, 121],
    [60, 101],
    [24, 253],
    [1526, 3],
    [1600, 3],
  ])('at %d Hz asked for, prescale is %d', (requestedHz, prescale) => {
    expect(pwmTiming(requestedHz).prescale).toBe(prescale);
  });

  it('tells the true frequency, which the period and the count agree with', () => {
    const { frequencyHz, periodMs, countUs } = pwmTiming(50);
    expect(frequencyHz).toBeCloseTo(50.029, 3);
    expect(periodMs).toBeCloseTo(19.98848, 5);
    expect(countUs).toBeCloseTo(4.88, 9);
  });

  it('finds the prescale again from the frequency, and is never far from what was asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 253 }), (prescale) => {
        expect(pwmTiming(timingOfPrescale(prescale).frequencyHz).prescale).toBe(prescale);
      }),
    );
    fc.assert(
      fc.property(fc.double({ min: 24, max: 1600, noNaN: true }), (requestedHz) => {
        const { frequencyHz } = pwmTiming(requestedHz);
        expect(Math.abs(frequencyHz / requestedHz - 1)).toBeLessThan(0.13);
      }),
    );
  });
});

describe('a value and its pulse', () => {
  it('follow the configuration, in either direction', () => {
    const steering = steeringRange(carOnDesk.steering);
    expect([1, 0.5, 0, -0.5, -1].map((value) => pulseOfValue(value, steering))).toEqual([1100, 1310, 1520, 1710, 1900]);
    const throttle = throttleRange(carOnDesk.throttle);
    expect([1, 0, -1].map((value) => pulseOfValue(value, throttle))).toEqual([2000, 1500, 1000]);
  });

  it('are each other’s inverse', () => {
    fc.assert(
      fc.property(unit, range, (value, range) => {
        expect(valueOfPulse(pulseOfValue(value, range), range)).toBeCloseTo(value, 9);
      }),
    );
  });

  it('beyond the ends are the ends, and no number is neutral', () => {
    fc.assert(
      fc.property(range, fc.double({ min: 1, max: 1e300, noNaN: true }), (range, far) => {
        expect(pulseOfValue(far, range)).toBeCloseTo(range.plusUs, 9);
        expect(pulseOfValue(-far, range)).toBeCloseTo(range.minusUs, 9);
        expect(Math.abs(valueOfPulse(range.neutralUs + far, range))).toBeLessThanOrEqual(1);
        expect(Math.abs(valueOfPulse(range.neutralUs - far, range))).toBeLessThanOrEqual(1);
        expect(pulseOfValue(Number.NaN, range)).toBe(range.neutralUs);
      }),
    );
  });

  it('of a car without reverse stop at neutral', () => {
    const forwardOnly = { plusUs: 2000, neutralUs: 1000, minusUs: 1000 };
    expect(pulseOfValue(-1, forwardOnly)).toBe(1000);
    expect(valueOfPulse(900, forwardOnly)).toBe(0);
    expect(valueOfPulse(1500, forwardOnly)).toBe(0.5);
  });
});

describe('a value and its count', () => {
  it('never leave the pulses of the configuration, whatever the value', () => {
    fc.assert(
      fc.property(fc.double(), range, timing, (value, range, timing) => {
        const pulseUs = pulseOfCount(countOfValue(value, range, timing), timing);
        expect(pulseUs).toBeGreaterThanOrEqual(Math.min(range.plusUs, range.minusUs) - 1e-9);
        expect(pulseUs).toBeLessThanOrEqual(Math.max(range.plusUs, range.minusUs) + 1e-9);
      }),
    );
  });

  it('are whole counts that fit twelve bits', () => {
    fc.assert(
      fc.property(unit, range, timing, (value, range, timing) => {
        const count = countOfValue(value, range, timing);
        expect(Number.isInteger(count)).toBe(true);
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThan(4096);
      }),
    );
  });

  it('grow and fall together', () => {
    fc.assert(
      fc.property(unit, unit, range, timing, (one, other, range, timing) => {
        const [least, most] = [Math.min(one, other), Math.max(one, other)];
        const difference = countOfValue(most, range, timing) - countOfValue(least, range, timing);
        expect(difference * Math.sign(range.plusUs - range.minusUs)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('have neutral at the nearest count', () => {
    fc.assert(
      fc.property(range, timing, (range, timing) => {
        const pulseUs = pulseOfCount(countOfValue(0, range, timing), timing);
        expect(Math.abs(pulseUs - range.neutralUs)).toBeLessThanOrEqual(timing.countUs / 2 + 1e-9);
      }),
    );
    const forwardOnly = { plusUs: 2000, neutralUs: 1000, minusUs: 1000 };
    const slow = pwmTiming(50);
    expect(pulseOfCount(countOfPulse(1000, forwardOnly, slow), slow)).toBeCloseTo(1000.4, 6);
    expect(1000.4 - 1000).toBeLessThan(slow.countUs);
  });

  it('come back within one count', () => {
    fc.assert(
      fc.property(unit, range, timing, (value, range, timing) => {
        const count = countOfValue(value, range, timing);
        const again = countOfValue(valueOfPulse(pulseOfCount(count, timing), range), range, timing);
        expect(again).toBe(count);
      }),
    );
  });
});

describe('the dead zone', () => {
  const share = fc.double({ min: 0.01, max: 1, noNaN: true });
  const caps = fc.record({
    maxForward: share,
    maxReverse: share,
    deadZone: fc.double({ min: 0, max: 0.5, noNaN: true }),
  });
  const capOf = (throttle: number, limits: { maxForward: number; maxReverse: number }) =>
    throttle > 0 ? limits.maxForward : limits.maxReverse;

  it('is passed over, up to the cap and never over it', () => {
    const limits = { maxForward: 0.6, maxReverse: 0.3, deadZone: 0.2 };
    expect(beyondDeadZone(0, limits)).toBe(0);
    expect(beyondDeadZone(0.001, limits)).toBeCloseTo(0.2, 2);
    expect(beyondDeadZone(0.3, limits)).toBeCloseTo(0.4, 9);
    expect(beyondDeadZone(0.6, limits)).toBe(0.6);
    expect(beyondDeadZone(-0.15, limits)).toBeCloseTo(-0.25, 9);
    expect(beyondDeadZone(Number.NaN, limits)).toBeNaN();
    fc.assert(
      fc.property(unit, caps, (value, limits) => {
        const throttle = Math.sign(value) * Math.min(Math.abs(value), capOf(value, limits));
        const given = beyondDeadZone(throttle, limits);
        expect(Math.abs(given)).toBeLessThanOrEqual(capOf(value, limits) + 1e-12);
        expect(Math.sign(given)).toBe(Math.sign(throttle));
      }),
    );
  });

  it('is nothing where it is not given, or where no cap lets the motor turn', () => {
    fc.assert(
      fc.property(unit, share, (value, cap) => beyondDeadZone(value, { maxForward: cap, maxReverse: cap }) === value),
    );
    expect(beyondDeadZone(0.1, { maxForward: 0.2, maxReverse: 0, deadZone: 0.3 })).toBe(0.1);
    expect(beyondDeadZone(-0.1, { maxForward: 0.2, maxReverse: 0, deadZone: 0.1 })).toBe(-0.1);
  });
});
