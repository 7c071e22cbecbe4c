import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AutoArming, armingPatienceMs, autoArmingText, quietMs, settledMs } from './auto-arming.ts';
import type { Mode } from './protocol/modes.ts';

const noTrack = { code: 'no-track', text: 'No track in sight', cure: 'Put the car on the track' };
const clear = { mode: 'disarmed', autoObstacles: [] } as const;
const blocked = { mode: 'disarmed', autoObstacles: [noTrack] } as const;

test('arms when nothing has been in the way for a second', () => {
  const arming = new AutoArming({ wanted: true, startedAtMs: 0 });
  expect(arming.step(blocked, 500).isDue).toBe(false);
  expect(arming.step(clear, 1000).isDue).toBe(false);
  expect(arming.step(clear, 1000 + settledMs - 1).isDue).toBe(false);
  expect(arming.step(clear, 1000 + settledMs).isDue).toBe(true);
});

test('begins to wait anew whenever something is in the way', () => {
  const arming = new AutoArming({ wanted: true, startedAtMs: 0 });
  arming.step(clear, 1000);
  arming.step(blocked, 1900);
  expect(arming.step(clear, 2000).isDue).toBe(false);
  expect(arming.step(clear, 2500).isDue).toBe(false);
  expect(arming.step(clear, 3000).isDue).toBe(true);
});

test('asks again after a refusal, and never once it was granted, even if the car is never seen armed', () => {
  const arming = new AutoArming({ wanted: true, startedAtMs: 0 });
  arming.step(clear, 0);
  expect(arming.step(clear, settledMs).isDue).toBe(true);
  expect(arming.step(clear, settledMs + 20).isDue).toBe(true);
  arming.granted();
  expect(arming.step(clear, settledMs + 40).isDue).toBe(false);
  expect(arming.step(clear, 3 * settledMs).isDue).toBe(false);
});

test('gives up after a minute', () => {
  const arming = new AutoArming({ wanted: true, startedAtMs: 0 });
  expect(arming.step(blocked, armingPatienceMs).isDue).toBe(false);
  expect(arming.step(clear, armingPatienceMs + 1).isDue).toBe(false);
  expect(arming.step(clear, armingPatienceMs + 2000).isDue).toBe(false);
});

test('tells what stands in the way, not while the car starts, and not again while it is the same', () => {
  const arming = new AutoArming({ wanted: true, startedAtMs: 0 });
  const told = (car: Parameters<AutoArming['step']>[0], nowMs: number) => autoArmingText(arming.step(car, nowMs));
  expect(told(blocked, quietMs - 1)).toBeUndefined();
  expect(told(blocked, quietMs)).toBe('--auto waits to drive. No track in sight: Put the car on the track');
  expect(told(blocked, 3 * quietMs)).toBeUndefined();
  const low = { code: 'battery', text: 'The battery is low', cure: 'Charge it' };
  expect(told({ mode: 'disarmed', autoObstacles: [low, noTrack] }, 4 * quietMs)).toBe(
    '--auto waits to drive. The battery is low: Charge it; No track in sight: Put the car on the track',
  );
  expect(told(blocked, armingPatienceMs)).toContain('gives up: arm the car on its page. No track in sight');
  expect(told(blocked, armingPatienceMs + 1)).toBeUndefined();
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
        const { isDue: due } = arming.step({ mode: modeNow, autoObstacles: isClear ? [] : [noTrack] }, nowMs);
        if (due) {
          asked++;
          expect(mayArm && isClear && nowMs < armingPatienceMs).toBe(true);
        }
      }
    }),
  );
  expect(asked).toBeGreaterThan(0);
});
