import { access, constants } from 'node:fs/promises';
import { errnoName } from '../../platform/errno-name.ts';
import { reasonOf } from '../../platform/reason-of.ts';
import { type I2cBus, I2cError, impossibleRequest, transferLimitMs } from './i2c-bus.ts';

/** What is used of the optional package `i2c-bus`. */
export interface LinuxI2cPackage {
  openPromisified(busNumber: number): Promise<LinuxI2cHandle>;
}

export interface LinuxI2cHandle {
  writeI2cBlock(address: number, register: number, length: number, buffer: Buffer): Promise<unknown>;
  readI2cBlock(
    address: number,
    register: number,
    length: number,
    buffer: Buffer,
  ): Promise<{ bytesRead: number; buffer: Buffer }>;
  close(): Promise<void>;
}

export interface LinuxBusDependencies {
  loadPackage(): Promise<LinuxI2cPackage>;
  /** Rejects as fs.access does when the device cannot be read and written. */
  checkDevice(path: string): Promise<void>;
}

/** @throws what Node says of a package that is not there or not built. */
export async function loadI2cPackage(): Promise<LinuxI2cPackage> {
  return (await import('i2c-bus')).default;
}

const onThisMachine: LinuxBusDependencies = {
  loadPackage: loadI2cPackage,
  checkDevice: (path) => access(path, constants.R_OK | constants.W_OK),
};

/** `/dev/i2c-N`. Rejects with an I2cError that says what is missing and which command brings it. */
export async function openLinuxBus(busNumber: number, dependencies = onThisMachine): Promise<I2cBus> {
  const path = `/dev/i2c-${busNumber}`;
  try {
    await dependencies.checkDevice(path);
  } catch (error) {
    throw deviceError(path, error);
  }
  let module: LinuxI2cPackage;
  try {
    module = await dependencies.loadPackage();
  } catch (error) {
    throw new I2cError(
      'ENOENT',
      `the optional package i2c-bus, which reaches ${path}, cannot be loaded (${reasonOf(error).split('\n')[0]}): ` +
        'install a C++ compiler, make and Python, then run "npm install i2c-bus" in the folder of the car\'s software',
    );
  }
  return new LinuxBus(path, await module.openPromisified(busNumber));
}

function deviceError(path: string, error: unknown): I2cError {
  const code = errnoName(error) ?? 'EIO';
  if (code === 'EACCES' || code === 'EPERM') {
    return new I2cError(
      code,
      `no permission to use ${path}: add yourself to its group with "sudo usermod -aG i2c $USER", then log in again`,
    );
  }
  if (code === 'ENOENT') {
    return new I2cError(
      code,
      `there is no ${path}: see "ls /dev/i2c-*" for the buses of this machine and set actuators.bus.number; if there ` +
        'are none, run "sudo modprobe i2c-dev"',
    );
  }
  return new I2cError(code, `${path} cannot be used: ${reasonOf(error)}`);
}

class LinuxBus implements I2cBus {
  readonly #path: string;
  readonly #handle: LinuxI2cHandle;
  #closed = false;
  /** Never rejects. Each transfer waits for the one before it. */
  #last: Promise<unknown> = Promise.resolve();
  /** A transfer hangs in the kernel and holds a thread of the pool: others are refused, lest all threads hang. */
  #hanging = false;

  constructor(path: string, handle: LinuxI2cHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  async writeRegisters(address: number, register: number, bytes: Uint8Array): Promise<void> {
    const buffer = Buffer.from(bytes);
    await this.#transfer(address, register, buffer.length, () =>
      this.#handle.writeI2cBlock(address, register, buffer.length, buffer),
    );
  }

  async readRegisters(address: number, register: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.alloc(Math.max(0, length));
    const { bytesRead } = await this.#transfer(address, register, length, () =>
      this.#handle.readI2cBlock(address, register, length, buffer),
    );
    if (bytesRead !== length) {
      throw new I2cError('EIO', `${this.#path}, device ${hex(address)}: ${bytesRead} bytes of ${length} were read`);
    }
    return new Uint8Array(buffer);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // A device file that a hanging transfer still uses is closed by the end of the process.
    if (this.#hanging) return;
    await this.#last;
    await this.#handle.close();
  }

  async #transfer<T>(address: number, register: number, lengthBytes: number, start: () => Promise<T>): Promise<T> {
    const where = `${this.#path}, device ${hex(address)}`;
    if (this.#closed) throw new I2cError('EBADF', `${this.#path} is closed`);
    const impossible = impossibleRequest(register, lengthBytes);
    if (impossible !== undefined) throw impossible;
    if (this.#hanging) {
      const text = `${where}: an earlier transfer hangs; is a wire off or shorted?`;
      throw new I2cError('EBUSY', text, 'earlier-transfer');
    }
    let abandoned = false;
    const result = this.#last.then(() => {
      if (abandoned) throw new I2cError('ETIMEDOUT', 'given up before its turn came');
      return start();
    });
    const settled = result.then(ignore, ignore);
    this.#last = settled;
    let timer: NodeJS.Timeout | undefined;
    // After the time-out one more look at what has arrived: this process itself may have been held up.
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => setImmediate(resolve, 'late'), transferLimitMs);
    });
    const first = await Promise.race([settled, late]);
    clearTimeout(timer);
    if (first === 'late') {
      abandoned = true;
      this.#hanging = true;
      void settled.then(() => {
        this.#hanging = false;
      });
      throw new I2cError('ETIMEDOUT', `${where}: no end of the transfer within ${transferLimitMs} ms`);
    }
    try {
      return await result;
    } catch (error) {
      const code = errnoName(error) ?? 'EIO';
      // i2c-dev's word for a device that a driver of the kernel has to itself (Linux, drivers/i2c/i2c-dev.c).
      const busyWith = code === 'EBUSY' ? 'kernel-driver' : undefined;
      const why = busyWith !== undefined ? ': a kernel driver holds it; "jetson-car doctor" names it and the cure' : '';
      throw new I2cError(code, `${where}: ${reasonOf(error).replace(/^,/, `${code},`)}${why}`, busyWith);
    }
  }
}

function ignore(): undefined {
  return undefined;
}

function hex(address: number): string {
  return `0x${address.toString(16).padStart(2, '0')}`;
}
