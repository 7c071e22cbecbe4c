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

const noHolds = { driverLate: false, detectionsLate: false, takeoverUntilMs: undefined };
const fresh = { holds: noHolds, caps: { detectionsDelayed: false, hot: false }, heldAtMs: [] };
const manual: ModeState = { mode: 'manual', armedBy: 'remote', ...fresh };
const auto: ModeState = { mode: 'auto', armedBy: 'remote', ...fresh };
const autoByDaemon: ModeState = { mode: 'auto', armedBy: 'daemon', ...fresh };
const stopping: ModeState = { mode: 'stopping', sinceMs: 900, reason: 'no track in sight' };
const states = { disarmed: initialModeState, manual, auto, autoByDaemon, stopping, estop: { mode: 'estop' } } as const;
type StateName = keyof typeof states;

const obstacle = { code: 'no-track', text: 'No track in sight', cure: 'Put the car on the track' };
const events = {
  armManual: { kind: 'arm-requested', mode: 'manual', armedBy: 'remote', obstacles: [] },
  armAuto: { kind: 'arm-requested', mode: 'auto', armedBy: 'remote', obstacles: [] },
  armBlocked: { kind: 'arm-requested', mode: 'auto', armedBy: 'remote', obstacles: [obstacle] },
  setManual: { kind: 'mode-requested', mode: 'manual', obstacles: [] },
  setAuto: { kind: 'mode-requested', mode: 'auto', obstacles: [] },
  setBlocked: { kind: 'mode-requested', mode: 'auto', obstacles: [obstacle] },
  disarm: { kind: 'disarm-requested' },
  stop: { kind: 'stop-pressed', by: 'phone' },
  release: { kind: 'stop-released' },
  driverChanged: { kind: 'driver-changed' },
  driverLate: { kind: 'driver-late' },
  driverRecovered: { kind: 'driver-recovered' },
  driverLost: { kind: 'driver-lost' },
  driverGone: { kind: 'driver-gone' },
  detectionsLate: { kind: 'detections-late' },
  detectionsRecovered: { kind: 'detections-recovered' },
  detectionsLost: { kind: 'detections-lost' },
  detectionsDelayed: { kind: 'detections-delayed' },
  detectionsPrompt: { kind: 'detections-prompt' },
  framesRare: { kind: 'frames-rare', gapMs: 125 },
  idle: { kind: 'idle' },
  stuck: { kind: 'stuck' },
  rolling: { kind: 'rolling' },
  hot: { kind: 'hot' },
  cool: { kind: 'cool' },
  tooHot: { kind: 'too-hot' },
  batteryEmpty: { kind: 'battery-empty' },
  perceptionLost: { kind: 'perception-lost' },
  remoteLost: { kind: 'remote-lost' },
  actuationLost: { kind: 'actuation-lost' },
  actuationFault: { kind: 'actuation-fault', text: 'no answer at 0x40' },
  trackLost: { kind: 'track-lost' },
  standstill: { kind: 'standstill' },
  shutdown: { kind: 'shutdown' },
  tick: { kind: 'tick', stickCentred: true },
} as const satisfies Record<string, ModeEvent>;
type EventName = keyof typeof events;

