import { beforeEach, describe, expect, it } from 'vitest';
import { Ssd1306 } from '../simulator/devices/ssd1306.ts';
import { FittingsBench } from './testing/fittings-bench.ts';
import { MemoryDevice } from './testing/in-memory-bus.ts';

/** Registers of 16 bits that do not count on, as those of the INA219. */
class WordDevice extends MemoryDevice {
  readonly words = new Map<number, number>();

  override write(register: number, [high = 0, low = 0]: readonly number[]): void {
    this.words.set(register, (high << 8) | low);
  }

  override read(register: number): number[] {
    const word = this.words.get(register) ?? 0;
    return [word >> 8, word & 0xff];
  }
}

let bench: FittingsBench;

beforeEach(() => {
  bench = new FittingsBench();
});

const battery = { address: 0x41, shuntOhm: 0.01, emptyV: 6, fullV: 8.4, lowShare: 0.2, criticalShare: 0.1 };

describe('the battery’s sensor', () => {
  it('is set up and read', async () => {
    const ina219 = new WordDevice();
    bench.bus.devices.set(0x41, ina219);
    const fitted = await bench.mount({ battery });
    // 7.4 V is 1850 steps of 4 mV above three flags; 1.2 A over 10 mOhm is 12 mV, 1200 steps of 10 uV.
    ina219.words.set(0x02, (1850 << 3) | 0b010);
    ina219.words.set(0x01, 1200);
    await bench.elapse(fitted, 300);
    expect(ina219.words.get(0x00)).toBe(0x399f);
    expect(fitted.status(bench.nowMs).battery).toEqual({ volts: expect.closeTo(7.4, 9), amps: expect.closeTo(1.2, 9) });
    ina219.words.set(0x01, 0x10000 - 500);
    await bench.elapse(fitted, 200);
    expect(fitted.status(bench.nowMs).battery?.amps).toBeCloseTo(-0.5, 9);
  });

  it('is told as missing once, forgotten, and found again', async () => {
    const fitted = await bench.mount({ battery });
    await bench.elapse(fitted, 5000);
    expect(bench.missing).toEqual(['INA219 at 0x41: nothing answers at address 65']);
    expect(fitted.status(bench.nowMs)).toEqual({ missing: ['INA219 at 0x41: nothing answers at address 65'] });
    bench.bus.devices.set(0x41, new WordDevice());
    await bench.elapse(fitted, 2500);
    expect(fitted.status(bench.nowMs)).toEqual({ battery: { volts: 0, amps: 0 } });
    bench.bus.devices.delete(0x41);
    await bench.elapse(fitted, 300);
    expect(fitted.status(bench.nowMs).battery).toBeUndefined();
  });

  it('is told of once a minute at most, with a count, when it falls silent again and again', async () => {
    const fitted = await bench.mount({ battery });
    const loseOnce = async () => {
      bench.bus.devices.delete(0x41);
      await bench.elapse(fitted, 300);
      bench.bus.devices.set(0x41, new WordDevice());
      await bench.elapse(fitted, 2700);
    };
    const silence = 'INA219 at 0x41: nothing answers at address 65';
    for (let at = 0; at < 20; at++) await loseOnce();
    expect(bench.missing).toEqual([silence]);
    expect(fitted.status(bench.nowMs).battery).toBeDefined();
    await loseOnce();
    expect(bench.missing).toEqual([silence, `${silence} (and 19 times more since this was last told)`]);
    // Long sound, and silent once: nothing was left untold.
    await bench.elapse(fitted, 61_000);
    await loseOnce();
    expect(bench.missing.slice(2)).toEqual([silence]);
  });
});

describe('the motion sensor', () => {
  it('is woken and read in metres and radians', async () => {
    const sensor = new MemoryDevice();
    bench.bus.devices.set(0x68, sensor);
    sensor.registers[0x6b] = 0x40;
    const fitted = await bench.mount({ motionSensor: { address: 0x68 } });
    // 1 g upwards, and a turn of 100 degrees a second to the left.
    sensor.write(0x3b, [0, 0, 0, 0, 0x20, 0x00, 0, 0, 0, 0, 0, 0, 0x19, 0x96]);
    await bench.elapse(fitted, 300);
    expect(sensor.registers[0x6b]).toBe(0x01);
    const { motion } = fitted.status(bench.nowMs);
    expect(motion?.accelerationMps2).toEqual([0, 0, expect.closeTo(9.80665, 4)]);
    expect(motion?.rateRadps[2]).toBeCloseTo((100 * Math.PI) / 180, 3);
  });
});

describe('the status screen', () => {
  const statusScreen = { address: 0x3c, heightPx: 32 } as const;
  const lit = (screen: Ssd1306) => screen.picture().join('').replaceAll(' ', '').length;

  it('is drawn beside the others, and dark at the end', async () => {
    const screen = new Ssd1306();
    bench.bus.devices.set(0x3c, screen);
    bench.bus.devices.set(0x41, new WordDevice());
    const fitted = await bench.mount({ statusScreen, battery });
    fitted.show(new Uint8Array(512).fill(0x01));
    await bench.elapse(fitted, 3000);
    expect(lit(screen)).toBe(4 * 128);
    expect(fitted.status(bench.nowMs)).toEqual({ battery: { volts: 0, amps: 0 } });
    fitted.stop();
    fitted.darken();
    await new Promise((resolve) => setImmediate(resolve));
    expect(screen.isLit).toBe(false);
    expect(bench.missing).toEqual([]);
  });

  it('that lost its power shows everything again within the minute', async () => {
    bench.bus.devices.set(0x3c, new Ssd1306());
    const fitted = await bench.mount({ statusScreen });
    fitted.show(new Uint8Array(512).fill(0x01));
    await bench.elapse(fitted, 3000);
    const again = new Ssd1306();
    bench.bus.devices.set(0x3c, again);
    await bench.elapse(fitted, 60_000);
    expect(lit(again)).toBe(4 * 128);
  });

  it('that is missing, or of another size, is told once and disturbs nothing', async () => {
    const fitted = await bench.mount({ statusScreen, motionSensor: { address: 0x68 } });
    bench.bus.devices.set(0x68, new MemoryDevice());
    fitted.show(new Uint8Array(1024));
    await bench.elapse(fitted, 5000);
    expect(bench.missing).toEqual([
      "a picture of 1024 bytes is not the status screen's",
      'SSD1306 at 0x3c: nothing answers at address 60',
    ]);
    expect(fitted.status(bench.nowMs).motion).toBeDefined();
  });
});
