import { type I2cBus, I2cError, impossibleRequest } from '../bus/i2c-bus.ts';

export interface RecordedWrite {
  readonly address: number;
  readonly register: number;
  readonly bytes: readonly number[];
}

/** What stands behind an address: 256 registers. */
export interface RegisterDevice {
  write(register: number, bytes: readonly number[]): void;
  read(register: number, length: number): number[];
}

/** For tests: a bus without wires, on which devices, refusals and silence are put by hand. */
export class InMemoryBus implements I2cBus {
  readonly devices = new Map<number, RegisterDevice>();
  readonly writes: RecordedWrite[] = [];
  onWrite: (write: RecordedWrite) => void = () => {};
  /** Errno name that transfers end with instead of reaching a device. */
  refusal: string | undefined;
  /** How many more transfers are refused; for ever where it is undefined. */
  refusals: number | undefined;
  /** What is refused. */
  refused: 'all' | 'reads' = 'all';
  closed = false;

  async writeRegisters(address: number, register: number, bytes: Uint8Array): Promise<void> {
    const device = this.#device(address, register, bytes.length, 'write');
    const write = { address, register, bytes: Array.from(bytes) };
    device.write(register, write.bytes);
    this.writes.push(write);
    this.onWrite(write);
  }

  async readRegisters(address: number, register: number, length: number): Promise<Uint8Array> {
    return Uint8Array.from(this.#device(address, register, length, 'read').read(register, length));
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #device(address: number, register: number, lengthBytes: number, direction: 'read' | 'write'): RegisterDevice {
    if (this.closed) throw new I2cError('EBADF', 'the bus is closed');
    const impossible = impossibleRequest(register, lengthBytes);
    if (impossible !== undefined) throw impossible;
    const hit = this.refused === 'all' || direction === 'read';
    if (this.refusal !== undefined && hit && this.refusals !== 0) {
      if (this.refusals !== undefined) this.refusals -= 1;
      throw new I2cError(this.refusal, `the transfer ended with ${this.refusal}`);
    }
    const device = this.devices.get(address);
    if (device === undefined) throw new I2cError('ENXIO', `nothing answers at address ${address}`);
    return device;
  }
}

/** Plain memory that counts on. */
export class MemoryDevice implements RegisterDevice {
  readonly registers = new Uint8Array(256);

  write(register: number, bytes: readonly number[]): void {
    this.registers.set(bytes, register);
  }

  read(register: number, length: number): number[] {
    return Array.from(this.registers.subarray(register, register + length));
  }
}

/** As much of a PCA9685 as its driver can get wrong: power-on state, auto-increment, PRE_SCALE only asleep, ALL_LED. */
export class Pca9685Memory implements RegisterDevice {
  readonly registers = new Uint8Array(256);

  constructor() {
    this.powerOn();
  }

  powerOn(): void {
    this.registers.fill(0);
    this.registers[0x00] = 0x11;
    this.registers[0x01] = 0x04;
    for (let led = 0; led < 16; led++) this.registers[0x06 + 4 * led + 3] = 0x10;
    this.registers[0xfe] = 0x1e;
  }

  get asleep(): boolean {
    return (this.registers[0x00]! & 0x10) !== 0;
  }

  /** Counts that the channel is high in each period; undefined while it makes no pulses. */
  pulseCount(channel: number): number | undefined {
    const offHigh = this.registers[0x06 + 4 * channel + 3]!;
    if (this.asleep || (offHigh & 0x10) !== 0) return undefined;
    return this.registers[0x06 + 4 * channel + 2]! | (offHigh << 8);
  }

  write(register: number, bytes: readonly number[]): void {
    const step = this.#step();
    bytes.forEach((byte, index) => {
      this.#writeOne(register + step * index, byte);
    });
  }

  read(register: number, length: number): number[] {
    const step = this.#step();
    return Array.from({ length }, (_, index) => this.registers[register + step * index]!);
  }

  #step(): number {
    return (this.registers[0x00]! & 0x20) === 0 ? 0 : 1;
  }

  #writeOne(register: number, byte: number): void {
    if (register >= 0xfa && register <= 0xfd) {
      for (let led = 0; led < 16; led++) this.registers[0x06 + 4 * led + (register - 0xfa)] = byte;
    } else if (register !== 0xfe || this.asleep) {
      this.registers[register] = byte;
    }
  }
}
