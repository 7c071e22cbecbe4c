import { readFileSync } from 'node:fs';
import { Gpio } from 'onoff';
import { afterEach, describe, expect, test } from 'vitest';
import { driveLine, lineState } from '../testing/hardware.ts';

/** Header pins 7 and 11 of the Nano. */
const outputLine = 216;
const inputLine = 50;

const open: Gpio[] = [];
function line(...parameters: ConstructorParameters<typeof Gpio>): Gpio {
  const gpio = new Gpio(...parameters);
  open.push(gpio);
  return gpio;
}
afterEach(() => {
  for (const gpio of open.splice(0)) gpio.unexport();
});

describe('the pins, by onoff over /sys/class/gpio', () => {
  test("the chip is the Nano's, and its lines are numbered as there", () => {
    expect(readFileSync('/sys/class/gpio/gpiochip0/label', 'utf8').trim()).toBe('tegra-gpio');
  });

  test('an output has the level that was written, from its first moment', () => {
    const output = line(outputLine, 'high');
    expect(lineState(outputLine)).toEqual({ direction: 'out', level: 1 });
    output.writeSync(0);
    expect(lineState(outputLine)).toEqual({ direction: 'out', level: 0 });
  });

  test('an input rings at each edge, with the level after it', async () => {
    driveLine(inputLine, 0);
    const seen: number[] = [];
    const input = line(inputLine, 'in', 'both');
    const edges = new Promise<void>((resolve) => {
      input.watch((error, level) => {
        if (error) throw error;
        seen.push(level);
        if (seen.length === 1) driveLine(inputLine, 0);
        if (seen.length === 2) resolve();
      });
    });
    driveLine(inputLine, 1);
    await edges;
    expect(seen).toEqual([1, 0]);
  });
});
