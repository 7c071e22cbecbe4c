import { beforeEach, describe, expect, it } from 'vitest';
import { rates } from '../protocol/rates.ts';
import { steeringHoldMs } from './gate.ts';
import {
  arm,
  beginGateStories,
  causes,
  drive,
  elapse,
  gate,
  keepDriving,
  nowMs,
  pass,
  ready,
  step,
} from './testing/gate-story.ts';

beginGateStories();

describe('stopping', () => {
  beforeEach(() => {
    ready();
    arm();
    keepDriving(400, 0.8, 0.5);
    drive(0.8, 0.5);
  });

  it('by disarming is neutral at once and says who asked', () => {
    const { output, transitions } = step({ kind: 'disarm', atMs: nowMs, reason: 'the driver' });
    expect(output).toMatchObject({ throttle: 0, armed: false, neutralReason: 'not armed' });
    expect(transitions).toEqual([{ armed: false, cause: 'disarmed', text: 'the driver' }]);
    expect(causes(step({ kind: 'disarm', atMs: nowMs, reason: 'again' }))).toEqual([]);
    expect(drive(0.8).output.throttle).toBe(0);
  });

  it('obeys a disarm and an emergency stop however old they are', () => {
    expect(step({ kind: 'disarm', atMs: 0, reason: 'late' }).output.armed).toBe(false);
    expect(step({ kind: 'emergency-stop', atMs: Number.NaN, reason: 'late' }).output.neutralReason).toBe(
      'emergency stop',
    );
  });

  it('holds the wheels, then centres them by slew', () => {
    step({ kind: 'disarm', atMs: nowMs, reason: 'the driver' });
    pass(steeringHoldMs - 1);
    expect(step({ kind: 'tick' }).output.steering).toBe(0.5);
    pass(1);
    expect(step({ kind: 'tick' }).output.steering).toBeCloseTo(0.3, 9);
    pass(10);
    expect(step({ kind: 'tick' }).output.steering).toBeCloseTo(0.2, 9);
    expect(elapse(20).output.steering).toBe(0);
  });

  it('by an emergency stop is latched until it is cleared and the car armed again', () => {
    const { output, transitions } = step({ kind: 'emergency-stop', atMs: nowMs, reason: 'a child' });
    expect(output).toMatchObject({ throttle: 0, armed: false, neutralReason: 'emergency stop' });
    expect(transitions).toEqual([{ armed: false, cause: 'emergency-stop', text: 'a child' }]);
    expect(gate.stopLatched).toBe(true);
    expect(causes(step({ kind: 'emergency-stop', atMs: nowMs, reason: 'two children' }))).toEqual([]);
    expect(drive(0).output.neutralReason).toBe('emergency stop');
    expect(causes(arm())).toEqual(['arming-refused']);
    const cleared = step({ kind: 'clear-stop', atMs: nowMs });
    expect(cleared.output).toMatchObject({ armed: false, neutralReason: 'not armed' });
    expect(cleared.transitions).toEqual([
      { armed: false, cause: 'stop-cleared', text: 'the emergency stop was cleared; the car stays disarmed' },
    ]);
    expect(gate.stopLatched).toBe(false);
    expect(causes(step({ kind: 'clear-stop', atMs: nowMs }))).toEqual([]);
    expect(causes(arm())).toEqual(['armed']);
    expect(step({ kind: 'tick' }).output.throttle).toBe(0);
  });

  it('latches a stop pressed while disarmed', () => {
    step({ kind: 'disarm', atMs: nowMs, reason: 'the driver' });
    expect(causes(step({ kind: 'emergency-stop', atMs: nowMs, reason: 'a child' }))).toEqual(['emergency-stop']);
    expect(causes(arm())).toEqual(['arming-refused']);
  });

  it('is not ended by a clearing that waited in a queue', () => {
    step({ kind: 'emergency-stop', atMs: nowMs, reason: 'a child' });
    const { transitions } = step({ kind: 'clear-stop', atMs: nowMs - 501 });
    expect(transitions).toEqual([{ armed: false, cause: 'clear-stop-refused', text: 'the request is 501 ms old' }]);
    expect(gate.stopLatched).toBe(true);
  });

  it('by a fault of the board disarms; its end does not arm', () => {
    const { output, transitions } = step({ kind: 'board', fault: 'no answer' });
    expect(output).toMatchObject({ throttle: 0, armed: false, neutralReason: 'motor board not ready' });
    expect(transitions).toEqual([{ armed: false, cause: 'board-fault', text: 'no answer' }]);
    expect(causes(step({ kind: 'board', fault: 'no answer' }))).toEqual([]);
    expect(causes(step({ kind: 'board', fault: 'no power' }))).toEqual([]);
    expect(arm().transitions[0]?.text).toContain('the motor board is not ready: no power');
    const recovered = step({ kind: 'board', fault: undefined });
    expect(recovered.transitions).toEqual([{ armed: false, cause: 'board-ready', text: 'the motor board is ready' }]);
    expect(causes(step({ kind: 'board', fault: undefined })), 'no news').toEqual([]);
    expect(drive(0.8).output).toMatchObject({ throttle: 0, armed: false, neutralReason: 'not armed' });
  });

  it('for the end of the process is for good, and centres the wheels without a hold', () => {
    elapse(20);
    const { output, transitions } = step({ kind: 'end', reason: 'SIGTERM' });
    expect(output).toMatchObject({ throttle: 0, armed: false, neutralReason: 'shutting down' });
    expect(output.steering).toBeCloseTo(0.3, 9);
    expect(transitions).toEqual([{ armed: false, cause: 'ending', text: 'SIGTERM' }]);
    expect(causes(step({ kind: 'end', reason: 'SIGINT' }))).toEqual([]);
    expect(causes(arm())).toEqual(['arming-refused']);
  });

  it('by silence is first neutral, then disarmed', () => {
    expect(elapse(rates.driverDisarmAfterMs).output).toMatchObject({ throttle: 0, armed: true });
    const { output, transitions } = elapse(1);
    expect(output.armed).toBe(false);
    expect(transitions).toEqual([{ armed: false, cause: 'commands-lost', text: 'no usable command for 1000 ms' }]);
    expect(drive(0.8).output).toMatchObject({ throttle: 0, neutralReason: 'not armed' });
  });

  it('by silence disarms also when nothing was ever heard after arming, and stale commands are silence', () => {
    step({ kind: 'disarm', atMs: nowMs, reason: 'the driver' });
    pass(200);
    arm();
    for (let waited = 0; waited < 1000; waited += 100) {
      elapse(100);
      drive(0.5, 0, { issuedAtMs: nowMs - 151 });
      expect(step({ kind: 'tick' }).output.armed).toBe(true);
    }
    expect(elapse(1).output.armed).toBe(false);
  });
});

describe('a clock that misbehaves', () => {
  beforeEach(() => {
    ready();
    arm();
    drive(0.8);
    elapse(50);
  });

  it('going back disarms', () => {
    pass(-1);
    const { output, transitions } = step({ kind: 'tick' });
    expect(output).toMatchObject({ throttle: 0, armed: false });
    expect(transitions).toEqual([
      { armed: false, cause: 'clock', text: 'the monotonic clock went from 10050 to 10049 ms' },
    ]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'saying %s is neutral, and the car stays disarmed after it',
    (time) => {
      expect(gate.step({ kind: 'tick' }, time).output).toMatchObject({ throttle: 0, armed: false });
      expect(step({ kind: 'tick' }).output).toMatchObject({ throttle: 0, armed: false });
      pass(10);
      arm();
      expect(step({ kind: 'tick' }).output).toMatchObject({ armed: true, throttle: 0 });
    },
  );

  it('leaping ahead is neutral', () => {
    pass(3_600_000);
    expect(drive(0.8).output).toMatchObject({ throttle: 0, armed: false });
  });
});
