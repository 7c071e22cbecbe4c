import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { MachineNames, readMachineNames } from './machine-names.ts';

test('the system is asked once in a while, and a new address counts then', () => {
  let asked = 0;
  const names = new MachineNames(() => [`address ${asked++}`]);
  expect([names.at(0), names.at(10), names.at(1999)]).toEqual([['address 0'], ['address 0'], ['address 0']]);
  expect(names.at(2000)).toEqual(['address 1']);
  expect(names.at(3999)).toEqual(['address 1']);
  expect(asked).toBe(2);
});

test('this machine goes by its addresses, its name, and its name in mDNS', () => {
  expect(readMachineNames()).toEqual(expect.arrayContaining(['127.0.0.1', hostname(), `${hostname()}.local`]));
});
