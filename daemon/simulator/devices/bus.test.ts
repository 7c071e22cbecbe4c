import { describe, expect, test } from 'vitest';
import { type BusWrite, SimulatedBus } from './bus.ts';
import { Ina219 } from './ina219.ts';
import { Pca9685 } from './pca9685.ts';

function board() {
  const writes: BusWrite[] = [];
  const pca9685 = new Pca9685();
  const ina219 = new Ina219(() => ({ voltageV: 7.6, currentA: 1.5 }));
  const devices = new Map<number, Pca9685 | Ina219>([
    [0x40, pca9685],
    [0x41, ina219],
  ]);
  return { bus: new SimulatedBus(devices, (write) => writes.push(write)), writes, pca9685 };
}

describe('the bus', () => {
  test('a device takes what is written to its address, and it is told', () => {
    const { bus, writes } = board();
    expect(bus.write(0x40, 0x00, [0x21], 0)).toEqual({ ok: true, value: [] });
    expect(bus.read(0x40, 0x00, 1, 0)).toEqual({ ok: true, value: [0x21] });
    expect(writes).toEqual([{ address: 0x40, register: 0x00, bytes: [0x21] }]);
  });

  test('where no device sits there is no acknowledge, and nothing to tell', () => {
    const { bus, writes } = board();
    expect(bus.write(0x55, 0x00, [1], 0)).toMatchObject({ ok: false, code: 'ENXIO', text: /0x55/ });
    expect(bus.read(0x55, 0x00, 1, 0)).toMatchObject({ ok: false, code: 'ENXIO' });
    expect(writes).toEqual([]);
  });

  test('All Call reaches the PCA9685 for writing, while MODE1 allows it', () => {
    const { bus, pca9685 } = board();
    expect(bus.write(0x70, 0x00, [0x20], 0).ok).toBe(true);
    expect(pca9685.read(0x00, 1)).toEqual([0x20]);
    expect(bus.write(0x70, 0x00, [0x21], 0).ok).toBe(false);
    expect(bus.read(0x70, 0x00, 1, 0).ok).toBe(false);
  });

  test('the general call resets the PCA9685', () => {
    const { bus, pca9685 } = board();
    bus.write(0x40, 0x00, [0x21], 0);
    expect(bus.write(0x00, 0x06, [], 0).ok).toBe(true);
    expect(pca9685.read(0x00, 1)).toEqual([0x11]);
  });
});
