import { beforeEach, describe, expect, it } from 'vitest';
import { stickCentre } from '../protocol/driver-command.ts';
import { rates } from '../protocol/rates.ts';
import { Gate, maxFutureMs, steeringHoldMs } from './gate.ts';
import type { GateLimits } from './gate-limits.ts';
import type { GateInput, GateStep } from './gate-types.ts';

const limits: GateLimits = {
  commandLifetimeMs: 150,
  steeringSlewPerS: 10,
  throttleSlewPerS: 5,
  maxForward: 0.8,
  maxReverse: 0.5,
};

let gate: Gate;
let nowMs: number;
let sequence: number;

beforeEach(() => {
  gate = new Gate(limits);
  nowMs = 10_000;
  sequence = 0;
});

function step(input: GateInput): GateStep {
  return gate.step(input, nowMs);
}

function elapse(milliseconds: number): GateStep {
  let last = step({ kind: 'tick' });
  for (let left = milliseconds; left > 0; left -= rates.actuationPeriodMs) {
    nowMs += Math.min(left, rates.actuationPeriodMs);
    last = step({ kind: 'tick' });
  }
  return last;
}

function drive(throttle: number, steering = 0, over: { issuedAtMs?: number; sequence?: number } = {}): GateStep {
  sequence = over.sequence ?? sequence + 1;
  return step({ kind: 'drive', sequence, issuedAtMs: over.issuedAtMs ?? nowMs, steering, throttle });
}

/** A command every control period for a while. */
function keepDriving(milliseconds: number, throttle: number, steering = 0): GateStep {
  for (let left = milliseconds; left > 0; left -= rates.controlPeriodMs) {
    drive(throttle, steering);
    elapse(rates.controlPeriodMs);
  }
  return step({ kind: 'tick' });
}

function ready(): void {
  step({ kind: 'board', fault: undefined });
}

function arm(): GateStep {
  return step({ kind: 'arm', atMs: nowMs });
}

function causes({ transitions }: GateStep): string[] {
  return transitions.map(({ cause }) => cause);
}

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
    nowMs += limits.commandLifetimeMs + 1;
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
    nowMs += 10;
    expect(drive(0, 1).output.steering).toBeCloseTo(0.3, 9);
    nowMs += 1;
    expect(drive(0, -1).output.steering).toBeCloseTo(0.29, 9);
    nowMs += 500;
    expect(drive(0, -1).output.steering).toBeCloseTo(0.09, 9);
  });

  it('lets a small change after rest through at once', () => {
    keepDriving(100, 0.5, 0.5);
    keepDriving(100, 0.5, 0.5);
    expect(drive(0.55, 0.4).output).toMatchObject({ throttle: 0.55, steering: 0.4 });
  });

  it('accelerates and slows down by slew', () => {
    expect(keepDriving(60, 0.8).output.throttle).toBeCloseTo(0.3, 9);
    keepDriving(200, 0.8);
    nowMs += 10;
    expect(drive(0).output.throttle).toBeCloseTo(0.7, 9);
  });
});

describe('a command', () => {
  beforeEach(() => {
    ready();
    arm();
  });

  it('drives for its lifetime and not a moment longer, counted from when it was issued', () => {
    drive(0.5, 0, { issuedAtMs: nowMs });
    nowMs += limits.commandLifetimeMs;
    expect(step({ kind: 'tick' }).output.neutralReason).toBeUndefined();
    nowMs += 0.001;
    const { output, transitions } = step({ kind: 'tick' });
    expect(output).toMatchObject({ throttle: 0, armed: true, neutralReason: 'command too old' });
    expect(transitions).toEqual([{ armed: true, cause: 'command-expired', text: 'command 1 is 150 ms old' }]);
    expect(gate.counters.expired).toBe(1);
    expect(causes(elapse(50))).toEqual([]);
  });

  it('that was old when it came drives for what is left of its lifetime', () => {
    drive(0.5, 0, { issuedAtMs: nowMs });
    nowMs += 140;
    drive(0.5, 0, { issuedAtMs: nowMs - 100 });
    nowMs += 50;
    expect(step({ kind: 'tick' }).output.neutralReason).toBeUndefined();
    nowMs += 1;
    expect(step({ kind: 'tick' }).output.neutralReason).toBe('command too old');
  });

  it('older than its lifetime when it comes is stale', () => {
    arm();
    nowMs += 300;
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
    nowMs += 500;
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
    nowMs += steeringHoldMs - 1;
    expect(step({ kind: 'tick' }).output.steering).toBe(0.5);
    nowMs += 1;
    expect(step({ kind: 'tick' }).output.steering).toBeCloseTo(0.3, 9);
    nowMs += 10;
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
    nowMs += 200;
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
    nowMs -= 1;
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
      nowMs += 10;
      arm();
      expect(step({ kind: 'tick' }).output).toMatchObject({ armed: true, throttle: 0 });
    },
  );

  it('leaping ahead is neutral', () => {
    nowMs += 3_600_000;
    expect(drive(0.8).output).toMatchObject({ throttle: 0, armed: false });
  });
});
