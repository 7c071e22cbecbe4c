/**
 * Registers of devices on one I2C bus. What holds for every implementation (`i2c-bus.contract.ts` proves it):
 *
 * - A transfer ends within `transferLimitMs`, whatever the bus does. It resolves when the device has acknowledged every
 *   byte, and rejects with an `I2cError` otherwise; nothing else is ever thrown or rejected.
 * - After a time-out the outcome is unknown: the bytes may still reach the device, but never after those of a transfer
 *   that resolved later.
 * - Consecutive bytes go to consecutive registers, if the device counts on (PCA9685: MODE1's AI bit).
 * - Transfers take effect in the order of the calls. A transfer never keeps the caller's event loop from running.
 * - `close` may be called twice; a transfer after it rejects with EBADF. It does not touch any device.
 */
export interface I2cBus {
  /** Between 1 and `maxTransferBytes` bytes, from `register` on. */
  writeRegisters(address: number, register: number, bytes: Uint8Array): Promise<void>;
  /** Exactly `length` bytes, from `register` on, between 1 and `maxTransferBytes`. */
  readRegisters(address: number, register: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export const transferLimitMs = 20;
/** SMBus's own limit for a block, which the Linux driver goes by. */
export const maxTransferBytes = 32;

/**
 * Why a transfer or the opening of a bus failed. `code` is an errno name: ENXIO or EREMOTEIO for an address where nothing
 * answers, ETIMEDOUT, EBUSY while an earlier transfer still hangs in the kernel or where a driver of the kernel has the device,
 * EBADF after `close`, ENOENT, EACCES, ECONNREFUSED, EINVAL for an impossible request, EPROTO for an answer that is none, EIO for
 * the rest.
 */
export class I2cError extends Error {
  readonly code: string;
  /** What has the device, of a transfer that ended with EBUSY. */
  readonly busyWith: 'earlier-transfer' | 'kernel-driver' | undefined;

  constructor(code: string, text: string, busyWith?: I2cError['busyWith']) {
    super(text);
    this.name = 'I2cError';
    this.code = code;
    this.busyWith = busyWith;
  }
}

/** Undefined for a request within the contract. */
export function impossibleRequest(register: number, lengthBytes: number): I2cError | undefined {
  if (lengthBytes >= 1 && lengthBytes <= maxTransferBytes && register >= 0 && register + lengthBytes <= 256) {
    return undefined;
  }
  return new I2cError(
    'EINVAL',
    `${lengthBytes} bytes from register ${register} on: not 1 to ${maxTransferBytes} bytes`,
  );
}
