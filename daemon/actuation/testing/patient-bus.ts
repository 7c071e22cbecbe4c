import { setTimeout as sleep } from 'node:timers/promises';
import { type I2cBus, I2cError } from '../bus/i2c-bus.ts';

/** What was late may still be under way. */
const pauseMs = 5;

/**
 * For tests of what is behind a bus, not of the bus: a busy machine may need longer than a transfer may take, and each that was
 * late is made again.
 */
export function patientBus(bus: I2cBus): I2cBus {
  const insist = async <T>(transfer: () => Promise<T>): Promise<T> => {
    for (let isLate = false; ; isLate = true) {
      try {
        return await transfer();
      } catch (error) {
        if (!(error instanceof I2cError)) throw error;
        // Behind one that was late, busy says that it has not ended yet; unless it is the kernel that has the device.
        const isBehind = isLate && error.busyWith === 'earlier-transfer';
        if (error.code !== 'ETIMEDOUT' && !isBehind) throw error;
      }
      await sleep(pauseMs);
    }
  };
  return {
    writeRegisters: (...transfer) => insist(() => bus.writeRegisters(...transfer)),
    readRegisters: (...transfer) => insist(() => bus.readRegisters(...transfer)),
    close: () => bus.close(),
  };
}
