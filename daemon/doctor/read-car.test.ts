import { expect, test } from 'vitest';
import { presets } from '../car/presets.ts';
import { addressesOf } from './read-car.ts';

test('every board that the configuration names is looked for, each once', () => {
  const { actuators } = presets['hshop-1-18']!;
  const fitted = { ...actuators, motionSensor: { address: 0x68 } };
  expect(addressesOf(fitted)).toEqual([0x40, 0x68]);
  expect(addressesOf({ ...fitted, motionSensor: { address: 0x40 } })).toEqual([0x40]);
});
