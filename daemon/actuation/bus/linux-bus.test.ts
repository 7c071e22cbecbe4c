import { describe, expect, it } from 'vitest';
import { InMemoryBus, MemoryDevice } from '../testing/in-memory-bus.ts';
import { describeI2cBus } from './i2c-bus.contract.ts';
import type { I2cBus } from './i2c-bus.ts';
import { type LinuxI2cHandle, openLinuxBus } from './linux-bus.ts';

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: as the kernel says it`), { code });
}

/** The package's promises over registers in memory; while hushed a call hangs, as it does in the kernel. */
function kernelInMemory(memory: InMemoryBus): LinuxI2cHandle & { hush(): void; speak(): void } {
  let silence = Promise.resolve();
  let end = () => {};
  return {
    hush: () => {
      silence = new Promise((resolve) => {
        end = resolve;
      });
    },
    speak: () => end(),
    writeI2cBlock: async (address, register, length, buffer) => {
      const bytes = Uint8Array.from(buffer.subarray(0, length));
      await silence;
      await memory.writeRegisters(address, register, bytes);
    },
    readI2cBlock: async (address, register, length, buffer) => {
      await silence;
      buffer.set(await memory.readRegisters(address, register, length));
      return { bytesRead: length, buffer };
    },
    close: async () => {},
  };
}

function openOver(kernel: LinuxI2cHandle): Promise<I2cBus> {
  return openLinuxBus(1, {
    loadPackage: async () => ({ openPromisified: async () => kernel }),
    checkDevice: async () => {},
  });
}

describeI2cBus('the Linux bus', async () => {
  const memory = new InMemoryBus();
  memory.devices.set(0x40, new MemoryDevice());
  const kernel = kernelInMemory(memory);
  const bus = await openOver(kernel);
  const { hush, speak } = kernel;
  return { bus, address: 0x40, emptyAddress: 0x41, hush, speak, dispose: async () => {} };
});

describe('openLinuxBus', () => {
  const loadPackage = async () => ({ openPromisified: async () => kernelInMemory(new InMemoryBus()) });

  it.each([
    ['ENOENT', 'there is no /dev/i2c-7', 'sudo modprobe i2c-dev'],
    ['EACCES', 'no permission to use /dev/i2c-7', 'sudo usermod -aG i2c $USER'],
    ['EIO', '/dev/i2c-7 cannot be used', 'as the kernel says it'],
  ])('says what to do about a device with %s', async (code, what, cure) => {
    const opening = openLinuxBus(7, { loadPackage, checkDevice: () => Promise.reject(errno(code)) });
    await expect(opening).rejects.toMatchObject({ name: 'I2cError', code });
    await expect(opening).rejects.toThrow(what);
    await expect(opening).rejects.toThrow(cure);
  });

  it('says what to do when the optional package is missing', async () => {
    const opening = openLinuxBus(1, {
      loadPackage: () => Promise.reject(new Error("Cannot find package 'i2c-bus'\nRequire stack: ...")),
      checkDevice: async () => {},
    });
    await expect(opening).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(opening).rejects.toThrow(
      "the optional package i2c-bus, which reaches /dev/i2c-1, cannot be loaded (Cannot find package 'i2c-bus'): install",
    );
    await expect(opening).rejects.toThrow('npm install i2c-bus');
  });

  it('does not let a transfer that was given up reach the device after it hung', async () => {
    const memory = new InMemoryBus();
    memory.devices.set(0x40, new MemoryDevice());
    const kernel = kernelInMemory(memory);
    const bus = await openOver(kernel);
    kernel.hush();
    const [first, second] = await Promise.allSettled([
      bus.writeRegisters(0x40, 1, Uint8Array.of(1)),
      bus.writeRegisters(0x40, 1, Uint8Array.of(2)),
    ]);
    expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
    const third = bus.writeRegisters(0x40, 1, Uint8Array.of(3));
    await expect(third).rejects.toMatchObject({ code: 'EBUSY', busyWith: 'earlier-transfer' });
    await bus.close();
    kernel.speak();
    await new Promise((resolve) => setImmediate(resolve));
    expect(memory.writes.map(({ bytes }) => bytes)).toEqual([[1]]);
  });

  it('refuses a read that brings fewer bytes than asked for', async () => {
    const kernel = {
      ...kernelInMemory(new InMemoryBus()),
      readI2cBlock: async () => ({ bytesRead: 1, buffer: Buffer.of(1) }),
    };
    const bus = await openOver(kernel);
    await expect(bus.readRegisters(0x40, 0, 2)).rejects.toThrow('/dev/i2c-1, device 0x40: 1 bytes of 2 were read');
  });

  it('takes the name of a kernel error from its number where the package has none', async () => {
    const nobody = Object.assign(new Error(', Remote I/O error'), { code: '', errno: 121 });
    const kernel = { ...kernelInMemory(new InMemoryBus()), writeI2cBlock: () => Promise.reject(nobody) };
    const bus = await openOver(kernel);
    const writing = bus.writeRegisters(0x40, 0, Uint8Array.of(1));
    await expect(writing).rejects.toMatchObject({ name: 'I2cError', code: 'EREMOTEIO' });
    await expect(writing).rejects.toThrow('/dev/i2c-1, device 0x40: EREMOTEIO, Remote I/O error');
  });

  it('says who holds a device that is busy', async () => {
    const kernel = { ...kernelInMemory(new InMemoryBus()), readI2cBlock: () => Promise.reject(errno('EBUSY')) };
    const bus = await openOver(kernel);
    const reading = bus.readRegisters(0x40, 0, 1);
    await expect(reading).rejects.toMatchObject({ code: 'EBUSY', busyWith: 'kernel-driver' });
    await expect(reading).rejects.toThrow(
      /device 0x40: EBUSY: .*: a kernel driver holds it; "jetson-car doctor" names it/,
    );
  });
});
