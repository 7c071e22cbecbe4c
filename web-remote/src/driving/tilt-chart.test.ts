import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fullLeanRad,
  idleTilt,
  leanOf,
  reduceTilt,
  type TiltEvent,
  type TiltState,
  tiltDeflection,
  tiltSilenceMs,
} from './tilt-chart.ts';

function stateAfter(...events: TiltEvent[]): TiltState {
  return events.reduce(reduceTilt, idleTilt);
}
const grip: TiltEvent = { kind: 'grip', atMs: 0 };
const reading = (leanRad: number, atMs: number): TiltEvent => ({ kind: 'reading', leanRad, atMs });

describe('steering by tilt', () => {
  test('leaning without a thumb on the throttle steers nothing', () => {
    expect(tiltDeflection(stateAfter(reading(0.4, 1)))).toBe(0);
  });

  test('straight ahead is where the thumb landed, and a lean to the right steers right', () => {
    const held = stateAfter(grip, reading(0.2, 10));
    expect(tiltDeflection(held)).toBe(0);
    expect(tiltDeflection(reduceTilt(held, reading(0.2 + fullLeanRad / 2, 20)))).toBeCloseTo(0.5);
    expect(tiltDeflection(reduceTilt(held, reading(-1.5, 20)))).toBe(-1);
  });

  test('lifting the thumb is neutral, and the next grip finds straight ahead anew', () => {
    const lifted = stateAfter(grip, reading(0, 10), reading(0.5, 20), { kind: 'release' });
    expect(lifted).toEqual(idleTilt);
    expect(tiltDeflection([{ ...grip, atMs: 30 }, reading(0.5, 40)].reduce(reduceTilt, lifted))).toBe(0);
  });

  test('a sensor that falls silent, or never speaks, is a released one', () => {
    const steering = stateAfter(grip, reading(0, 10), reading(0.5, 20));
    expect(reduceTilt(steering, { kind: 'tick', atMs: 20 + tiltSilenceMs })).toBe(steering);
    expect(reduceTilt(steering, { kind: 'tick', atMs: 21 + tiltSilenceMs })).toEqual(idleTilt);
    expect(reduceTilt(stateAfter(grip), { kind: 'tick', atMs: 1 + tiltSilenceMs })).toEqual(idleTilt);
  });
});

describe('the lean of a phone', () => {
  test('held upright and turned like a steering wheel, in both ways of holding it', () => {
    // Portrait, upright: beta 90. Turned to the right about the view axis, gravity leans to the right edge.
    expect(leanOf(90, 0, 0)).toBeCloseTo(0);
    // Flat on the table, right edge down.
    expect(leanOf(0, 30, 0)).toBeCloseTo(Math.PI / 6);
    // On its side (screen angle 90): the driver's right is the device's bottom, so its bottom down is a lean to the right.
    expect(leanOf(30, 0, 90)).toBeCloseTo(Math.PI / 6);
    expect(leanOf(-30, 0, 90)).toBeCloseTo(-Math.PI / 6);
    // On its other side the same motion leans the other way.
    expect(leanOf(30, 0, 270)).toBeCloseTo(-Math.PI / 6);
  });

  test('is always an angle, whatever the sensor says', () => {
    const degrees = fc.double({ min: -360, max: 360, noNaN: true });
    fc.assert(
      fc.property(degrees, degrees, fc.constantFrom(0, 90, 180, 270), (beta, gamma, screen) => {
        expect(Math.abs(leanOf(beta, gamma, screen))).toBeLessThanOrEqual(Math.PI / 2);
      }),
    );
  });
});

test('whatever happens: within full deflection, and after a release nothing until a new grip', () => {
  const event: fc.Arbitrary<TiltEvent> = fc.oneof(
    fc.record({ kind: fc.constant('grip' as const), atMs: fc.nat(5000) }),
    fc.record({ kind: fc.constant('reading' as const), leanRad: fc.double(), atMs: fc.nat(5000) }),
    fc.constant<TiltEvent>({ kind: 'release' }),
    fc.record({ kind: fc.constant('tick' as const), atMs: fc.nat(5000) }),
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      let gripped = false;
      let state = idleTilt;
      for (const one of events) {
        state = reduceTilt(state, one);
        if (one.kind === 'grip') gripped = true;
        if (one.kind === 'release') gripped = false;
        const right = tiltDeflection(state);
        expect(Math.abs(right)).toBeLessThanOrEqual(1);
        if (!gripped) expect(right).toBe(0);
      }
    }),
  );
});
