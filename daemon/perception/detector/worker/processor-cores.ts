import { type ForeignFunction, foreign } from '../../../platform/foreign-functions.ts';

/** Which core of the processor the calling thread runs on, and how it gets off one. */
export interface ProcessorCores {
  /** The core that the calling thread is on at this moment, from 0. */
  current(): number;
  /**
   * Has the calling thread go on on another of the cores that it may use; later it may be put anywhere again.
   * @returns the core it went to. Undefined: there is no other, or the system did not allow it.
   */
  leave(core: number): number | undefined;
}

/** As many cores as a kernel is built for at most (CONFIG_NR_CPUS), in bytes of eight. */
const maskBytes = 8192 / 8;
const callingThread = 0;

/**
 * Linux' own: sched_getcpu(3), sched_setaffinity(2), by the C library, as Node has no such calls. Undefined where there
 * are none.
 */
export function processorCores(): ProcessorCores | undefined {
  let current: ForeignFunction<() => number>;
  let readAllowed: ForeignFunction<(thread: number, bytes: number, mask: Uint8Array) => number>;
  let allow: ForeignFunction<(thread: number, bytes: number, mask: Uint8Array) => number>;
  try {
    const library = foreign().load(null);
    current = library.func('int sched_getcpu()');
    readAllowed = library.func('int sched_getaffinity(int thread, size_t bytes, uint8_t *mask)');
    allow = library.func('int sched_setaffinity(int thread, size_t bytes, const uint8_t *mask)');
  } catch {
    return undefined;
  }
  const allowed = new Uint8Array(maskBytes);
  return {
    current,
    leave(core) {
      if (readAllowed(callingThread, maskBytes, allowed) < 0) return undefined;
      const others = maskWithout(allowed, core);
      if (others === undefined || allow(callingThread, maskBytes, others) < 0) return undefined;
      const went = current();
      // Given back at once: threads and processes that this one starts inherit what it may use.
      allow(callingThread, maskBytes, allowed);
      return went;
    },
  };
}

/** A `cpu_set_t`, a bit a core from the lowest on, less one core. Undefined when nothing would be left of it. */
export function maskWithout(mask: Uint8Array, core: number): Uint8Array | undefined {
  const others = Uint8Array.from(mask);
  const byte = core >> 3;
  if (byte < others.length) others[byte]! &= ~(1 << (core & 7));
  return others.some((bits) => bits !== 0) ? others : undefined;
}
