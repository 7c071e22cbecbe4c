import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AutoArming, armingPatienceMs, settledMs } from './auto-arming.ts';
import type { Mode } from './protocol/modes.ts';

const clear = { mode: 'disarmed', autoObstacles: [] } as const;
const blocked = { mode: 'disarmed', autoObstacles: ['no track in sight'] } as const;

test('arms when nothing has been in the way for a second', () => {
  const arming = new AutoArming({ wanted: true, startedAtMs: 0 });
  expect(arming.isDue(blocked, 500)).toBe(false);
  expect(arming.isDue(clear, 1000)).toBe(false);
  expect(arming.isDue(clear, 1000 + settledMs - 1)).toBe(false);
  expect(arming.isDue(clear, 1000 + settledMs)).toBe(true);
});

test('begins to wait anew whenever something is in the way', () => {
  const arming = new AutoArming({ wanted: true, startedAtMs: 0 });
  arming.isDue(clear, 1000);
  arming.isDue(blocked, 1900);
  expect(arming.isDue(clear, 2000)).toBe(false);
  expect(arming.isDue(clear, 2500)).toBe(false);
  expect(arming.isDue(clear, 3000)).toBe(true);
});

test('gives up after a minute', () => {
  const arming = new AutoArming({ wanted: true, startedAtMs: 0 });
  expect(arming.isDue(blocked, armingPatienceMs)).toBe(false);
  expect(arming.isDue(clear, armingPatienceMs + 1)).toBe(false);
  expect(arming.isDue(clear, armingPatienceMs + 2000)).toBe(false);
});

test('whatever happens, it never arms unasked, nor after a person, nor a second time', () => {
  const mode = fc.constantFrom<Mode>('disarmed', 'disarmed', 'disarmed', 'manual', 'auto', 'stopping', 'estop');
  const moment = fc.record({
    passedMs: fc.integer({ min: 1, max: 900 }),
    mode,
    isClear: fc.integer({ min: 0, max: 20 }).map((number) => number > 0),
    person: fc.integer({ min: 0, max: 30 }).map((number) => number === 0),
  });
  let asked = 0;
  fc.assert(
    fc.property(fc.boolean(), fc.array(moment, { maxLength: 80 }), (wanted, moments) => {
      const arming = new AutoArming({ wanted, startedAtMs: 0 });
      let nowMs = 0;
      let mayArm = wanted;
      for (const { passedMs, mode: modeNow, isClear, person } of moments) {
        nowMs += passedMs;
        if (person) {
          arming.personTookCharge();
          mayArm = false;
        }
        if (modeNow !== 'disarmed') mayArm = false;
        const due = arming.isDue({ mode: modeNow, autoObstacles: isClear ? [] : ['x'] }, nowMs);
        if (due) {
          asked++;
          expect(mayArm && isClear && nowMs < armingPatienceMs).toBe(true);
        }
      }
    }),
  );
  expect(asked).toBeGreaterThan(0);
});
