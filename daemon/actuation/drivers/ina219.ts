import type { I2cBus } from '../bus/i2c-bus.ts';

/** Registers of the INA219 (TI data sheet SBOS448G, table 2); each is 16 bits, high byte first. */
const configuration = 0x00;
const shuntVoltage = 0x01;
const busVoltage = 0x02;
/** 32 V range, 320 mV over the shunt, 12 bits, both measured all the time: the power-on state, in case something else was set. */
const measureBoth = [0x39, 0x9f];
const busLsbV = 0.004;
const shuntLsbV = 10e-6;

export interface PowerSample {
  readonly volts: number;
  /** Out of the battery. */
  readonly amps: number;
}

/** Has it measure bus and shunt all the time. `address` is the 7-bit one; errors are the bus's. */
export async function setUpIna219(bus: I2cBus, address: number): Promise<void> {
  await bus.writeRegisters(address, configuration, Uint8Array.from(measureBoth));
}

/** Two transfers of two bytes. The shunt's own register is enough for the current: nothing needs to be calibrated. */
export async function readIna219(bus: I2cBus, address: number, shuntOhm: number): Promise<PowerSample> {
  const volts = await readWord(bus, address, busVoltage);
  const shunt = await readWord(bus, address, shuntVoltage);
  return {
    // Bits 0 to 2 are flags.
    volts: (volts >> 3) * busLsbV,
    amps: (signed(shunt) * shuntLsbV) / shuntOhm,
  };
}

async function readWord(bus: I2cBus, address: number, register: number): Promise<number> {
  const [high = 0, low = 0] = await bus.readRegisters(address, register, 2);
  return (high << 8) | low;
}

function signed(word: number): number {
  return word >= 0x8000 ? word - 0x10000 : word;
}
