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

/** Loads what `openBus` will need, so that it need not be read from a slow card at the moment when every millisecond counts. */
export async function loadBusDriver(bus: ActuatorConfig['bus']): Promise<void> {
  switch (bus.kind) {
    case 'linux': {
      const { loadI2cPackage } = await import('./linux-bus.ts');
      await loadI2cPackage();
      return;
    }
    case 'simulated':
      await import('./simulated-bus.ts');
  }
}
