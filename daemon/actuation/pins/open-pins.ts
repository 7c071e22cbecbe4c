import type { Pins } from './pins.ts';

let opened: Promise<Pins> | undefined;

/**
 * This computer's pins, the same for everyone in this process. Loaded only where a car uses some: most do not, and onoff is an
 * optional package.
 */
export function openPins(): Promise<Pins> {
  opened ??= import('./linux-pins.ts')
    .then(({ openLinuxPins }) => openLinuxPins())
    .catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
  return opened;
}
