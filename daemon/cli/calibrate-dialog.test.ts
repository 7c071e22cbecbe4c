import { expect, test } from 'vitest';
import { actuatorConfigProblems } from '../actuation/config-check.ts';
import type { CarConfig } from '../car/config.ts';
import { configOf } from '../car/load-config.ts';
import { settingsOf, withSettings } from '../car/settings.ts';
import type { SettingsPatch } from '../protocol/settings.ts';
import type { Held } from './bench-wheels.ts';
import { calibrateWheels, gentlestCap, readAnswer } from './calibrate-dialog.ts';

interface Trial extends Held {
  readonly settings: ReturnType<typeof settingsOf>;
  readonly kind: 'hold' | 'pulse';
}

/** A person who gives these answers in turn, and then leaves. */
async function run(preset: string, answers: readonly string[], settings: SettingsPatch = {}) {
  const config = withSettings(configOf({ preset }), settings);
  const questions: string[] = [];
  const told: string[] = [];
  const trials: Trial[] = [];
  const left = [...answers];
  const note = (kind: Trial['kind']) => async (actuators: CarConfig['actuators'], values: Held) => {
    trials.push({ kind, ...values, settings: settingsOf({ ...config, actuators }) });
  };
  const result = await calibrateWheels({
    config,
    person: {
      async ask(question) {
        questions.push(question);
        return left.shift();
      },
      tell: (text) => void told.push(text),
    },
    bench: { hold: note('hold'), pulse: note('pulse') },
    problemsOf: actuatorConfigProblems,
  });
  return { ...result, config, questions, told: told.join('\n'), trials };
}

test('goes through steering, neutral, dead zone and caps, and moves what is asked for', async () => {
  const { patch, outcome, config, trials, questions } = await run('hshop-1-18', [
    '--', // centre: two steps less
    '', // kept
    '1880',
    '',
    '', // full right as it is
    '+',
    '', // neutral
    'n',
    'n',
    'f', // turns at 6 %
    '30',
    '',
    '20 %',
    '',
  ]);
  expect(outcome).toBe('finished');
  const before = settingsOf(config);
  expect(patch).toEqual({
    steering: { centrePulseUs: (before.steering?.centrePulseUs ?? 0) - 10, leftPulseUs: 1880 },
    motor: { neutralPulseUs: (before.motor?.neutralPulseUs ?? 0) + 5 },
    throttle: { deadZone: 0.04, maxForward: 0.3, maxReverse: 0.2 },
  });
  expect(actuatorConfigProblems(withSettings(config, patch).actuators)).toEqual([]);
  expect(questions[0]).toMatch(/^Straight ahead: \d+ µs/);
  // Each value is seen at the wheels, as motor control would have it.
  expect(trials[1]).toMatchObject({
    kind: 'hold',
    steering: 0,
    throttle: 0,
    settings: {
      steering: patch.steering && {
        centrePulseUs: patch.steering.centrePulseUs,
      },
    },
  });
  expect(trials.filter(({ steering }) => steering === 1)).toHaveLength(2);
  expect(trials.filter(({ kind }) => kind === 'pulse').map(({ throttle }) => throttle)).toEqual([0.02, 0.04, 0.06]);
  // Nothing but the search for the dead zone drives, and that gently.
  for (const { kind, throttle, settings } of trials) {
    expect(kind === 'pulse' || throttle === 0).toBe(true);
    if (kind === 'pulse') {
      expect(settings.throttle.deadZone).toBe(0);
      expect(settings.throttle.maxForward).toBeLessThanOrEqual(Math.min(gentlestCap, before.throttle.maxForward));
      expect(throttle).toBeLessThanOrEqual(before.throttle.maxForward);
    }
  }
});

test('a motor that turns the wrong way has its ends exchanged', async () => {
  const { patch, config } = await run('hshop-1-18', ['', '', '', '', 'r', '', '']);
  const { motor } = settingsOf(config);
  expect(patch).toEqual({
    motor: { forwardPulseUs: motor?.reversePulseUs, reversePulseUs: motor?.forwardPulseUs },
    throttle: { deadZone: 0 },
  });
});

test('what the car would refuse is refused in its words, and what is out of bounds or unclear too', async () => {
  const { told, patch } = await run('hshop-1-18', ['2190', '5000', 'what?', '', '', '', '', 's', '', '']);
  expect(told).toMatch(/centrePulseUs is 2190: it must lie between/);
  expect(told).toMatch(/Between 800 µs and 2200 µs/);
  expect(told).toMatch(/none of these/);
  expect(patch).toEqual({});
});

test('one may go back, and whoever leaves changes nothing', async () => {
  const { questions, outcome, patch } = await run('hshop-1-18', ['+', '', 'b', 'q']);
  expect(questions.map((question) => question.split(':')[0])).toEqual([
    'Straight ahead',
    'Straight ahead',
    'Full left',
    'Straight ahead',
  ]);
  expect({ outcome, patch }).toEqual({ outcome: 'left', patch: {} });
  expect((await run('hshop-1-18', ['+'])).outcome).toBe('left');
});

test('the search for the dead zone never gives more than the owner lets through, and says where it ended', async () => {
  const { told, trials } = await run('jetbot', Array(30).fill('n'), { throttle: { deadZone: 0, maxForward: 0.12 } });
  expect(trials.map(({ throttle }) => throttle)).toEqual([0.02, 0.04, 0.06, 0.08, 0.1, 0.12]);
  for (const { settings } of trials) expect(settings.throttle.maxForward).toBe(0.12);
  expect(told).toMatch(/Nothing turned.*\n.*ended at the most throttle forward, 12 %/);
});

test('one goes back from the search for the dead zone as from everywhere', async () => {
  const { questions } = await run('hshop-1-18', ['', '', '', '', 'n', 'b', 'q']);
  expect(questions.at(-1)).toMatch(/^Neutral/);
});

test('a car of two sides has no servo to set, and a motor that never turns is left as it was', async () => {
  const { questions, told, outcome } = await run('jetbot', [...Array(20).fill('n'), '', '']);
  expect(outcome).toBe('finished');
  expect(questions.every((question) => !question.includes('µs'))).toBe(true);
  expect(told).toMatch(/Nothing turned/);
});

test.each([
  ['++', { kind: 'adjust', steps: 2 }],
  ['---', { kind: 'adjust', steps: -3 }],
  [' 1480 µs ', { kind: 'set', value: 1480 }],
  ['12.5 %', { kind: 'set', value: 0.125 }],
  ['', { kind: 'keep' }],
  ['b', { kind: 'back' }],
  ['Q', { kind: 'leave' }],
  [undefined, { kind: 'leave' }],
  ['+-', { kind: 'unclear' }],
  ['1e9', { kind: 'unclear' }],
])('%j means %j', (text, answer) => {
  expect(readAnswer(text)).toEqual(answer);
});
