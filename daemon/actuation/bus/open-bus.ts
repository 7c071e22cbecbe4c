import type { ActuatorConfig } from '../../protocol/actuator-config.ts';
import { lockBus } from './bus-lock.ts';
import type { I2cBus } from './i2c-bus.ts';

/**
 * The bus that the configuration names, for this process alone. Each implementation is loaded only where it is used.
 * @throws (rejects) I2cError; EBUSY names the process that has it.
 */
export async function openBus(bus: ActuatorConfig['bus']): Promise<I2cBus> {
  if (bus.kind === 'simulated') return openBusToStop(bus);
  const lock = await lockBus(`i2c-${bus.number}`);
  try {
    const opened = await openBusToStop(bus);
    return {
      writeRegisters: (address, register, bytes) => opened.writeRegisters(address, register, bytes),
      readRegisters: (address, register, length) => opened.readRegisters(address, register, length),
      close: async () => {
        await opened.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The same whoever has it: to stop the car needs nobody's leave. Whoever drives it sees its registers changed, and disarms. */
export async function openBusToStop(bus: ActuatorConfig['bus']): Promise<I2cBus> {
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
