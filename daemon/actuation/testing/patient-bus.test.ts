import { expect, test } from 'vitest';
import { I2cError } from '../bus/i2c-bus.ts';
import { InMemoryBus, MemoryDevice } from './in-memory-bus.ts';
import { patientBus } from './patient-bus.ts';

/** A bus whose first transfers end with these errors. */
function busOf(...errors: I2cError[]): InMemoryBus {
  const bus = new InMemoryBus();
  bus.devices.set(0x40, new MemoryDevice());
  const write = bus.writeRegisters.bind(bus);
  bus.writeRegisters = async (...transfer) => {
    const error = errors.shift();
    if (error !== undefined) throw error;
    await write(...transfer);
  };
  return bus;
}
const write = (bus: InMemoryBus) => patientBus(bus).writeRegisters(0x40, 1, Uint8Array.of(7));
const late = () => new I2cError('ETIMEDOUT', 'no end of it');
const behind = () => new I2cError('EBUSY', 'the one before hangs in the kernel', 'earlier-transfer');

test('a transfer that was late, or is behind one that was, is made again', async () => {
  const bus = busOf(late(), behind(), behind(), late());
  await write(bus);
  expect(bus.writes).toEqual([{ address: 0x40, register: 1, bytes: [7] }]);
});

test.each([
  ['behind one that was not its own', [behind()]],
  ['to a device that a driver has', [late(), new I2cError('EBUSY', 'a driver has it', 'kernel-driver')]],
  ['that nobody answers', [late(), new I2cError('ENXIO', 'nobody')]],
])('one %s is not', async (_what, errors) => {
  const last = errors.at(-1)!;
  const bus = busOf(...errors);
  await expect(write(bus)).rejects.toBe(last);
  expect(bus.writes).toEqual([]);
});
