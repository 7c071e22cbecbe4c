import { getSystemErrorName } from 'node:util';

const namePattern = /^E[A-Z0-9]+$/;
/** The kernel's own "not supported", which slips out to programs though it has no name there (Linux, include/linux/errno.h). */
const kernelNotSupported = 524;

/**
 * The name of the kernel's error (`ENXIO`) that an error of Node or of a native module carries; EIO for a number without a name.
 * Native modules know few names: i2c-bus says EREMOTEIO by its number alone, with an empty `code`. Undefined for what is no
 * trouble of the system: a program's own mistake has no number, whatever code Node gives it (`ERR_…`).
 */
export function errnoName(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno } = error as Error & { readonly code?: unknown; readonly errno?: unknown };
  if (typeof code === 'string' && namePattern.test(code)) return code;
  if (typeof errno !== 'number' || !Number.isInteger(errno) || errno === 0) return undefined;
  const number = Math.abs(errno);
  if (number === kernelNotSupported) return 'ENOTSUPP';
  const name = getSystemErrorName(-number);
  return namePattern.test(name) ? name : 'EIO';
}
