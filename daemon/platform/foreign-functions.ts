import { reasonOf } from './reason-of.ts';
import { UserError } from './user-error.ts';

type Koffi = typeof import('koffi').default;

/**
 * As much stack as the C library gives a thread: a koffi call runs on a stack of koffi's own, by itself of 128 kB or 2 MB, and
 * native code counts on more. (Only what is touched takes memory.) Set before whoever is first loads a library, as it cannot be
 * changed after that in a thread.
 * koffi's doc/misc.md, "Memory usage".
 */
const stackBytes = 8 * 1024 * 1024;

const loaded = await load();

/**
 * The package is there, but what it calls by is in another one, of each kind of computer, that npm may leave out
 * (`--omit=optional`).
 */
async function load(): Promise<Koffi | { readonly refusal: string }> {
  try {
    const { default: koffi } = await import('koffi');
    if ((koffi.config().async_stack_size ?? 0) < stackBytes) {
      koffi.config({ sync_stack_size: stackBytes, async_stack_size: stackBytes });
    }
    return koffi;
  } catch (error) {
    // Node tells below the first line which modules asked for it.
    const [refusal = ''] = reasonOf(error).split('\n');
    return { refusal };
  }
}

/** Undefined where native libraries can be called. */
export function whyNothingForeign(): string | undefined {
  if (!('refusal' in loaded)) return undefined;
  return `the npm package koffi, by which native libraries are called, cannot be loaded: ${loaded.refusal}`;
}

/** What helps where they cannot. */
export const cureOfNothingForeign = 'Install the packages of the car anew, with the optional ones (npm ci)';

/**
 * Calls into native libraries, by `koffi`.
 * @throws UserError where that package is not there or has nothing for this computer.
 */
export function foreign(): Koffi {
  if (!('refusal' in loaded)) return loaded;
  throw new UserError(`${whyNothingForeign()}. ${cureOfNothingForeign}.`);
}

export type { KoffiFunc as ForeignFunction } from 'koffi';
