import type { RegisterDevice } from './bus.ts';

/** Registers of the MPU-6050 (InvenSense register map rev. 4.2). */
const gyroscopeConfiguration = 0x1b;
const accelerometerConfiguration = 0x1c;
const firstReading = 0x3b;
const readingBytes = 14;
const powerManagement = 0x6b;
const whoAmI = 0x75;
const reset = 0x80;
const sleep = 0x40;
const gravityMps2 = 9.80665;
const roomC = 25;

/** What the sensor undergoes, along its own axes: at rest and level, gravity shows as +9.8 on z. */
export interface Motion {
  readonly accelerationMps2: readonly [number, number, number];
  readonly rateRadps: readonly [number, number, number];
}

/** Register model of the MPU6050 at the moment of reading. Not modelled: noise, filters, the FIFO, its own I2C master. */
export class Mpu6050 implements RegisterDevice {
  readonly #source: () => Motion;
  readonly #registers = new Uint8Array(128);
  /** Of before it was put to sleep: it measures nothing any more, and keeps this. */
  #newest = new Uint8Array(readingBytes);

  constructor(source: () => Motion) {
    this.#source = source;
    this.#powerOn();
  }

  answersTo(_address: number): boolean {
    return false;
  }

  write(register: number, bytes: readonly number[], _nowMs?: number): void {
    for (const [index, byte] of bytes.entries()) {
      const at = register + index;
      if (at === powerManagement && (byte & reset) !== 0) this.#powerOn();
      // Readings and the name are not written.
      else if (at < firstReading || (at >= firstReading + readingBytes && at !== whoAmI)) this.#registers[at] = byte;
    }
  }

  read(register: number, length: number, _nowMs?: number): number[] {
    if ((this.#registers[powerManagement]! & sleep) === 0) this.#newest = this.#measure();
    this.#registers.set(this.#newest, firstReading);
    return Array.from(this.#registers.subarray(register, register + length));
  }

  #powerOn(): void {
    this.#registers.fill(0);
    this.#registers[powerManagement] = sleep;
    this.#registers[whoAmI] = 0x68;
    this.#newest = new Uint8Array(readingBytes);
  }

  #measure(): Uint8Array<ArrayBuffer> {
    const { accelerationMps2, rateRadps } = this.#source();
    const bytes = new Uint8Array(readingBytes);
    const view = new DataView(bytes.buffer);
    // Full scale doubles with each step of AFS_SEL and FS_SEL: 16384 counts per g, 131 per degree a second, at the finest.
    const countsPerG = 16_384 / 2 ** ((this.#registers[accelerometerConfiguration]! >> 3) & 3);
    const countsPerDegree = 131 / 2 ** ((this.#registers[gyroscopeConfiguration]! >> 3) & 3);
    accelerationMps2.forEach((each, axis) => {
      view.setInt16(2 * axis, saturated((each / gravityMps2) * countsPerG));
    });
    view.setInt16(6, Math.round((roomC - 36.53) * 340));
    rateRadps.forEach((each, axis) => {
      view.setInt16(8 + 2 * axis, saturated(((each * 180) / Math.PI) * countsPerDegree));
    });
    return bytes;
  }
}

function saturated(counts: number): number {
  return Math.min(32_767, Math.max(-32_768, Math.round(counts)));
}
