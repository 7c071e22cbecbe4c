import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gate, maxFutureMs } from './gate.ts';
import type { GateLimits } from './gate-limits.ts';
import type { GateInput, GateStep } from './gate-types.ts';
import { slewCreditMs } from './slew.ts';

/**
 * The invariants of the safety campaign over random streams of commands, clocks and faults. What may happen is judged by a
 * second, simpler account of the story, kept beside the gate.
 */
interface Event {
  /** From the event before; may be negative or huge. */
  readonly elapsedMs: number;
  readonly input: (nowMs: number, newestSequence: number) => GateInput;
}

interface Moment {
  readonly atMs: number;
  readonly input: GateInput;
  readonly step: GateStep;
}

/** Fewer where each planted change is looked for (`npm run test:mutation`), more on demand. */
const runs = Number(process.env['PROPERTY_RUNS'] ?? 200);

const unit = fc.double({ min: -1, max: 1, noNaN: true });
const wild = fc.oneof(
  { weight: 30, arbitrary: unit },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1.5, 1.0001, -0) },
);
const age = fc.oneof(
  { weight: 20, arbitrary: fc.double({ min: 0, max: 30, noNaN: true }) },
  { weight: 2, arbitrary: fc.double({ min: -100, max: 700, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, 1e9, -1e9) },
);
const elapsed = fc.oneof(
  { weight: 60, arbitrary: fc.double({ min: 0, max: 20, noNaN: true }) },
  { weight: 3, arbitrary: fc.double({ min: 20, max: 300, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(1100, 86_400_000, -0.5, -40, -86_400_000) },
);
const sequenceStep = fc.oneof(
  { weight: 20, arbitrary: fc.constant(1) },
  { weight: 2, arbitrary: fc.integer({ min: -5, max: 5 }) },
);

const input: fc.Arbitrary<Event['input']> = fc.oneof(
  { weight: 30, arbitrary: fc.constant(() => ({ kind: 'tick' }) as const) },
  {
    weight: 60,
    arbitrary: fc
      .record({ age, sequenceStep, steering: wild, throttle: wild })
      .map(({ age, sequenceStep, steering, throttle }) => (nowMs: number, newest: number) => ({
        kind: 'drive' as const,
        sequence: newest + sequenceStep,
        issuedAtMs: nowMs - age,
        steering,
        throttle,
      })),
  },
  { weight: 6, arbitrary: age.map((age) => (nowMs: number) => ({ kind: 'arm' as const, atMs: nowMs - age })) },
  { weight: 3, arbitrary: age.map((age) => (nowMs: number) => ({ kind: 'clear-stop' as const, atMs: nowMs - age })) },
  { weight: 4, arbitrary: fc.constant(() => ({ kind: 'board', fault: undefined }) as const) },
  { weight: 1, arbitrary: fc.constant(() => ({ kind: 'board', fault: 'no answer' }) as const) },
  {
    weight: 1,
    arbitrary: fc.constant((nowMs: number) => ({ kind: 'disarm', atMs: nowMs, reason: 'driver' }) as const),
  },
  {
    weight: 1,
    arbitrary: fc.constant((nowMs: number) => ({ kind: 'emergency-stop', atMs: nowMs, reason: 'child' }) as const),
  },
  { weight: 2, arbitrary: fc.constant(() => ({ kind: 'violation', text: 'a word' }) as const) },
);
/** What a driver does to set out: all clear, stick centred, arm. */
const settingOut: Event[] = [
  { elapsedMs: 0, input: () => ({ kind: 'board', fault: undefined }) },
  { elapsedMs: 1, input: (nowMs) => ({ kind: 'clear-stop', atMs: nowMs }) },
  {
    elapsedMs: 1,
    input: (nowMs, newest) => ({ kind: 'drive', sequence: newest + 1, issuedAtMs: nowMs, steering: 0, throttle: 0 }),
  },
  { elapsedMs: 1, input: (nowMs) => ({ kind: 'arm', atMs: nowMs }) },
];
/** A stretch of sound driving. */
const cruise = fc.array(
  fc.record({ steering: unit, throttle: unit, elapsedMs: fc.double({ min: 1, max: 20, noNaN: true }) }),
  {
    minLength: 1,
    maxLength: 15,
  },
);
const scene = fc.oneof(
  { weight: 1, arbitrary: fc.constant(settingOut) },
  {
    weight: 2,
    arbitrary: cruise.map((commands) =>
      commands.map(
        ({ steering, throttle, elapsedMs }): Event => ({
          elapsedMs,
          input: (nowMs, newest) => ({
            kind: 'drive',
            sequence: newest + 1,
            issuedAtMs: nowMs - 1,
            steering,
            throttle,
          }),
        }),
      ),
    ),
  },
  { weight: 4, arbitrary: fc.array(fc.record({ elapsedMs: elapsed, input }), { minLength: 1, maxLength: 8 }) },
);
const story = fc
  .array(scene, { minLength: 1, maxLength: 25, size: 'max' })
  .map((scenes): Event[] => [...settingOut, ...scenes.flat()]);

const limits = fc.record({
  commandLifetimeMs: fc.double({ min: 20, max: 250, noNaN: true }),
  steeringSlewPerS: fc.double({ min: 0.5, max: 100, noNaN: true }),
  throttleSlewPerS: fc.double({ min: 0.5, max: 100, noNaN: true }),
  maxForward: fc.double({ min: 0.01, max: 1, noNaN: true }),
  maxReverse: fc.double({ min: 0, max: 1, noNaN: true }),
});

function tell(events: readonly Event[], gateLimits: GateLimits): Moment[] {
  const gate = new Gate(gateLimits);
  let atMs = 1_000_000;
  let newest = 0;
  return events.map((event) => {
    atMs += event.elapsedMs;
    const input = event.input(atMs, newest);
    if (input.kind === 'drive') newest = Math.max(newest, input.sequence);
    return { atMs, input, step: gate.step(input, atMs) };
  });
}

/** Runs a check on many stories; fails when the car hardly drove in them, for then nothing was checked. */
function holds(check: (moments: readonly Moment[], gateLimits: GateLimits) => void): void {
  let driven = 0;
  fc.assert(
    fc.property(story, limits, (events, gateLimits) => {
      const moments = tell(events, gateLimits);
      driven += moments.filter(({ step }) => step.output.throttle !== 0).length;
      check(moments, gateLimits);
    }),
    { numRuns: runs },
  );
  expect(driven).toBeGreaterThan(10 * runs);
}

describe('whatever is sent to the gate', () => {
  it('I1: there is throttle only while armed, and only from a command that is in order and in time', () => {
    holds((moments, { commandLifetimeMs }) => {
      let armedAtMs = Number.POSITIVE_INFINITY;
      moments.forEach(({ atMs, input, step }, index) => {
        const { armed, throttle, neutralReason } = step.output;
        if (input.kind === 'arm' && step.transitions.some(({ cause }) => cause === 'armed')) armedAtMs = input.atMs;
        expect(neutralReason === undefined || throttle === 0).toBe(true);
        if (throttle === 0) return;
        expect(armed).toBe(true);
        const sources = moments.slice(0, index + 1).filter(({ input }) => {
          if (input.kind !== 'drive' || !(Math.abs(input.throttle) <= 1) || !(Math.abs(input.steering) <= 1))
            return false;
          const ageMs = atMs - input.issuedAtMs;
          return ageMs >= -maxFutureMs && ageMs <= commandLifetimeMs && input.issuedAtMs >= armedAtMs;
        });
        expect(sources.length).toBeGreaterThan(0);
      });
    });
  });

  it('I2: nothing leaves the limits', () => {
    holds((moments, { maxForward, maxReverse }) => {
      for (const { step } of moments) {
        expect(step.output.throttle).toBeGreaterThanOrEqual(-maxReverse);
        expect(step.output.throttle).toBeLessThanOrEqual(maxForward);
        expect(Math.abs(step.output.steering)).toBeLessThanOrEqual(1);
      }
    });
  });

  it('I3: nothing moves faster than its slew, but for throttle that goes to neutral', () => {
    holds((moments, { steeringSlewPerS, throttleSlewPerS }) => {
      let excess = 0;
      for (let from = 0; from < moments.length; from++) {
        const start = moments[from]!.step.output;
        let elapsedMs = 0;
        let startThrottle = start.throttle;
        for (let to = from + 1; to < Math.min(moments.length, from + 30); to++) {
          const [before, { atMs, step }] = [moments[to - 1]!, moments[to]!];
          elapsedMs += Math.max(0, atMs - before.atMs);
          const expired = step.transitions.some(({ cause }) => cause === 'command-expired');
          if (expired || step.output.neutralReason !== undefined || step.output.throttle === 0) startThrottle = 0;
          const allowance = (elapsedMs + slewCreditMs) / 1000;
          const steering = Math.abs(step.output.steering - start.steering);
          const throttle = Math.abs(step.output.throttle - startThrottle);
          excess = Math.max(excess, steering - steeringSlewPerS * allowance, throttle - throttleSlewPerS * allowance);
        }
      }
      expect(excess).toBeLessThanOrEqual(1e-9);
    });
  });

  it('I4: after a stop nothing moves before its own clearing condition and a fresh arming', () => {
    holds((moments) => {
      let mayDrive = false;
      let latched = false;
      let boardSound = false;
      let lastMs = Number.NEGATIVE_INFINITY;
      for (const { atMs, input, step } of moments) {
        const did = (cause: string) => step.transitions.some((transition) => transition.cause === cause);
        if (atMs < lastMs || did('commands-lost') || did('violations')) mayDrive = false;
        if (input.kind === 'disarm') mayDrive = false;
        if (input.kind === 'emergency-stop') latched = true;
        if (input.kind === 'clear-stop' && did('stop-cleared')) latched = false;
        if (input.kind === 'board') boardSound = input.fault === undefined;
        if (latched || !boardSound) mayDrive = false;
        if (did('armed')) {
          expect(input.kind).toBe('arm');
          expect(latched).toBe(false);
          expect(boardSound).toBe(true);
          expect(step.output.throttle).toBe(0);
          mayDrive = true;
        }
        expect(mayDrive || step.output.throttle === 0).toBe(true);
        expect(step.output.armed).toBe(mayDrive);
        lastMs = atMs;
      }
    });
  });

  it('I5: every change of mind is told, with the state it led to', () => {
    holds((moments) => {
      let armed = false;
      for (const { step } of moments) {
        const told = step.transitions.at(-1)?.armed ?? armed;
        expect(step.output.armed).toBe(told);
        for (const { text } of step.transitions) expect(text).not.toBe('');
        armed = step.output.armed;
      }
    });
  });

  it('the end is for good', () => {
    fc.assert(
      fc.property(story, story, limits, (before, afterwards, gateLimits) => {
        const end: Event = { elapsedMs: 1, input: () => ({ kind: 'end', reason: 'SIGTERM' }) };
        const moments = tell([...before, end, ...afterwards], gateLimits).slice(before.length);
        for (const { step } of moments) expect(step.output).toMatchObject({ throttle: 0, armed: false });
      }),
      { numRuns: runs },
    );
  });
});
