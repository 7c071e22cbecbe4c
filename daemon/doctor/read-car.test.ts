import { describe, expect, test } from 'vitest';
import { I2cError } from '../actuation/bus/i2c-bus.ts';
import { InMemoryPins } from '../actuation/testing/in-memory-pins.ts';
import { presets } from '../car/presets.ts';
import { type OutputEnableDependencies, readOutputEnable } from './read-car.ts';
import type { ServiceReading } from './readings.ts';

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

  /** A machine that notes what is done to it. */
  function machine(options: { readonly pins?: InMemoryPins; readonly lock?: Error; readonly neutralise?: Error } = {}) {
    const { pins = new InMemoryPins() } = options;
    const done: string[] = [];
    const dependencies: OutputEnableDependencies = {
      async lock(name) {
        if (options.lock !== undefined) throw options.lock;
        done.push(`lock ${name}`);
        return { release: async () => void done.push('release') };
      },
      async neutralise() {
        if (options.neutralise !== undefined) throw options.neutralise;
        done.push('neutralise');
      },
      async openPins() {
        done.push('pins');
        return pins;
      },
    };
    return { dependencies, done };
  }

  test('is looked at without being driven, after the board was stopped, and is off afterwards', async () => {
    const pins = new InMemoryPins();
    pins.put('J41 pin 7', 'low');
    const { dependencies, done } = machine({ pins });
    const reading = await readOutputEnable(wired, installed('inactive'), dependencies);
    expect(reading).toEqual({ kind: 'read', pin: 'J41 pin 7', level: 'low' });
    expect(pins.wire('J41 pin 7')).toBe('high');
    expect(done).toEqual(['lock i2c-1', 'neutralise', 'pins', 'release']);
  });

  test('is left alone while the service runs, or begins to', async () => {
    const { dependencies, done } = machine();
    for (const active of ['active', 'activating', 'reloading', 'deactivating']) {
      expect(await readOutputEnable(wired, installed(active), dependencies)).toEqual({ kind: 'held' });
    }
    expect(await readOutputEnable(actuators, absent, dependencies)).toEqual({ kind: 'none' });
    expect(await readOutputEnable(presets['simulated']!.actuators, absent, dependencies)).toEqual({
      kind: 'simulated',
    });
    expect(done).toEqual([]);
  });

  test('is left alone while a car runs that was started by hand', async () => {
    const { dependencies, done } = machine({ lock: new I2cError('EBUSY', 'held by process 7') });
    expect(await readOutputEnable(wired, installed('inactive'), dependencies)).toEqual({ kind: 'held' });
    expect(done).toEqual([]);
  });

  test('is left alone when the board cannot be stopped, and the bus given back', async () => {
    const { dependencies, done } = machine({ neutralise: new Error('0x40 is silent') });
    const reading = await readOutputEnable(wired, absent, dependencies);
    expect(reading).toEqual({ kind: 'not-stopped', text: '0x40 is silent' });
    expect(done).toEqual(['lock i2c-1', 'release']);
  });

  test('that is refused says why', async () => {
    const pins = new InMemoryPins();
    pins.refusal = 'EACCES';
    const { dependencies, done } = machine({ pins });
    expect(await readOutputEnable(wired, absent, dependencies)).toEqual({
      kind: 'refused',
      text: 'J41 pin 7 refuses with EACCES',
    });
    expect(done.at(-1)).toBe('release');
  });
});
