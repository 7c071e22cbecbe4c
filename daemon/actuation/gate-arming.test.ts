import { beforeEach, describe, expect, it } from 'vitest';
import { stickCentre } from '../protocol/driver-command.ts';
import { maxFutureMs } from './gate.ts';
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

describe('arming', () => {
  it('is denied before the board was looked at, at neutral', () => {
    const { output, transitions } = arm();
    expect(output).toEqual({ steering: 0, throttle: 0, armed: false, neutralReason: 'motor board not ready' });
    expect(transitions).toEqual([
      {
        armed: false,
        cause: 'arming-refused',
        text: 'the motor board is not ready: it was not looked at yet',
      },
    ]);
  });

  it('is granted at neutral, and waits for a command', () => {
    ready();
    ready();
    const { output, transitions } = arm();
    expect(output).toEqual({ steering: 0, throttle: 0, armed: true, neutralReason: 'no command yet' });
    expect(transitions).toEqual([{ armed: true, cause: 'armed', text: 'armed at neutral' }]);
  });

  it('lists every obstacle', () => {
    step({ kind: 'emergency-stop', atMs: nowMs, reason: 'a child' });
    drive(0.3);
    step({ kind: 'end', reason: 'SIGTERM' });
    const refusal = step({ kind: 'arm', atMs: nowMs - 600 }).transitions[0];
    expect(refusal?.cause).toBe('arming-refused');
    expect(refusal?.text.split('; ')).toEqual([
      'the process is ending',
      'the emergency stop is latched',
      'the motor board is not ready: it was not looked at yet',
      'the request is 600 ms old',
      'the throttle asked for is 0.3, not neutral',
    ]);
  });

  it.each([
    ['forward', stickCentre + 0.001],
    ['backward', -stickCentre - 0.001],
  ])('is refused while the stick asks for motion %s', (_, throttle) => {
    ready();
    drive(throttle);
    expect(causes(arm())).toEqual(['arming-refused']);
  });

  it.each([stickCentre, -stickCentre, 0])('is granted with the stick at %s', (throttle) => {
    ready();
    drive(throttle, 1);
    expect(causes(arm())).toEqual(['armed']);
  });

  it('does not look at a stick of long ago', () => {
    ready();
    drive(1);
    pass(limits.commandLifetimeMs + 1);
    expect(causes(arm())).toEqual(['armed']);
  });

  it('is refused on a request that waited in a queue or comes from the future', () => {
    ready();
    expect(causes(step({ kind: 'arm', atMs: nowMs - 501 }))).toEqual(['arming-refused']);
    expect(causes(step({ kind: 'arm', atMs: nowMs + maxFutureMs + 1 }))).toEqual(['arming-refused']);
    expect(causes(step({ kind: 'arm', atMs: Number.NaN }))).toEqual(['arming-refused']);
    expect(causes(step({ kind: 'arm', atMs: nowMs - 500 }))).toEqual(['armed']);
  });

  it('twice is once', () => {
    ready();
    arm();
    expect(arm()).toMatchObject({ output: { armed: true }, transitions: [] });
  });

  it('forgets commands from before it: they were issued for a car at rest', () => {
    ready();
    drive(stickCentre);
    arm();
    expect(step({ kind: 'tick' }).output.neutralReason).toBe('no command yet');
    expect(drive(1, 0, { issuedAtMs: nowMs - 1 }).output.neutralReason).toBe('no command yet');
    expect(gate.counters.stale).toBe(1);
    expect(drive(1).output.neutralReason).toBeUndefined();
  });
});

describe('driving', () => {
  beforeEach(() => {
    ready();
    arm();
  });

  it('says so once, and follows the newest command', () => {
    expect(drive(0.1).transitions).toEqual([{ armed: true, cause: 'driving', text: 'from command 1 on' }]);
    expect(causes(drive(0.1))).toEqual([]);
    expect(keepDriving(400, 0.1, -0.2).output).toEqual({
      steering: -0.2,
      throttle: 0.1,
      armed: true,
      neutralReason: undefined,
    });
    expect(gate.lastSequence).toBe(22);
    expect(gate.counters).toEqual({ accepted: 22, expired: 0, stale: 0, invalid: 0 });
  });

  it('begins anew with every arming', () => {
    keepDriving(100, 0.5);
    elapse(200);
    drive(0.5);
    step({ kind: 'disarm', atMs: nowMs, reason: 'the driver' });
    elapse(200);
    arm();
    expect(step({ kind: 'tick' }).output.neutralReason).toBe('no command yet');
    drive(0.5);
    elapse(200);
    expect(step({ kind: 'tick' }).output.neutralReason).toBe('command too old');
    step({ kind: 'disarm', atMs: nowMs, reason: 'the driver' });
    arm();
    expect(step({ kind: 'tick' }).output.neutralReason).toBe('no command yet');
    keepDriving(20, 0.5);
    step({ kind: 'disarm', atMs: nowMs, reason: 'the driver' });
    elapse(151);
    arm();
    expect(causes(drive(0.5))).toEqual(['driving']);
    step({ kind: 'disarm', atMs: nowMs, reason: 'the driver' });
    drive(0);
    arm();
    expect(causes(drive(0.5))).toEqual(['driving']);
  });

  it('caps the throttle both ways', () => {
    expect(keepDriving(600, 1).output.throttle).toBe(0.8);
    expect(keepDriving(600, -1).output.throttle).toBe(-0.5);
  });

  it('turns no faster than the slew allows', () => {
    elapse(100);
    const first = drive(0, 1);
    expect(first.output.steering).toBeCloseTo(0.2, 9);
    pass(10);
    expect(drive(0, 1).output.steering).toBeCloseTo(0.3, 9);
    pass(1);
    expect(drive(0, -1).output.steering).toBeCloseTo(0.29, 9);
    pass(500);
    expect(drive(0, -1).output.steering).toBeCloseTo(0.09, 9);
  });

  it('lets a small change after rest through at once', () => {
    keepDriving(100, 0.5, 0.5);
    keepDriving(100, 0.5, 0.5);
    expect(drive(0.55, 0.4).output).toMatchObject({ throttle: 0.55, steering: 0.4 });
  });

  it('accelerates and slows down by slew, but stops at once', () => {
    expect(keepDriving(60, 0.8).output.throttle).toBeCloseTo(0.3, 9);
    keepDriving(200, 0.8);
    pass(10);
    expect(drive(0.1).output.throttle).toBeCloseTo(0.7, 9);
    expect(drive(0).output.throttle).toBe(0);
  });
});
