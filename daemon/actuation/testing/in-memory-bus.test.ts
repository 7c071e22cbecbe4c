import { describeI2cBus } from '../bus/i2c-bus.contract.ts';
import { InMemoryBus, MemoryDevice } from './in-memory-bus.ts';

describeI2cBus('the bus in memory', async () => {
  const bus = new InMemoryBus();
  bus.devices.set(0x40, new MemoryDevice());
  return {
    bus,
    address: 0x40,
    emptyAddress: 0x41,
    hush: () => {
      bus.refusal = 'ETIMEDOUT';
    },
    speak: () => {
      bus.refusal = undefined;
    },
    dispose: async () => {},
  };
});
