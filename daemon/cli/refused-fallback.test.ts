import { expect, it } from 'vitest';
import { UserError } from '../platform/user-error.ts';
import { refusedFallback } from './refused-fallback.ts';

it('tells of the file before it tells of its copy, and where the copy is', () => {
  const copy = { file: '/etc/car.yaml.last-good', keptAt: new Date(0) };
  const text = 'pilot.maxSpeedMps: -1 is no speed. Change it in car.yaml.';
  const refused = refusedFallback({ text, copy, trouble: undefined }, new UserError('remote.host: "x" is no address'));
  expect(refused.message).toBe(
    `${text}\nNor does the last good copy, /etc/car.yaml.last-good of 1970-01-01T00:00:00.000Z, let the car start: ` +
      'remote.host: "x" is no address',
  );
});
