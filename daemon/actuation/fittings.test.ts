import { beforeEach, describe, expect, it } from 'vitest';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { rates } from '../protocol/rates.ts';
import { Ssd1306 } from '../simulator/devices/ssd1306.ts';
import { type CarLight, Fittings } from './fittings.ts';
import { InMemoryBus, MemoryDevice } from './testing/in-memory-bus.ts';
import { InMemoryPins } from './testing/in-memory-pins.ts';
import { carOnDesk } from './testing/sample-config.ts';

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

let bus: InMemoryBus;
let pins: InMemoryPins;
let stops: string[];
let missing: string[];
let nowMs: number;

beforeEach(() => {
  bus = new InMemoryBus();
  pins = new InMemoryPins();
  stops = [];
  missing = [];
  nowMs = 10_000;
});

async function mount(fittings: Partial<ActuatorConfig>): Promise<Fittings> {
  const fitted = new Fittings({ ...carOnDesk, ...fittings } as ActuatorConfig, {
    bus: () => bus,
    openPins: async () => pins,
    onStop: (reason) => stops.push(reason),
    onMissing: (text) => missing.push(text),
  });
  await fitted.start();
  return fitted;
}

async function elapse(fitted: Fittings, milliseconds: number, light: CarLight = 'ready'): Promise<void> {
  for (let left = milliseconds; left > 0; left -= rates.actuationPeriodMs) {
    nowMs += rates.actuationPeriodMs;
    fitted.tick(nowMs, light);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const battery = { address: 0x41, shuntOhm: 0.01, emptyV: 6, fullV: 8.4, lowShare: 0.2, criticalShare: 0.1 };

describe('the battery’s sensor', () => {
  it('is set up and read', async () => {
    const ina219 = new WordDevice();
    bus.devices.set(0x41, ina219);
    const fitted = await mount({ battery });
    // 7.4 V is 1850 steps of 4 mV above three flags; 1.2 A over 10 mOhm is 12 mV, 1200 steps of 10 uV.
    ina219.words.set(0x02, (1850 << 3) | 0b010);
    ina219.words.set(0x01, 1200);
    await elapse(fitted, 300);
    expect(ina219.words.get(0x00)).toBe(0x399f);
    expect(fitted.status(nowMs).battery).toEqual({ volts: expect.closeTo(7.4, 9), amps: expect.closeTo(1.2, 9) });
    ina219.words.set(0x01, 0x10000 - 500);
    await elapse(fitted, 200);
    expect(fitted.status(nowMs).battery?.amps).toBeCloseTo(-0.5, 9);
  });

  it('is told as missing once, forgotten, and found again', async () => {
    const fitted = await mount({ battery });
    await elapse(fitted, 5000);
    expect(missing).toEqual(['INA219 at 0x41: nothing answers at address 65']);
    expect(fitted.status(nowMs)).toEqual({ missing: ['INA219 at 0x41: nothing answers at address 65'] });
    bus.devices.set(0x41, new WordDevice());
    await elapse(fitted, 2500);
    expect(fitted.status(nowMs)).toEqual({ battery: { volts: 0, amps: 0 } });
    bus.devices.delete(0x41);
    await elapse(fitted, 300);
    expect(fitted.status(nowMs).battery).toBeUndefined();
  });

  it('is told of once a minute at most, with a count, when it falls silent again and again', async () => {
    const fitted = await mount({ battery });
    const loseOnce = async () => {
      bus.devices.delete(0x41);
      await elapse(fitted, 300);
      bus.devices.set(0x41, new WordDevice());
      await elapse(fitted, 2700);
    };
    const silence = 'INA219 at 0x41: nothing answers at address 65';
    for (let at = 0; at < 20; at++) await loseOnce();
    expect(missing).toEqual([silence]);
    expect(fitted.status(nowMs).battery).toBeDefined();
    await loseOnce();
    expect(missing).toEqual([silence, `${silence} (and 19 times more since this was last told)`]);
    // Long sound, and silent once: nothing was left untold.
    await elapse(fitted, 61_000);
    await loseOnce();
    expect(missing.slice(2)).toEqual([silence]);
  });
});

describe('the motion sensor', () => {
  it('is woken and read in metres and radians', async () => {
    const sensor = new MemoryDevice();
    bus.devices.set(0x68, sensor);
    sensor.registers[0x6b] = 0x40;
    const fitted = await mount({ motionSensor: { address: 0x68 } });
    // 1 g upwards, and a turn of 100 degrees a second to the left.
    sensor.write(0x3b, [0, 0, 0, 0, 0x20, 0x00, 0, 0, 0, 0, 0, 0, 0x19, 0x96]);
    await elapse(fitted, 300);
    expect(sensor.registers[0x6b]).toBe(0x01);
    const { motion } = fitted.status(nowMs);
    expect(motion?.accelerationMps2).toEqual([0, 0, expect.closeTo(9.80665, 4)]);
    expect(motion?.rateRadps[2]).toBeCloseTo((100 * Math.PI) / 180, 3);
  });
});

describe('the status screen', () => {
  const statusScreen = { address: 0x3c, heightPx: 32 } as const;
  const lit = (screen: Ssd1306) => screen.picture().join('').replaceAll(' ', '').length;

  it('is drawn beside the others, and dark at the end', async () => {
    const screen = new Ssd1306();
    bus.devices.set(0x3c, screen);
    bus.devices.set(0x41, new WordDevice());
    const fitted = await mount({ statusScreen, battery });
    fitted.show(new Uint8Array(512).fill(0x01));
    await elapse(fitted, 3000);
    expect(lit(screen)).toBe(4 * 128);
    expect(fitted.status(nowMs)).toEqual({ battery: { volts: 0, amps: 0 } });
    fitted.stop();
    fitted.darken();
    await new Promise((resolve) => setImmediate(resolve));
    expect(screen.isLit).toBe(false);
    expect(missing).toEqual([]);
  });

  it('that lost its power shows everything again within the minute', async () => {
    bus.devices.set(0x3c, new Ssd1306());
    const fitted = await mount({ statusScreen });
    fitted.show(new Uint8Array(512).fill(0x01));
    await elapse(fitted, 3000);
    const again = new Ssd1306();
    bus.devices.set(0x3c, again);
    await elapse(fitted, 60_000);
    expect(lit(again)).toBe(4 * 128);
  });

  it('that is missing, or of another size, is told once and disturbs nothing', async () => {
    const fitted = await mount({ statusScreen, motionSensor: { address: 0x68 } });
    bus.devices.set(0x68, new MemoryDevice());
    fitted.show(new Uint8Array(1024));
    await elapse(fitted, 5000);
    expect(missing).toEqual([
      "a picture of 1024 bytes is not the status screen's",
      'SSD1306 at 0x3c: nothing answers at address 60',
    ]);
    expect(fitted.status(nowMs).motion).toBeDefined();
  });
});

describe('the stop button', () => {
  const stopButton = { pin: 'J41 pin 29', pressedLevel: 'high' } as const;

  it('that is pressed at the start stops from the second tick on, and for as long as it is pressed (F15)', async () => {
    pins.levels.set('J41 pin 29', 'high');
    const fitted = await mount({ stopButton });
    expect(fitted.status(nowMs).stopButton).toBe('unreadable');
    await elapse(fitted, 50);
    expect(stops).toEqual(Array(4).fill('the stop button (J41 pin 29) is pressed'));
    expect(fitted.status(nowMs).stopButton).toBe('pressed');
    pins.levels.set('J41 pin 29', 'low');
    await elapse(fitted, 50);
    expect(stops).toHaveLength(4);
    expect(fitted.status(nowMs).stopButton).toBe('released');
  });

  it('whose pin is still being taken is no stop, and cannot be read yet', async () => {
    let open!: () => void;
    const fitted = new Fittings(
      { ...carOnDesk, stopButton: { pin: 'J41 pin 7', pressedLevel: 'high' } },
      {
        bus: () => bus,
        openPins: () =>
          new Promise((resolve) => {
            open = () => resolve(pins);
          }),
        onStop: (reason) => stops.push(reason),
        onMissing: (text) => missing.push(text),
      },
    );
    const started = fitted.start();
    await elapse(fitted, 50);
    expect(stops).toEqual([]);
    expect(fitted.status(nowMs).stopButton).toBe('unreadable');
    open();
    await started;
    await elapse(fitted, 50);
    expect(stops).toEqual([]);
    expect(fitted.status(nowMs).stopButton).toBe('released');
  });

  it('is not pressed by a spike', async () => {
    const fitted = await mount({ stopButton });
    pins.levels.set('J41 pin 29', 'high');
    await elapse(fitted, 10);
    pins.levels.set('J41 pin 29', 'low');
    await elapse(fitted, 50);
    expect(stops).toEqual([]);
  });

  it('that cannot be read is a stop', async () => {
    const fitted = await mount({ stopButton });
    pins.refusal = 'EIO';
    await elapse(fitted, 10);
    expect(stops).toEqual(['the stop button (J41 pin 29) cannot be read: J41 pin 29 refuses with EIO']);
  });

  it('that is refused at first is taken later, as is what else is fitted', async () => {
    pins.refusal = 'EACCES';
    const wheelEncoder = { pin: 'J41 pin 31', ticksPerMetre: 100, maxTicksPerS: 2000 } as const;
    const fitted = await mount({ stopButton, wheelEncoder });
    await elapse(fitted, 5000);
    expect(missing).toEqual(['J41 pin 29 refuses with EACCES']);
    expect(fitted.status(nowMs).stopButton).toBe('unreadable');
    pins.refusal = undefined;
    await elapse(fitted, 4100);
    const before = stops.length;
    await elapse(fitted, 5000);
    expect(stops).toHaveLength(before);
    pins.rise('J41 pin 31');
    const status = fitted.status(nowMs);
    expect([status.stopButton, status.wheel?.ticks, status.missing]).toEqual(['released', 1, undefined]);
  });

  it('that is not there is a stop, and is named', async () => {
    pins.refusal = 'EACCES';
    const fitted = await mount({ stopButton });
    await elapse(fitted, 10);
    expect(stops[0]).toMatch(/cannot be read: J41 pin 29 refuses with EACCES/);
    expect(fitted.status(nowMs)).toEqual({
      stopButton: 'unreadable',
      missing: ['J41 pin 29 refuses with EACCES'],
    });
  });
});

describe('the wheel’s encoder', () => {
  const wheelEncoder = { pin: 'J41 pin 31', ticksPerMetre: 100, maxTicksPerS: 2000 } as const;

  it('gives a speed', async () => {
    const fitted = await mount({ wheelEncoder });
    await elapse(fitted, 200);
    for (let tick = 0; tick < 40; tick++) pins.rise('J41 pin 31');
    await elapse(fitted, 200);
    expect(fitted.status(nowMs).wheel).toEqual({ ticks: 40, speedMps: expect.closeTo(2, 1), noisy: false });
    await elapse(fitted, 400);
    expect(fitted.status(nowMs).wheel?.speedMps).toBe(0);
  });

  it('says that it cannot be trusted for a while after too many ticks', async () => {
    const fitted = await mount({ wheelEncoder });
    await elapse(fitted, 200);
    pins.rise('J41 pin 31', 'too-many');
    expect(fitted.status(nowMs).wheel).toMatchObject({ ticks: 0, noisy: true });
    await elapse(fitted, 1500);
    expect(fitted.status(nowMs).wheel?.noisy).toBe(false);
  });
});

describe('a pin that is refused', () => {
  it('is not asked for while the car may drive, for that holds motor control up, and then ever more rarely', async () => {
    let openings = 0;
    pins.refusal = 'EACCES';
    const fitted = new Fittings(
      { ...carOnDesk, statusLed: { pin: 'J41 pin 33' } },
      {
        bus: () => bus,
        openPins: async () => {
          openings += 1;
          return pins;
        },
        onStop: (reason) => stops.push(reason),
        onMissing: (text) => missing.push(text),
      },
    );
    await fitted.start();
    await elapse(fitted, 20_000, 'armed');
    expect(openings).toBe(1);
    await elapse(fitted, 120_000);
    // After 2, 4, 8, 16, 32 and 60 s of them.
    expect(openings).toBe(6);
    expect([missing.length, stops]).toEqual([1, []]);
  });
});

describe('the light', () => {
  it('shines while the car is armed, blinks otherwise, and is dark at the end', async () => {
    const fitted = await mount({ statusLed: { pin: 'J41 pin 33' } });
    const changes = async (light: CarLight) => {
      const before = pins.writes.length;
      await elapse(fitted, 4000, light);
      return pins.writes.length - before;
    };
    const ready = await changes('ready');
    expect(await changes('fault')).toBeGreaterThan(4 * ready);
    await changes('armed');
    expect(pins.levels.get('J41 pin 33')).toBe('high');
    expect(await changes('armed')).toBe(0);
    fitted.stop();
    expect(pins.levels.get('J41 pin 33')).toBe('low');
  });

  it('that fails stops nothing', async () => {
    const fitted = await mount({ statusLed: { pin: 'J41 pin 33' } });
    pins.refusal = 'EIO';
    await elapse(fitted, 1000);
    expect([stops, missing]).toEqual([[], ['J41 pin 33 refuses with EIO']]);
  });
});
