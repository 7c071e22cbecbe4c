import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisAtRest, slewAxis, slewCreditMs } from './slew.ts';

const unit = fc.double({ min: -1, max: 1, noNaN: true });

describe('slewAxis', () => {
  it('in any window moves no further than its slew and the kept credit allow', () => {
    const moves = fc.array(fc.record({ target: unit, elapsedMs: fc.double({ min: 0, max: 300, noNaN: true }) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(moves, fc.double({ min: 0.1, max: 100, noNaN: true }), (steps, slewPerS) => {
        let axis = axisAtRest;
        let atMs = 0;
        const path = [{ atMs, value: 0 }];
        for (const { target, elapsedMs } of steps) {
          atMs += elapsedMs;
          axis = slewAxis(axis, target, slewPerS, elapsedMs);
          path.push({ atMs, value: axis.value });
        }
        for (const from of path) {
          for (const to of path) {
            if (to.atMs < from.atMs) continue;
            const allowed = (slewPerS * (to.atMs - from.atMs + slewCreditMs)) / 1000;
            expect(Math.abs(to.value - from.value)).toBeLessThanOrEqual(allowed + 1e-9);
          }
        }
      }),
    );
  });

  it('never passes its target, never turns away from it, and gets there', () => {
    fc.assert(
      fc.property(unit, unit, fc.double({ min: 1, max: 100, noNaN: true }), (start, target, slewPerS) => {
        let axis = { value: start, creditMs: 0 };
        for (let elapsedMs = 0; elapsedMs <= 2000 / slewPerS + 20; elapsedMs += 10) {
          const before = Math.abs(target - axis.value);
          axis = slewAxis(axis, target, slewPerS, 10);
          expect(Math.abs(target - axis.value)).toBeLessThanOrEqual(before);
          expect((target - axis.value) * (target - start)).toBeGreaterThanOrEqual(0);
        }
        expect(axis.value).toBe(target);
      }),
    );
  });

  it('stands still when no time has passed', () => {
    expect(slewAxis({ value: 0.5, creditMs: 0 }, 1, 10, 0).value).toBe(0.5);
  });
});

describe('the credit', () => {
  const slewPerS = 5;

  it('is what was not used, up to two periods', () => {
    expect(slewAxis({ value: 0, creditMs: 0 }, 0, slewPerS, 7).creditMs).toBe(7);
    expect(slewAxis({ value: 0, creditMs: 15 }, 0, slewPerS, 1000).creditMs).toBe(slewCreditMs);
  });

  it('is spent by the way that was gone, and by all of it when the target was not reached', () => {
    // 0.05 at 5 a second take 10 ms.
    const reached = slewAxis({ value: 0, creditMs: 10 }, 0.05, slewPerS, 8);
    expect(reached.value).toBe(0.05);
    expect(reached.creditMs).toBeCloseTo(8, 9);
    expect(slewAxis({ value: 0, creditMs: 10 }, 1, slewPerS, 5)).toEqual({ value: 0.075, creditMs: 0 });
  });

  it('is none for an axis at rest', () => {
    expect(axisAtRest).toEqual({ value: 0, creditMs: 0 });
  });
});
