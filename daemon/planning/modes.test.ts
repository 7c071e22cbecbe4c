import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventTexts } from '../protocol/events.ts';
import {
  initialModeState,
  isArmed,
  type ModeEvent,
  type ModeState,
  neutralReason,
  reduceMode,
  slowReason,
  stoppingLimitMs,
  takeoverNeutralMs,
  unsteadyHolds,
  unsteadyWithinMs,
} from './modes.ts';
import { auto, autoByDaemon, events, manual, stopping } from './testing/mode-samples.ts';

describe('arming', () => {
  it('names every obstacle, those of the mode included', () => {
    const { effects } = reduceMode({ mode: 'estop' }, events.armBlocked, 0);
    const refusal = effects.find((effect) => effect.kind === 'refuse');
    expect(refusal?.obstacles.map(({ code }) => code)).toEqual(['stop-latched', 'no-track']);
  });

  it('by a phone makes the car depend on a phone, also when the daemon had armed it', () => {
    const { state } = reduceMode(autoByDaemon, events.setAuto, 0);
    expect(reduceMode(state, events.remoteLost, 0).state.mode).toBe('stopping');
  });
});

describe('holds', () => {
  it('keep neutral until the named event clears them', () => {
    const late = reduceMode(manual, events.driverLate, 0).state;
    expect(neutralReason(late)).toBe('control signal late');
    expect(neutralReason(reduceMode(late, events.driverRecovered, 0).state)).toBeUndefined();
    const blind = reduceMode(auto, events.detectionsLate, 0).state;
    expect(neutralReason(blind)).toBe('detections late');
    expect(neutralReason(reduceMode(blind, events.detectionsRecovered, 0).state)).toBeUndefined();
  });

  it('are announced once, however often the watchdog repeats itself', () => {
    const late = reduceMode(manual, events.driverLate, 0).state;
    expect(reduceMode(late, events.driverLate, 10).effects).toEqual([]);
    const blind = reduceMode(auto, events.detectionsLate, 0).state;
    expect(reduceMode(blind, events.detectionsLate, 10).effects).toEqual([]);
  });

  it('a takeover lasts its time, and longer while the new stick is not centred', () => {
    const takenInAuto = reduceMode(auto, events.driverChanged, 1000).state;
    const taken = reduceMode(takenInAuto, events.setManual, 1000).state;
    const early = reduceMode(taken, events.tick, 1000 + takeoverNeutralMs - 1).state;
    expect(neutralReason(early)).toBe('another driver takes over');
    const pushed = reduceMode(taken, { kind: 'tick', stickCentred: false }, 1000 + 10 * takeoverNeutralMs).state;
    expect(neutralReason(pushed)).toBe('another driver takes over');
    expect(neutralReason(reduceMode(taken, events.tick, 1000 + takeoverNeutralMs).state)).toBeUndefined();
  });

  it('a takeover is not cut short by changing the mode', () => {
    const taken = reduceMode(auto, events.driverChanged, 1000).state;
    expect(neutralReason(reduceMode(taken, events.setManual, 1001).state)).toBe('another driver takes over');
  });
});

describe('two faults at once', () => {
  it('of which the worse clears leave the lesser action', () => {
    let state = reduceMode(auto, events.detectionsDelayed, 0).state;
    state = reduceMode(state, events.hot, 0).state;
    state = reduceMode(state, events.detectionsLate, 0).state;
    expect(neutralReason(state)).toBe('detections late');
    state = reduceMode(state, events.detectionsRecovered, 0).state;
    expect(neutralReason(state)).toBeUndefined();
    expect(slowReason(state)).toBe('the picture is late');
    state = reduceMode(state, events.detectionsPrompt, 0).state;
    expect(slowReason(state)).toBe('the computer is hot');
    expect(slowReason(reduceMode(state, events.cool, 0).state)).toBeUndefined();
  });

  it('never slow a driver at the stick, but the pilot after a change of the mode', () => {
    const { state } = reduceMode(reduceMode(auto, events.hot, 0).state, events.setManual, 0);
    expect(slowReason(state)).toBeUndefined();
    expect(slowReason(reduceMode(state, events.setAuto, 0).state)).toBe('the computer is hot');
  });
});

describe('a fault that comes and goes', () => {
  const flap = (start: ModeState, [trip, clear]: readonly [ModeEvent, ModeEvent], periodMs: number, times: number) => {
    let state = start;
    const codes: string[] = [];
    for (let count = 0; count < times; count++) {
      for (const [event, atMs] of [[trip, count * periodMs] as const, [clear, (count + 0.5) * periodMs] as const]) {
        const step = reduceMode(state, event, atMs);
        state = step.state;
        codes.push(...step.effects.flatMap((effect) => (effect.kind === 'announce' ? effect.code : [])));
      }
    }
    return { state, codes };
  };

  it.each([
    ['manual', manual, [events.driverLate, events.driverRecovered], 'disarmed'],
    ['auto', auto, [events.detectionsLate, events.detectionsRecovered], 'stopping'],
  ] as const)('stops %s after a few times, and is told no more', (_, start, fault, end) => {
    const { state, codes } = flap(start, fault, 100, 100);
    expect(state.mode).toBe(end);
    expect(codes).toHaveLength(2 * (unsteadyHolds - 1) + 1);
    expect(codes.at(-1)).toBe('unsteady');
  });

  it('only now and then is no reason to stop', () => {
    const everyMs = unsteadyWithinMs / (unsteadyHolds - 1);
    expect(flap(manual, [events.driverLate, events.driverRecovered], everyMs, 100).state.mode).toBe('manual');
  });
});

