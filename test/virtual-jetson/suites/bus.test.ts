import { beforeAll } from 'vitest';
import { describeI2cBus } from '../../../daemon/actuation/bus/i2c-bus.contract.ts';
import { openLinuxBus } from '../../../daemon/actuation/bus/linux-bus.ts';
import { hangBus } from '../testing/hardware.ts';

// The first transfer of a process starts threads: on one slow core that may take longer than a transfer may.
beforeAll(async () => {
  const bus = await openLinuxBus(1);
  await bus.readRegisters(0x50, 0, 1).catch(() => {});
  await bus.close();
});

describeI2cBus('/dev/i2c-1 of the kernel', async () => {
  const bus = await openLinuxBus(1);
  return {
    bus,
    address: 0x50,
    emptyAddress: 0x55,
    hush: () => hangBus(true),
    speak: () => hangBus(false),
    dispose: async () => hangBus(false),
  };
});
