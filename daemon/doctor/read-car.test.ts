import { expect, test } from 'vitest';
import { presets } from '../car/presets.ts';
import { wantedAddresses } from './read-car.ts';

test('every board that the configuration names is looked for, each once', () => {
  const { actuators } = presets['hshop-1-18']!;
  const fitted = { ...actuators, motionSensor: { address: 0x68 }, screen: { address: 0x3c, heightPx: 32 as const } };
  expect(wantedAddresses(fitted)).toEqual([0x40, 0x3c, 0x68]);
  expect(wantedAddresses({ ...fitted, screen: { address: 0x68, heightPx: 32 } })).toEqual([0x40, 0x68]);
});