describe('recovery', () => {
  it('is told by name, and what had stopped the car stays stopped', () => {
    const held = reduceMode(auto, events.detectionsLate, 0).state;
    expect(reduceMode(held, events.detectionsRecovered, 0).effects).toEqual([
      { kind: 'announce', code: 'detections-back' },
    ]);
    const late = reduceMode(manual, events.driverLate, 0).state;
    expect(reduceMode(late, events.driverRecovered, 0).effects).toEqual([{ kind: 'announce', code: 'driver-back' }]);
    const slow = reduceMode(auto, events.detectionsDelayed, 0).state;
    expect(reduceMode(slow, events.detectionsPrompt, 0).effects).toEqual([
      { kind: 'announce', code: 'detections-prompt' },
    ]);
    for (const stop of [events.detectionsLost, events.framesRare, events.tooHot, events.batteryEmpty]) {
      let { state } = reduceMode(auto, stop, 0);
      for (const clear of [events.detectionsRecovered, events.detectionsPrompt, events.cool]) {
        state = reduceMode(state, clear, 0).state;
      }
      expect(state.mode).toBe('stopping');
    }
  });
});

describe('a takeover of a car driven by hand', () => {
  it('disarms it: the new driver arms, and nothing else brings it back', () => {
    const { state, effects } = reduceMode(manual, events.driverChanged, 1000);
    expect(effects).toContainEqual({ kind: 'announce', code: 'driver-changed' });
    expect(reduceMode(state, events.setManual, 1100).state.mode).toBe('disarmed');
    expect(reduceMode(state, events.armManual, 1100).state.mode).toBe('manual');
  });
});

describe('stopping', () => {
  it('is neutral from the first moment', () => {
    expect(neutralReason(auto)).toBeUndefined();
    for (const event of [
      events.disarm,
      events.detectionsLost,
      events.perceptionLost,
      events.remoteLost,
      events.trackLost,
    ]) {
      const { state } = reduceMode(auto, event, 1000);
      expect(state.mode).toBe('stopping');
      expect(neutralReason(state)).toBeDefined();
    }
  });

  it('ends disarmed in time even if no standstill is ever reported', () => {
    const before = reduceMode(stopping, events.tick, 900 + stoppingLimitMs - 1).state;
    expect(before.mode).toBe('stopping');
    const after = reduceMode(stopping, events.tick, 900 + stoppingLimitMs);
    expect(after.state.mode).toBe('disarmed');
    expect(after.effects.map(({ kind }) => kind)).toContain('disarm');
  });
});

const anyEvent = fc.constantFrom(...Object.values(events));

describe('whatever happens', () => {
  it('only an arming request arms, and only a release leaves the emergency stop', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyEvent, fc.integer({ min: 0, max: 400 })), { maxLength: 60 }), (story) => {
        let state: ModeState = initialModeState;
        let nowMs = 0;
        for (const [event, passedMs] of story) {
          nowMs += passedMs;
          const step = reduceMode(state, event, nowMs);
          if (!isArmed(state) && isArmed(step.state)) {
            expect(event.kind).toBe('arm-requested');
            expect(step.effects[0]?.kind).toBe('arm');
          }
          if (state.mode === 'estop' && step.state.mode !== 'estop') expect(event.kind).toBe('stop-released');
          // From stopping there is no way back to driving.
          if (state.mode === 'stopping') expect(['stopping', 'disarmed', 'estop']).toContain(step.state.mode);
          // Whoever takes the car's arms away tells the gate.
          if (isArmed(state) && !isArmed(step.state)) {
            expect(['disarm', 'emergency-stop']).toContain(step.effects[0]?.kind);
          }
          for (const effect of step.effects) {
            if (effect.kind === 'announce') expect(eventTexts).toHaveProperty(effect.code);
          }
          state = step.state;
        }
      }),
    );
  });

  it('without an arming request nothing but neutral is allowed', () => {
    const harmless = fc.constantFrom(...Object.values(events).filter(({ kind }) => kind !== 'arm-requested'));
    fc.assert(
      fc.property(fc.array(harmless, { maxLength: 60 }), (story) => {
        let state: ModeState = initialModeState;
        for (const event of story) state = reduceMode(state, event, 0).state;
        expect(neutralReason(state)).toBeDefined();
      }),
    );
  });
});
