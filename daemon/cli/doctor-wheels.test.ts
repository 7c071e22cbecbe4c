import { expect, test } from 'vitest';
import type { BusReading } from '../doctor/readings.ts';
import { refuseWithoutBoard } from './doctor-wheels.ts';

const scanned: BusReading = {
  kind: 'scanned',
  number: 1,
  found: [0x70],
  held: [{ address: 0x41, driver: 'ina2xx' }],
  wanted: [0x40, 0x41],
  motors: [0x40],
};

test('a trial of the wheels is refused for the motor board that is silent, whatever else the bus lacks', () => {
  expect(() => refuseWithoutBoard(scanned)).toThrow(
    /^the wheels cannot be tried: bus 1: 0x40 does not answer\. Check the four wires .*\. Everything else: "jetson-car doctor"/,
  );
  expect(() => refuseWithoutBoard({ ...scanned, found: [0x40, 0x70] })).not.toThrow();
});

test('a trial of the wheels is refused where the bus itself cannot be asked', () => {
  expect(() => refuseWithoutBoard({ kind: 'refused', text: 'there is no /dev/i2c-1' })).toThrow(/no \/dev\/i2c-1/);
});
