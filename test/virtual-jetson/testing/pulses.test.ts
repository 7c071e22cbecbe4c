import { expect, test } from 'vitest';
import type { RegisterWrite } from './hardware.ts';
import { type PulseChange, PulseRecord } from './pulses.ts';

const write = (atMs: number, register: number, ...bytes: number[]) => ({ atMs, address: 0x40, register, bytes });
function pulsesOf(writes: readonly RegisterWrite[], address: number, channel: number): readonly PulseChange[] {
  const record = new PulseRecord(address, channel);
  // One by one, as a test that looks often has them.
  for (const one of writes) record.add([one]);
  return record.changes;
}
const awakeAt50Hz = [write(1, 0xfe, 121), write(2, 0x00, 0x20)];

test('a channel follows its own registers and those of all channels', () => {
  const writes = [
    ...awakeAt50Hz,
    write(3, 0x06, 0, 0, 0x33, 0x01),
    write(4, 0x0a, 0, 0, 1, 0),
    write(5, 0xfa, 0, 0, 0, 0x10),
  ];
  const pulses = pulsesOf(writes, 0x40, 0);
  expect(pulses.map(({ atMs }) => atMs)).toEqual([1, 3, 5]);
  expect(pulses[1]?.pulseUs).toBeCloseTo((307 / 4096) * 122 * (4096 / 25), 6);
  expect(pulses[2]?.pulseUs).toBe(0);
});

test('a chip that sleeps or is another one gives no pulse', () => {
  expect(pulsesOf([write(1, 0x06, 0, 0, 0x33, 0x01)], 0x40, 0)).toEqual([{ atMs: 1, pulseUs: 0 }]);
  expect(pulsesOf([...awakeAt50Hz, write(3, 0x06, 0, 0, 0x33, 1)], 0x60, 0)).toEqual([]);
});

test('a chip that lost its power gives no pulse until it is set up again', () => {
  const record = new PulseRecord(0x40, 0);
  record.add([...awakeAt50Hz, write(3, 0x06, 0, 0, 0x33, 0x01)]);
  record.powerOn(4);
  record.add([write(5, 0x06, 0, 0, 0x33, 0x01)]);
  expect(record.changes.map(({ atMs, pulseUs }) => [atMs, pulseUs > 0])).toEqual([
    [1, false],
    [3, true],
    [4, false],
  ]);
  record.add([write(6, 0xfe, 121), write(7, 0x00, 0x20)]);
  expect(record.changes.at(-1)?.pulseUs).toBeCloseTo((307 / 4096) * 122 * (4096 / 25), 6);
});