/** The event in the state leads to this; `=` is "nothing changes and nothing is done". */
const table: Record<EventName, Record<StateName, string>> = {
  armManual: {
    disarmed: 'manual: arm, armed',
    manual: '=',
    auto: 'manual:',
    autoByDaemon: 'manual:',
    stopping: 'stopping: refuse, arming-refused',
    estop: 'estop: refuse, arming-refused',
  },
  armAuto: {
    disarmed: 'auto: arm, armed',
    manual: 'auto:',
    auto: '=',
    autoByDaemon: 'auto:',
    stopping: 'stopping: refuse, arming-refused',
    estop: 'estop: refuse, arming-refused',
  },
  armBlocked: {
    disarmed: 'disarmed: refuse, arming-refused',
    manual: 'manual: refuse, mode-refused',
    auto: 'auto: refuse, mode-refused',
    autoByDaemon: 'auto: refuse, mode-refused',
    stopping: 'stopping: refuse, arming-refused',
    estop: 'estop: refuse, arming-refused',
  },
  setManual: {
    disarmed: 'disarmed: refuse, arming-refused',
    manual: '=',
    auto: 'manual:',
    autoByDaemon: 'manual:',
    stopping: 'stopping: refuse, arming-refused',
    estop: 'estop: refuse, arming-refused',
  },
  setAuto: {
    disarmed: 'disarmed: refuse, arming-refused',
    manual: 'auto:',
    auto: '=',
    autoByDaemon: 'auto:',
    stopping: 'stopping: refuse, arming-refused',
    estop: 'estop: refuse, arming-refused',
  },
  setBlocked: {
    disarmed: 'disarmed: refuse, arming-refused',
    manual: 'manual: refuse, mode-refused',
    auto: 'auto: refuse, mode-refused',
    autoByDaemon: 'auto: refuse, mode-refused',
    stopping: 'stopping: refuse, arming-refused',
    estop: 'estop: refuse, arming-refused',
  },
  disarm: {
    disarmed: '=',
    manual: 'stopping:',
    auto: 'stopping:',
    autoByDaemon: 'stopping:',
    stopping: 'disarmed: disarm, disarmed',
    estop: '=',
  },
  stop: {
    disarmed: 'estop: emergency-stop, emergency-stop',
    manual: 'estop: emergency-stop, emergency-stop',
    auto: 'estop: emergency-stop, emergency-stop',
    autoByDaemon: 'estop: emergency-stop, emergency-stop',
    stopping: 'estop: emergency-stop, emergency-stop',
    estop: 'estop: emergency-stop',
  },
  release: {
    disarmed: '=',
    manual: '=',
    auto: '=',
    autoByDaemon: '=',
    stopping: '=',
    estop: 'disarmed: clear-stop, stop-released',
  },
  driverChanged: {
    disarmed: '=',
    manual: 'disarmed: disarm, driver-changed',
    auto: 'auto held: driver-changed',
    autoByDaemon: 'auto held: driver-changed',
    stopping: '=',
    estop: '=',
  },
  driverLate: {
    disarmed: '=',
    manual: 'manual held: driver-late',
    auto: '=',
    autoByDaemon: '=',
    stopping: '=',
    estop: '=',
  },
  driverRecovered: { disarmed: '=', manual: '=', auto: '=', autoByDaemon: '=', stopping: '=', estop: '=' },
  driverLost: {
    disarmed: '=',
    manual: 'disarmed: disarm, driver-lost',
    auto: '=',
    autoByDaemon: '=',
    stopping: '=',
    estop: '=',
  },
  driverGone: {
    disarmed: '=',
    manual: 'disarmed: disarm, driver-lost',
    auto: '=',
    autoByDaemon: '=',
    stopping: '=',
    estop: '=',
  },
  detectionsLate: {
    disarmed: '=',
    manual: '=',
    auto: 'auto held: detections-late',
    autoByDaemon: 'auto held: detections-late',
    stopping: '=',
    estop: '=',
  },
  detectionsRecovered: { disarmed: '=', manual: '=', auto: '=', autoByDaemon: '=', stopping: '=', estop: '=' },
  detectionsLost: {
    disarmed: '=',
    manual: '=',
    auto: 'stopping: detections-lost',
    autoByDaemon: 'stopping: detections-lost',
    stopping: '=',
    estop: '=',
  },
  detectionsDelayed: {
    disarmed: '=',
    manual: '=',
    auto: 'auto slow: detections-delayed',
    autoByDaemon: 'auto slow: detections-delayed',
    stopping: '=',
    estop: '=',
  },
  detectionsPrompt: { disarmed: '=', manual: '=', auto: '=', autoByDaemon: '=', stopping: '=', estop: '=' },
  framesRare: {
    disarmed: '=',
    manual: '=',
    auto: 'stopping: frames-rare',
    autoByDaemon: 'stopping: frames-rare',
    stopping: '=',
    estop: '=',
  },
  idle: {
    disarmed: '=',
    manual: 'disarmed: disarm, idle-disarmed',
    auto: 'disarmed: disarm, idle-disarmed',
    autoByDaemon: 'disarmed: disarm, idle-disarmed',
    stopping: '=',
    estop: '=',
  },
  stuck: {
    disarmed: '=',
    manual: 'disarmed: disarm, stuck',
    auto: 'disarmed: disarm, stuck',
    autoByDaemon: 'disarmed: disarm, stuck',
    stopping: '=',
    estop: '=',
  },
  rolling: {
    disarmed: 'disarmed: rolling',
    manual: 'disarmed: disarm, rolling',
    auto: 'disarmed: disarm, rolling',
    autoByDaemon: 'disarmed: disarm, rolling',
    stopping: 'disarmed: disarm, rolling',
    estop: 'estop: rolling',
  },
  hot: {
    disarmed: '=',
    manual: 'manual:',
    auto: 'auto slow:',
    autoByDaemon: 'auto slow:',
    stopping: '=',
    estop: '=',
  },
  cool: { disarmed: '=', manual: '=', auto: '=', autoByDaemon: '=', stopping: '=', estop: '=' },
  tooHot: {
    disarmed: 'disarmed: too-hot',
    manual: 'stopping: too-hot',
    auto: 'stopping: too-hot',
    autoByDaemon: 'stopping: too-hot',
    stopping: 'stopping: too-hot',
    estop: 'estop: too-hot',
  },
  batteryEmpty: {
    disarmed: 'disarmed: battery-empty',
    manual: 'stopping: battery-empty',
    auto: 'stopping: battery-empty',
    autoByDaemon: 'stopping: battery-empty',
    stopping: 'stopping: battery-empty',
    estop: 'estop: battery-empty',
  },
  perceptionLost: {
    disarmed: 'disarmed: perception-lost',
    manual: 'manual: perception-lost',
    auto: 'stopping: perception-lost',
    autoByDaemon: 'stopping: perception-lost',
    stopping: 'stopping: perception-lost',
    estop: 'estop: perception-lost',
  },
  remoteLost: {
    disarmed: '=',
    manual: '=',
    auto: 'stopping: remote-lost',
    autoByDaemon: '=',
    stopping: '=',
    estop: '=',
  },
  actuationLost: {
    disarmed: 'disarmed: actuation-lost',
    manual: 'disarmed: disarm, actuation-lost',
    auto: 'disarmed: disarm, actuation-lost',
    autoByDaemon: 'disarmed: disarm, actuation-lost',
    stopping: 'disarmed: disarm, actuation-lost',
    estop: 'estop: actuation-lost',
  },
  actuationFault: {
    disarmed: 'disarmed: actuation-fault',
    manual: 'disarmed: disarm, actuation-fault',
    auto: 'disarmed: disarm, actuation-fault',
    autoByDaemon: 'disarmed: disarm, actuation-fault',
    stopping: 'disarmed: disarm, actuation-fault',
    estop: 'estop: actuation-fault',
  },
  trackLost: {
    disarmed: '=',
    manual: '=',
    auto: 'stopping: track-lost',
    autoByDaemon: 'stopping: track-lost',
    stopping: '=',
    estop: '=',
  },
  standstill: {
    disarmed: '=',
    manual: '=',
    auto: '=',
    autoByDaemon: '=',
    stopping: 'disarmed: disarm, disarmed',
    estop: '=',
  },
  shutdown: {
    disarmed: 'disarmed: shutting-down',
    manual: 'disarmed: disarm, shutting-down',
    auto: 'disarmed: disarm, shutting-down',
    autoByDaemon: 'disarmed: disarm, shutting-down',
    stopping: 'disarmed: disarm, shutting-down',
    estop: 'estop: shutting-down',
  },
  tick: { disarmed: '=', manual: '=', auto: '=', autoByDaemon: '=', stopping: '=', estop: '=' },
};

function isDrivingHeld(state: ModeState): boolean {
  return (state.mode === 'manual' || state.mode === 'auto') && neutralReason(state) !== undefined;
}

function outcome(state: ModeState, event: ModeEvent): string {
  const step = reduceMode(state, event, 1000);
  const effects = step.effects.map((effect) => (effect.kind === 'announce' ? effect.code : effect.kind));
  if (effects.length === 0 && JSON.stringify(step.state) === JSON.stringify(state)) return '=';
  const held = isDrivingHeld(step.state) ? ' held' : slowReason(step.state) !== undefined ? ' slow' : '';
  return `${step.state.mode}${held}: ${effects.join(', ')}`.trim();
}

describe('every event in every state', () => {
  for (const [eventName, row] of Object.entries(table) as [EventName, Record<StateName, string>][]) {
    for (const [stateName, expected] of Object.entries(row) as [StateName, string][]) {
      it(`${eventName} in ${stateName}: ${expected}`, () => {
        expect(outcome(states[stateName], events[eventName])).toBe(expected);
      });
    }
  }
});

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
