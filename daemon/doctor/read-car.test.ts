import { describe, expect, test } from 'vitest';
import { InMemoryPins } from '../actuation/testing/in-memory-pins.ts';
import { presets } from '../car/presets.ts';
import { addressesOf, readOutputEnable } from './read-car.ts';
import type { ServiceReading } from './readings.ts';

test('every board that the configuration names is looked for, each once', () => {
  const { actuators } = presets['hshop-1-18']!;
  const fitted = { ...actuators, motionSensor: { address: 0x68 } };
  expect(addressesOf(fitted)).toEqual([0x40, 0x68]);
  expect(addressesOf({ ...fitted, motionSensor: { address: 0x40 } })).toEqual([0x40]);
});

describe('the OE pin', () => {
  const { actuators } = presets['hshop-1-18']!;
  const wired = { ...actuators, outputEnable: { pin: 'J41 pin 7' } } as const;
  const absent: ServiceReading = { kind: 'absent' };
  const installed = (active: string): ServiceReading => ({
    kind: 'installed',
    isEnabled: true,
    active,
    restarts: 0,
    hasWatchdog: true,
    hasBoardWatchdog: true,
    neutraliser: { isEnabled: true, result: 'success' },
  });

  test('is looked at without being driven, and is off afterwards', async () => {
    const pins = new InMemoryPins();
    pins.put('J41 pin 7', 'low');
    const reading = await readOutputEnable(wired, installed('inactive'), async () => pins);
    expect(reading).toEqual({ kind: 'read', pin: 'J41 pin 7', level: 'low' });
    expect(pins.wire('J41 pin 7')).toBe('high');
  });

  test('is left alone while the service runs, or begins to', async () => {
    const open = () => Promise.reject(new Error('touched'));
    for (const active of ['active', 'activating', 'reloading', 'deactivating']) {
      expect(await readOutputEnable(wired, installed(active), open)).toEqual({ kind: 'held' });
    }
    expect(await readOutputEnable(actuators, absent, open)).toEqual({ kind: 'none' });
    expect(await readOutputEnable(presets['simulated']!.actuators, absent, open)).toEqual({ kind: 'simulated' });
  });

  test('that is refused says why', async () => {
    const pins = new InMemoryPins();
    pins.refusal = 'EACCES';
    expect(await readOutputEnable(wired, absent, async () => pins)).toEqual({
      kind: 'refused',
      text: 'J41 pin 7 refuses with EACCES',
    });
  });
});
