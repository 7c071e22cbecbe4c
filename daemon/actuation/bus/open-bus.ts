import type { ActuatorConfig } from '../../protocol/actuation-messages.ts';
import type { I2cBus } from './i2c-bus.ts';

/** The bus that the configuration names. Each implementation is loaded only where it is used. */
export async function openBus(bus: ActuatorConfig['bus']): Promise<I2cBus> {
  switch (bus.kind) {
    case 'linux': {
      const { openLinuxBus } = await import('./linux-bus.ts');
      return openLinuxBus(bus.number);
    }
    case 'simulated': {
      const { openSimulatedBus } = await import('./simulated-bus.ts');
      return openSimulatedBus(bus.socket);
    }
  }
}
