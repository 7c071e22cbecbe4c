import { describe, expect, test } from 'vitest';
import { batteryAt, drain } from './battery.ts';
import { Ina219, shuntOhm } from './ina219.ts';

function meter(voltageV: number, currentA: number): Ina219 {
  return new Ina219(() => ({ voltageV, currentA }));
}

const word = (bytes: number[]) => (bytes[0]! << 8) | bytes[1]!;
const signed = (value: number) => (value > 0x7fff ? value - 0x10000 : value);

describe('INA219', () => {
  test('power-on configuration, and its reset', () => {
    const chip = meter(7.4, 1);
    expect(chip.read(0x00, 2)).toEqual([0x39, 0x9f]);
    chip.write(0x00, [0x01, 0x9f]);
    chip.write(0x05, [0x10, 0x01]);
    expect(chip.read(0x00, 2)).toEqual([0x01, 0x9f]);
    expect(chip.read(0x05, 2), 'bit 0 is void').toEqual([0x10, 0x00]);
    chip.write(0x00, [0x80, 0x00]);
    expect(chip.read(0x00, 2)).toEqual([0x39, 0x9f]);
    expect(chip.read(0x05, 2)).toEqual([0, 0]);
  });

  test('bus voltage in steps of 4 mV above three flag bits, conversion ready', () => {
    const value = word(meter(7.6, 1).read(0x02, 2));
    expect((value >> 3) * 4).toBe(7600);
    expect(value & 0b11).toBe(0b10);
  });

  test('shunt voltage in steps of 10 uV, either way, within the gain’s range', () => {
    expect(word(meter(7, 2.5).read(0x01, 2))).toBe(2500);
    expect(signed(word(meter(7, -2.5).read(0x01, 2)))).toBe(-2500);
    const narrow = meter(7, 6);
    narrow.write(0x00, [0x21, 0x9f]);
    expect(word(narrow.read(0x01, 2)) * 10e-6).toBeCloseTo(0.04, 6);
  });

  test('current and power follow the calibration', () => {
    const chip = meter(7.6, 1.5);
    expect(word(chip.read(0x04, 2)), 'nothing before it is calibrated').toBe(0);
    // Data sheet equation 1: calibration = 0.04096 / (current LSB * shunt), here 1 mA a bit.
    const calibration = Math.trunc(0.04096 / (0.001 * shuntOhm));
    chip.write(0x05, [calibration >> 8, calibration & 0xff]);
    expect(word(chip.read(0x04, 2)) / 1000).toBeCloseTo(1.5, 2);
    // The power register counts 20 current steps times volts.
    expect(word(chip.read(0x03, 2)) * 0.02).toBeCloseTo(7.6 * 1.5, 1);
  });

  test('reading on gives the same register again; half a word is not written', () => {
    const chip = meter(7.6, 1);
    expect(chip.read(0x00, 4)).toEqual([0x39, 0x9f, 0x39, 0x9f]);
    chip.write(0x00, [0x00]);
    expect(chip.read(0x00, 2)).toEqual([0x39, 0x9f]);
    expect(chip.read(0x20, 2)).toEqual([0, 0]);
  });
});

describe('the battery', () => {
  test('sags under the motor and comes back', () => {
    const resting = batteryAt(0.9);
    const pulling = drain(resting, 20, 0.001);
    expect(pulling.voltageV).toBeLessThan(resting.voltageV - 0.2);
    expect(pulling.currentA).toBeGreaterThan(resting.currentA + 2);
    expect(drain(pulling, 0, 0.001).voltageV).toBeCloseTo(resting.voltageV, 3);
  });

  test('drains to the last and stays in its bounds', () => {
    let battery = batteryAt(1);
    const voltages: number[] = [];
    for (let minute = 0; minute < 300; minute++) {
      battery = drain(battery, 5, 60);
      voltages.push(battery.voltageV);
    }
    expect(voltages[0]).toBeGreaterThan(8);
    expect(battery.charge).toBe(0);
    expect(voltages).toEqual([...voltages].sort((a, b) => b - a));
    expect(voltages.at(-1)).toBeGreaterThan(5);
  });
});
