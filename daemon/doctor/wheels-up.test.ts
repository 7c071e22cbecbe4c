import { expect, test } from 'vitest';
import { movementsOf, tryWheels, type WheelTrial } from './wheels-up.ts';

const movements = movementsOf({ kind: 'servo-and-speed-controller' });
const kinds = ['servo-and-speed-controller', 'servo-and-motors', 'differential'] as const;

function watched(answers: readonly ('yes' | 'no' | 'stop')[]) {
  const moves: { steering: number; throttle: number }[] = [];
  const left = [...answers];
  const trial: WheelTrial = {
    move: async (values) => void moves.push(values),
    ask: async () => left.shift() ?? 'stop',
  };
  return { trial, moves };
}

test.each(kinds)('all moves of %s are gentle, and with steered wheels one thing moves at a time', (kind) => {
  for (const { steering, throttle } of movementsOf({ kind })) {
    expect(Math.abs(throttle)).toBeLessThanOrEqual(0.2);
    if (kind === 'differential') continue;
    expect(Math.abs(steering)).toBeLessThanOrEqual(0.5);
    expect(steering === 0 || throttle === 0).toBe(true);
  }
});

test('a car is asked about what it has, and cured where its configuration says it', () => {
  const words = (kind: (typeof kinds)[number]) => JSON.stringify(movementsOf({ kind }));
  expect(words('differential')).not.toMatch(/front wheels|PulseUs|ESC/);
  expect(words('servo-and-motors')).not.toMatch(/forwardPulseUs|ESC/);
  expect(words('servo-and-motors')).toMatch(/front wheels/);
});

test('what a person saw is what is found', async () => {
  const { trial, moves } = watched(['yes', 'no', 'yes', 'yes']);
  const findings = await tryWheels(movements, trial);
  expect(moves).toHaveLength(movements.length);
  expect(findings.map(({ verdict }) => verdict)).toEqual(['well', 'ill', 'well', 'well']);
  expect(findings[1]).toMatchObject({ check: 'steers right', cure: movements[1]?.cure });
});

test('nothing moves after the person has had enough, and what was not tried is not well', async () => {
  const { trial, moves } = watched(['yes', 'stop']);
  expect((await tryWheels(movements, trial)).map(({ check, verdict }) => [check, verdict])).toEqual([
    ['steers left', 'well'],
    ['wheels', 'ill'],
  ]);
  expect(moves).toHaveLength(2);
});
