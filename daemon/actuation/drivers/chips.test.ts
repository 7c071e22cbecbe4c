import { join } from 'node:path';
import { folderOfThisTest } from '../../../test/harness/test-folders.ts';
import { Ina219, shuntOhm } from '../../simulator/devices/ina219.ts';
import { type Motion, Mpu6050 } from '../../simulator/devices/mpu6050.ts';
import { Ssd1306 } from '../../simulator/devices/ssd1306.ts';
import { openSimulatedBus } from '../bus/simulated-bus.ts';
import { InMemoryBus } from '../testing/in-memory-bus.ts';
import { patientBus } from '../testing/patient-bus.ts';
import { SimulatorServer } from '../testing/simulator-server.ts';
import { type ChipsFixture, describeChips } from './chips.contract.ts';

/** The simulated car's register models on a bus in memory. */
function models(): { bus: InMemoryBus; chips: Omit<ChipsFixture, 'bus' | 'dispose'> } {
  const bus = new InMemoryBus();
  let power = { voltageV: 0, currentA: 0 };
  let motion: Motion = { accelerationMps2: [0, 0, 0], rateRadps: [0, 0, 0] };
  let screen = new Ssd1306();
  bus.devices.set(0x41, new Ina219(() => power));
  bus.devices.set(0x68, new Mpu6050(() => motion));
  bus.devices.set(0x3c, screen);
  return {
    bus,
    chips: {
      battery: {
        address: 0x41,
        shuntOhm,
        set: (voltageV, currentA) => {
          power = { voltageV, currentA };
        },
      },
      motion: {
        address: 0x68,
        set: (accelerationMps2, rateRadps) => {
          motion = { accelerationMps2, rateRadps };
        },
      },
      screen: {
        address: 0x3c,
        picture: () => screen.picture(),
        restart: () => {
          screen = new Ssd1306();
          bus.devices.set(0x3c, screen);
        },
      },
    },
  };
}

describeChips('register models in memory', async () => {
  const { bus, chips } = models();
  return { bus, ...chips, dispose: async () => {} };
});

describeChips('the socket of the simulated car', async () => {
  const { bus, chips } = models();
  const folder = folderOfThisTest('chips');
  const server = new SimulatorServer(bus);
  await server.listen(join(folder, 'bus'));
  return {
    bus: patientBus(await openSimulatedBus(join(folder, 'bus'))),
    ...chips,
    dispose: () => server.close(),
  };
});
