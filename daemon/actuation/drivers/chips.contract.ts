import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { I2cBus } from '../bus/i2c-bus.ts';
import { readIna219, setUpIna219 } from './ina219.ts';
import { readMpu6050, setUpMpu6050 } from './mpu6050.ts';
import { pictureBytes, type ScreenHeightPx, Ssd1306 } from './ssd1306.ts';

/** A bus with the three chips on it, whatever is behind it. */
export interface ChipsFixture {
  readonly bus: I2cBus;
  readonly battery: { readonly address: number; readonly shuntOhm: number; set(volts: number, amps: number): void };
  readonly motion: {
    readonly address: number;
    set(accelerationMps2: [number, number, number], rateRadps: [number, number, number]): void;
  };
  readonly screen: {
    readonly address: number;
    /** Row by row, `#` for a lit pixel. */
    picture(): string[];
    /** Its power fails and returns. */
    restart(): void;
  };
  dispose(): Promise<void>;
}

/** One suite for the drivers of what is fitted beside the wheels, over any bus. */
export function describeChips(name: string, open: () => Promise<ChipsFixture>): void {
  describe(`the drivers beside the wheels, over ${name}`, () => {
    let fixture: ChipsFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(async () => {
      await fixture.bus.close();
      await fixture.dispose();
    });

    it.each([
      [7.4, 1.2],
      [6, -0.5],
      [8.4, 0],
    ])('INA219: a battery at %f V gives %f A', async (volts, amps) => {
      const { bus, battery } = fixture;
      await setUpIna219(bus, battery.address);
      battery.set(volts, amps);
      const sample = await readIna219(bus, battery.address, battery.shuntOhm);
      expect(sample.volts).toBeCloseTo(volts, 2);
      expect(sample.amps).toBeCloseTo(amps, 2);
    });

    it('MPU6050: what the car undergoes, in metres and radians', async () => {
      const { bus, motion } = fixture;
      await setUpMpu6050(bus, motion.address);
      motion.set([1.5, -4, 9.81], [0.1, -0.2, 3]);
      const sample = await readMpu6050(bus, motion.address);
      sample.accelerationMps2.forEach((each, axis) => {
        expect(each).toBeCloseTo([1.5, -4, 9.81][axis]!, 2);
      });
      sample.rateRadps.forEach((each, axis) => {
        expect(each).toBeCloseTo([0.1, -0.2, 3][axis]!, 2);
      });
    });

    it.each([32, 64] as const)(
      'SSD1306: a picture of %i rows stands upright, and nothing before it is whole',
      async (heightPx) => {
        const { bus, screen } = fixture;
        const driver = new Ssd1306(screen.address, heightPx);
        await driver.begin(bus);
        driver.show(corners(heightPx));
        await driver.draw(bus);
        expect(litPixels(screen.picture())).toEqual([]);
        await drawAll(driver, bus, heightPx);
        expect(litPixels(screen.picture())).toEqual(['0,0', '127,0', '5,3', `0,${heightPx - 1}`]);
      },
    );

    it('SSD1306: only what has changed is brought to it, and it goes dark at the end', async () => {
      const { bus, screen } = fixture;
      const driver = new Ssd1306(screen.address, 32);
      await driver.begin(bus);
      await drawAll(driver, bus, 32);
      const changed = corners(32);
      driver.show(changed);
      // Three of its four pixels are in two pieces of the first page, the fourth in one of the last.
      for (let piece = 0; piece < 3; piece++) await driver.draw(bus);
      expect(litPixels(screen.picture())).toHaveLength(4);
      await driver.turnOff(bus);
      expect(litPixels(screen.picture())).toEqual([]);
    });

    it('SSD1306: after its power failed it shows everything again', async () => {
      const { bus, screen } = fixture;
      const driver = new Ssd1306(screen.address, 32);
      await driver.begin(bus);
      driver.show(corners(32));
      await drawAll(driver, bus, 32);
      screen.restart();
      expect(litPixels(screen.picture())).toEqual([]);
      await driver.begin(bus);
      await drawAll(driver, bus, 32);
      expect(litPixels(screen.picture())).toHaveLength(4);
    });

    it('SSD1306: a picture of another size is not shown', () => {
      const driver = new Ssd1306(fixture.screen.address, 32);
      expect(driver.show(new Uint8Array(pictureBytes(64)))).toBe(false);
      expect(driver.show(new Uint8Array(pictureBytes(32)))).toBe(true);
    });
  });
}

/** Three corners and a pixel that tells left from right and up from down. */
function corners(heightPx: ScreenHeightPx): Uint8Array {
  const picture = new Uint8Array(pictureBytes(heightPx));
  const light = (x: number, y: number) => {
    picture[Math.floor(y / 8) * 128 + x]! |= 1 << (y % 8);
  };
  light(0, 0);
  light(127, 0);
  light(5, 3);
  light(0, heightPx - 1);
  return picture;
}

/** All pieces, and the light. */
async function drawAll(driver: Ssd1306, bus: I2cBus, heightPx: ScreenHeightPx): Promise<void> {
  for (let piece = 0; piece <= pictureBytes(heightPx) / 16; piece++) await driver.draw(bus);
}

function litPixels(picture: readonly string[]): string[] {
  return picture.flatMap((row, y) => [...row].flatMap((pixel, x) => (pixel === '#' ? [`${x},${y}`] : [])));
}
