import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errnoName } from './errno-name.ts';

const error = (fields: object): Error => Object.assign(new Error('as it was said'), fields);

it.each([
  ['ENXIO', { code: 'ENXIO', errno: 6 }],
  ['EREMOTEIO', { code: 'EREMOTEIO' }],
  // As i2c-bus 5.2.3 gives a device that does not acknowledge, on the Tegra's bus.
  ['EREMOTEIO', { code: '', errno: 121 }],
  ['ENOTSUPP', { code: '', errno: 524 }],
  // As Node's files give it.
  ['ENOTSUPP', { code: 'Unknown system error -524', errno: -524 }],
  ['EIO', { code: 'Unknown system error -4000', errno: -4000 }],
])('is %s for %j', (name, fields) => {
  expect(errnoName(error(fields))).toBe(name);
});

it('is found in what Node itself throws', () => {
  const open = () => readFileSync('/nowhere/at/all');
  expect(open).toThrow();
  try {
    open();
  } catch (thrown) {
    expect(errnoName(thrown)).toBe('ENOENT');
  }
});

it.each([
  ['a mistake without a code', new TypeError('undefined is no function')],
  ['a mistake that Node has a code for', Object.assign(new RangeError('out of range'), { code: 'ERR_OUT_OF_RANGE' })],
  ['no error', 'EIO'],
  ['a number that says that all is well', error({ code: '', errno: 0 })],
])('is none for %s', (_what, thrown) => {
  expect(errnoName(thrown)).toBeUndefined();
});
