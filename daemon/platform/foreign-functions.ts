import koffi from 'koffi';

/**
 * Calls into native libraries, by `koffi`, with as much stack as the C library gives a thread: a koffi call runs on a stack of
 * koffi's own, by itself of 128 kB or 2 MB, and native code counts on more. (Only what is touched takes memory.) Set before
 * whoever is first loads a library, as it cannot be changed after that in a thread.
 * koffi's doc/misc.md, "Memory usage".
 */
const stackBytes = 8 * 1024 * 1024;

if ((koffi.config().async_stack_size ?? 0) < stackBytes) {
  koffi.config({ sync_stack_size: stackBytes, async_stack_size: stackBytes });
}

export { default as foreign, type KoffiFunc as ForeignFunction } from 'koffi';
