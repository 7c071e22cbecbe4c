import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idleStick, reduceStick, type StickEvent, type StickState, stickDeflection } from './stick-chart.ts';

const run = (events: readonly StickEvent[]): StickState => events.reduce(reduceStick, idleStick);
const down: StickEvent = { kind: 'down', pointerId: 1, xPx: 100, yPx: 50 };
const moveTo = (xPx: number, yPx: number, pointerId = 1): StickEvent => ({ kind: 'move', pointerId, xPx, yPx });

describe('a stick', () => {
  test('has its middle where the thumb lands, and says nothing until the thumb has moved', () => {
    const landed = run([down, moveTo(102, 51)]);
    expect(landed.kind).toBe('pointing');
    expect(stickDeflection(landed, 64)).toEqual({ right: 0, up: 0 });
  });

  test('follows the thumb, up is positive, and full deflection is reached on both axes at once', () => {
    expect(stickDeflection(run([down, moveTo(132, 18)]), 64)).toEqual({ right: 0.5, up: 0.5 });
    expect(stickDeflection(run([down, moveTo(400, 400)]), 64)).toEqual({ right: 1, up: -1 });
  });

  test('comes back through the middle without a jump', () => {
    expect(stickDeflection(run([down, moveTo(150, 50), moveTo(101, 50)]), 64).right).toBeCloseTo(1 / 64);
  });

  test('belongs to the first finger', () => {
    const second: StickEvent = { ...down, pointerId: 2 };
    const held = run([down, second, moveTo(0, 0, 2), { kind: 'release', pointerId: 2 }]);
    expect(held).toMatchObject({ kind: 'pointing', pointerId: 1 });
  });

  test('released by anything else than its finger ignores that finger until it comes down anew', () => {
    const after = run([down, moveTo(150, 50), { kind: 'release' }, moveTo(160, 50)]);
    expect(after).toEqual(idleStick);
    expect(reduceStick(after, down).kind).toBe('pointing');
  });
});

const eventArbitrary: fc.Arbitrary<StickEvent> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('down' as const, 'move' as const),
    pointerId: fc.integer({ min: 1, max: 3 }),
    xPx: fc.double(),
    yPx: fc.double(),
  }),
  fc.record({ kind: fc.constant('release' as const), pointerId: fc.integer({ min: 1, max: 3 }) }),
  fc.constant<StickEvent>({ kind: 'release' }),
);

test('whatever happens, a release leads to neutral, and a deflection is always within [-1, 1]', () => {
  fc.assert(
    fc.property(fc.array(eventArbitrary, { maxLength: 40 }), (events) => {
      const state = run(events);
      const { right, up } = stickDeflection(state, 64);
      expect(Math.abs(right)).toBeLessThanOrEqual(1);
      expect(Math.abs(up)).toBeLessThanOrEqual(1);
      expect(reduceStick(state, { kind: 'release' })).toEqual(idleStick);
      if (state.kind === 'idle') expect([right, up]).toEqual([0, 0]);
    }),
  );
});
