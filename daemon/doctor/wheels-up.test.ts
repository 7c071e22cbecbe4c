import { expect, test } from 'vitest';
import { movements, tryWheels, type WheelTrial } from './wheels-up.ts';

function watched(answers: readonly ('yes' | 'no' | 'stop')[]) {
  const moves: { steering: number; throttle: number }[] = [];
  const left = [...answers];
  const trial: WheelTrial = {
    move: async (values) => void moves.push(values),
    ask: async () => left.shift() ?? 'stop',
  };
  return { trial, moves };
}

test('all moves are gentle, and only one thing moves at a time', () => {
  for (const { steering, throttle } of movements) {
    expect(Math.abs(steering)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(throttle)).toBeLessThanOrEqual(0.2);
    expect(steering === 0 || throttle === 0).toBe(true);
  }
});

test('what a person saw is what is found', async () => {
  const { trial, moves } = watched(['yes', 'no', 'yes', 'yes']);
  const findings = await tryWheels(trial);
  expect(moves).toHaveLength(movements.length);
  expect(findings.map(({ verdict }) => verdict)).toEqual(['well', 'ill', 'well', 'well']);
  expect(findings[1]).toMatchObject({ check: 'steers right', cure: movements[1]?.cure });
});

test('nothing moves after the person has had enough, and what was not tried is not well', async () => {
  const { trial, moves } = watched(['yes', 'stop']);
  expect((await tryWheels(trial)).map(({ check, verdict }) => [check, verdict])).toEqual([
    ['steers left', 'well'],
    ['wheels', 'ill'],
  ]);
  expect(moves).toHaveLength(2);
});
