import { beforeEach, describe, expect, it } from 'vitest';
import {
  arm,
  beginGateStories,
  causes,
  drive,
  elapse,
  gate,
  keepDriving,
  limits,
  nowMs,
  pass,
  ready,
  step,
} from './testing/gate-story.ts';

beginGateStories();

describe('a command', () => {
  beforeEach(() => {
    ready();
    arm();
  });

  it('drives for its lifetime and not a moment longer, counted from when it was issued', () => {
    drive(0.5, 0, { issuedAtMs: nowMs });
    pass(limits.commandLifetimeMs);
    expect(step({ kind: 'tick' }).output.neutralReason).toBeUndefined();
    pass(0.001);
    const { output, transitions } = step({ kind: 'tick' });
    expect(output).toMatchObject({ throttle: 0, armed: true, neutralReason: 'command too old' });
    expect(transitions).toEqual([{ armed: true, cause: 'command-expired', text: 'command 1 is 150 ms old' }]);
    expect(gate.counters.expired).toBe(1);
    expect(causes(elapse(50))).toEqual([]);
  });

  it('that was old when it came drives for what is left of its lifetime', () => {
    drive(0.5, 0, { issuedAtMs: nowMs });
    pass(140);
    drive(0.5, 0, { issuedAtMs: nowMs - 100 });
    pass(50);
    expect(step({ kind: 'tick' }).output.neutralReason).toBeUndefined();
    pass(1);
    expect(step({ kind: 'tick' }).output.neutralReason).toBe('command too old');
  });

  it('older than its lifetime when it comes is stale', () => {
    arm();
    pass(300);
    const { output } = drive(1, 0, { issuedAtMs: nowMs - 151 });
    expect(output).toMatchObject({ throttle: 0, neutralReason: 'no command yet' });
    expect(gate.counters).toMatchObject({ accepted: 0, stale: 1 });
    expect(gate.lastSequence).toBeUndefined();
  });

  it('brings motion back after neutral, from neutral on', () => {
    keepDriving(400, 0.8);
    elapse(200);
    const { output, transitions } = drive(0.8);
    expect(transitions).toEqual([{ armed: true, cause: 'driving', text: 'from command 21 on' }]);
    expect(output.throttle).toBe(0);
    elapse(10);
    expect(step({ kind: 'tick' }).output.throttle).toBeCloseTo(0.05, 9);
  });

  it('that is the first thing heard after a standstill of the process still passes through neutral', () => {
    keepDriving(400, 0.8);
    pass(500);
    const { output, transitions } = drive(0.8);
    expect(transitions.map(({ cause }) => cause)).toEqual(['command-expired', 'driving']);
    expect(output.throttle).toBeLessThanOrEqual(0.1);
  });

  it('from the future is refused, within 50 ms taken', () => {
    drive(0.5, 0, { issuedAtMs: nowMs + 50.001 });
    expect(gate.counters).toMatchObject({ accepted: 0, invalid: 1 });
    drive(0.5, 0, { issuedAtMs: nowMs + 50 });
    expect(gate.counters).toMatchObject({ accepted: 1, invalid: 1 });
  });

  it('seen before or overtaken is ignored and counted', () => {
    drive(0.1, 0, { sequence: 7 });
    drive(0.7, 0, { sequence: 7 });
    drive(0.7, 0, { sequence: 6 });
    elapse(20);
    expect(gate.counters).toEqual({ accepted: 1, expired: 0, stale: 2, invalid: 0 });
    expect(gate.lastSequence).toBe(7);
    expect(elapse(100).output.throttle).toBe(0.1);
    drive(0.1, 0, { sequence: 8 });
    expect(gate.lastSequence).toBe(8);
  });

  it.each([
    ['throttle NaN', { throttle: Number.NaN }],
    ['throttle over 1', { throttle: 1.001 }],
    ['throttle under -1', { throttle: -1.001 }],
    ['throttle infinite', { throttle: Number.POSITIVE_INFINITY }],
    ['steering NaN', { steering: Number.NaN }],
    ['steering over 1', { steering: 2 }],
    ['steering under -1', { steering: -2 }],
    ['no time', { issuedAtMs: Number.NaN }],
    ['an infinite time', { issuedAtMs: Number.NEGATIVE_INFINITY }],
    ['a fraction for a number', { sequence: 1.5 }],
    ['a number beyond counting', { sequence: 2 ** 60 }],
  ])('with %s is refused and counted', (_, wrong) => {
    const sound = { kind: 'drive', sequence: 1, issuedAtMs: nowMs, steering: 0, throttle: 0.5 } as const;
    const { output } = step({ ...sound, ...wrong });
    expect(output).toMatchObject({ throttle: 0, armed: true, neutralReason: 'no command yet' });
    expect(gate.counters).toEqual({ accepted: 0, expired: 0, stale: 0, invalid: 1 });
  });
});

describe('three violations in a row', () => {
  beforeEach(() => {
    ready();
    arm();
    drive(0.5);
  });

  it('disarm, until armed again', () => {
    drive(0.5, 7);
    expect(step({ kind: 'violation', text: 'throttle: a word' }).output.armed).toBe(true);
    const { output, transitions } = drive(2);
    expect(output).toMatchObject({ throttle: 0, armed: false, neutralReason: 'not armed' });
    expect(transitions).toEqual([
      {
        armed: false,
        cause: 'violations',
        text: '3 invalid commands in a row, the last one: number 3, issued 0 ms old, steering 0, throttle 2',
      },
    ]);
    expect(drive(0.02).output.throttle).toBe(0);
    expect(causes(arm())).toEqual(['armed']);
    drive(2);
    drive(2);
    expect(step({ kind: 'tick' }).output.armed).toBe(true);
  });

  it('start from nothing after a sound command, and after arming', () => {
    drive(2);
    drive(2);
    drive(0.5);
    drive(2);
    drive(2);
    expect(step({ kind: 'tick' }).output.armed).toBe(true);
    expect(gate.counters.invalid).toBe(4);
    step({ kind: 'disarm', atMs: nowMs, reason: 'enough' });
    drive(0);
    drive(2);
    drive(2);
    arm();
    drive(2);
    expect(step({ kind: 'tick' }).output.armed).toBe(true);
  });
});
