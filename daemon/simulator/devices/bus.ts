/** As errno says it: ENXIO is a NACK, no device answered. */
export type BusAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: 'ENXIO'; readonly text: string };

/** A chip on the bus, register by register. Bytes follow one another as the chip's own auto-increment says. */
export interface RegisterDevice {
  /** Whether it listens at this address for writing; some chips have common addresses. */
  answersTo(address: number): boolean;
  write(register: number, bytes: readonly number[], nowMs: number): void;
  read(register: number, length: number, nowMs: number): number[];
}

export interface BusWrite {
  readonly address: number;
  readonly register: number;
  readonly bytes: readonly number[];
}

/** General call (UM10204 section 3.1.13): address 0, byte 06h resets every chip that listens to it. */
const generalCallAddress = 0x00;

export interface GeneralCallDevice extends RegisterDevice {
  softwareReset(): void;
}

const hasReset = (device: RegisterDevice): device is GeneralCallDevice => 'softwareReset' in device;

/** An I2C bus of register models. Devices keep their state whoever writes to them, and when nobody does. */
export class SimulatedBus {
  readonly #devices: ReadonlyMap<number, RegisterDevice>;
  readonly #onWrite: (write: BusWrite) => void;

  constructor(devices: ReadonlyMap<number, RegisterDevice>, onWrite: (write: BusWrite) => void = () => {}) {
    this.#devices = devices;
    this.#onWrite = onWrite;
  }

  /** A register address and bytes behind it, in one transaction. */
  write(address: number, register: number, bytes: readonly number[], nowMs: number): BusAnswer<readonly []> {
    const devices = this.#at(address);
    if (address === generalCallAddress && register === 0x06) {
      const resettable = [...this.#devices.values()].filter(hasReset);
      for (const device of resettable) device.softwareReset();
      if (resettable.length > 0) {
        this.#onWrite({ address, register, bytes });
        return { ok: true, value: [] };
      }
    }
    if (devices.length === 0) return noDevice(address);
    for (const device of devices) device.write(register, bytes, nowMs);
    this.#onWrite({ address, register, bytes });
    return { ok: true, value: [] };
  }

  read(address: number, register: number, length: number, nowMs: number): BusAnswer<readonly number[]> {
    const device = this.#devices.get(address);
    if (device === undefined) return noDevice(address);
    return { ok: true, value: device.read(register, length, nowMs) };
  }

  #at(address: number): RegisterDevice[] {
    const own = this.#devices.get(address);
    if (own !== undefined) return [own];
    return [...this.#devices.values()].filter((device) => device.answersTo(address));
  }
}

function noDevice(address: number): { ok: false; code: 'ENXIO'; text: string } {
  const text = `no device answers at address 0x${address.toString(16).padStart(2, '0')}`;
  return { ok: false, code: 'ENXIO', text };
}
