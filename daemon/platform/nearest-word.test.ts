import { expect, test } from 'vitest';
import { nearestWord } from './nearest-word.ts';

test.each([
  ['--lap', ['--laps', '--map-file'], '--laps'],
  ['--prot', ['--pilot', '--port'], '--port'],
  ['MaxSpeed', ['maxspeed'], 'maxspeed'],
  ['bob', ['cones', 'run'], undefined],
  ['', ['run'], undefined],
  ['x', [], undefined],
])('%j means, of %j: %s', (word, known, nearest) => {
  expect(nearestWord(word, known)).toBe(nearest);
});
