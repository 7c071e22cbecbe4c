import type { I2cBus } from '../bus/i2c-bus.ts';

/** Registers of the MPU-6050 (InvenSense register map rev. 4.2). */
const gyroscopeConfiguration = 0x1b;
const accelerometerConfiguration = 0x1c;
const firstReading = 0x3b;
const powerManagement = 0x6b;
/** Awake, by the gyroscope's own clock, as the data sheet advises (section 4.28). */
const awake = 0x01;
/** ±500 °/s and ±4 g: a car of this size skids at 300 °/s and brakes at 1 g. */
const halfThousandDegrees = 0x08;
const fourG = 0x08;
const countsPerDegreePerS = 65.5;
const countsPerG = 8192;
const gravityMps2 = 9.80665;

export interface MotionSample {
  /** Along the sensor's own x, y, z. */
  readonly accelerationMps2: [number, number, number];
  readonly rateRadps: [number, number, number];
}

/** Wakes it, with 4 g and 500 °/s as the largest it can tell. `address` is the 7-bit one; errors are the bus's. */
export async function setUpMpu6050(bus: I2cBus, address: number): Promise<void> {
  await bus.writeRegisters(address, powerManagement, Uint8Array.of(awake));
  await bus.writeRegisters(address, gyroscopeConfiguration, Uint8Array.of(halfThousandDegrees));
  await bus.writeRegisters(address, accelerometerConfiguration, Uint8Array.of(fourG));
}

/** One transfer of 14 bytes: three accelerations, the temperature, three rates, all of one moment. */
export async function readMpu6050(bus: I2cBus, address: number): Promise<MotionSample> {
  const bytes = await bus.readRegisters(address, firstReading, 14);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const acceleration = (at: number) => (view.getInt16(at) / countsPerG) * gravityMps2;
  const rate = (at: number) => (view.getInt16(at) / countsPerDegreePerS) * (Math.PI / 180);
  return {
    accelerationMps2: [acceleration(0), acceleration(2), acceleration(4)],
    rateRadps: [rate(8), rate(10), rate(12)],
  };
}
