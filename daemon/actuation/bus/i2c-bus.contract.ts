import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type I2cBus, I2cError, maxTransferBytes } from './i2c-bus.ts';

export interface BusFixture {
  readonly bus: I2cBus;
  /** Where 256 bytes of plain, counting-on registers answer. */
  readonly address: number;
  readonly emptyAddress: number;
  /** From now on nothing on the bus answers, until `speak`. */
  hush(): void;
  speak(): void;
  dispose(): Promise<void>;
}

/** One suite for every I2cBus. */
export function describeI2cBus(name: string, open: () => Promise<BusFixture>): void {
  describe(`${name} keeps the I2cBus contract`, () => {
    let fixture: BusFixture;

    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(async () => {
      await fixture.bus.close();
      await fixture.dispose();
    });

    it('reads back what it wrote, consecutive bytes in consecutive registers', () =>
      patiently(async () => {
        const { bus, address } = fixture;
        await bus.writeRegisters(address, 6, Uint8Array.of(1, 2, 3, 255));
        expect(Array.from(await bus.readRegisters(address, 6, 4))).toEqual([1, 2, 3, 255]);
        expect(Array.from(await bus.readRegisters(address, 8, 1))).toEqual([3]);
      }));

    it('reaches the first and the last register, and carries the longest transfer', () =>
      patiently(async () => {
        const { bus, address } = fixture;
        await bus.writeRegisters(address, 0, Uint8Array.of(17));
        await bus.writeRegisters(address, 255, Uint8Array.of(34));
        const long = Uint8Array.from({ length: maxTransferBytes }, (_, index) => index + 100);
        await bus.writeRegisters(address, 40, long);
        expect(await bus.readRegisters(address, 0, 1)).toEqual(Uint8Array.of(17));
        expect(await bus.readRegisters(address, 255, 1)).toEqual(Uint8Array.of(34));
        expect(await bus.readRegisters(address, 40, maxTransferBytes)).toEqual(long);
      }));

    it('takes transfers in the order of the calls', () =>
      patiently(async () => {
        const { bus, address } = fixture;
        const calls = Array.from({ length: 10 }, (_, index) => bus.writeRegisters(address, 9, Uint8Array.of(index)));
        const [read] = await Promise.all([bus.readRegisters(address, 9, 1), ...calls]);
        expect(read).toEqual(Uint8Array.of(9));
      }));

    it('does not keep the bytes of the caller', () =>
      patiently(async () => {
        const { bus, address } = fixture;
        const bytes = Uint8Array.of(5);
        const write = bus.writeRegisters(address, 10, bytes);
        bytes[0] = 6;
        await write;
        expect(await bus.readRegisters(address, 10, 1)).toEqual(Uint8Array.of(5));
      }));

    it('refuses where nothing answers, and goes on', () =>
      patiently(async () => {
        const { bus, address, emptyAddress } = fixture;
        for (const transfer of [
          () => bus.writeRegisters(emptyAddress, 0, Uint8Array.of(1)),
          () => bus.readRegisters(emptyAddress, 0, 1),
        ]) {
          const code = await codeOf(transfer());
          if (code === 'ETIMEDOUT') throw new I2cError(code, 'nothing was said of an address where nothing is');
          expect(['ENXIO', 'EREMOTEIO']).toContain(code);
        }
        await bus.writeRegisters(address, 0, Uint8Array.of(1));
      }));

    it('refuses impossible requests', async () => {
      const { bus, address } = fixture;
      const tooLong = new Uint8Array(maxTransferBytes + 1);
      expect(await codeOf(bus.writeRegisters(address, 0, new Uint8Array(0)))).toBe('EINVAL');
      expect(await codeOf(bus.writeRegisters(address, 0, tooLong))).toBe('EINVAL');
      expect(await codeOf(bus.writeRegisters(address, 255, Uint8Array.of(1, 2)))).toBe('EINVAL');
      expect(await codeOf(bus.writeRegisters(address, -1, Uint8Array.of(1)))).toBe('EINVAL');
      expect(await codeOf(bus.readRegisters(address, 0, 0))).toBe('EINVAL');
      expect(await codeOf(bus.readRegisters(address, 0, maxTransferBytes + 1))).toBe('EINVAL');
    });

    it('ends a transfer on a silent bus in time, refuses quickly while it hangs, and works again afterwards', async () => {
      const { bus, address } = fixture;
      fixture.hush();
      const codes = [
        await codeOf(bus.writeRegisters(address, 3, Uint8Array.of(1))),
        await codeOf(bus.readRegisters(address, 3, 1)),
      ];
      fixture.speak();
      expect(['ETIMEDOUT']).toContain(codes[0]);
      expect(['ETIMEDOUT', 'EBUSY']).toContain(codes[1]);
      await eventually(() => bus.writeRegisters(address, 3, Uint8Array.of(7)));
      await patiently(async () => expect(await bus.readRegisters(address, 3, 1)).toEqual(Uint8Array.of(7)));
    });

    it('is closed for good, and closing twice is no error', async () => {
      const { bus, address } = fixture;
      await bus.close();
      await bus.close();
      expect(await codeOf(bus.writeRegisters(address, 0, Uint8Array.of(1)))).toBe('EBADF');
      expect(await codeOf(bus.readRegisters(address, 0, 1))).toBe('EBADF');
    });
  });
}

/** Again from the beginning, when a transfer took too long: on a busy machine that is no matter of the bus. A bus that always does fails. */
async function patiently(body: () => Promise<void>): Promise<void> {
  for (let left = 20; ; left--) {
    try {
      return await body();
    } catch (error) {
      if (left === 1 || !(error instanceof I2cError) || error.code !== 'ETIMEDOUT') throw error;
      // What came late may be read now, before the next one is timed.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** The code a transfer failed with; `none` when it did not fail, the error itself when it is no I2cError. */
async function codeOf(transfer: Promise<unknown>): Promise<unknown> {
  try {
    await transfer;
    return 'none';
  } catch (error) {
    return error instanceof I2cError ? error.code : error;
  }
}

/** Until a bus that has just been given its voice back is through with what hung. */
async function eventually(transfer: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    if ((await codeOf(transfer())) === 'none') return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await transfer();
}
