import type { Pins } from './pins.ts';

/** This computer's pins. Loaded only where a car uses some: most do not, and onoff is an optional package. */
export async function openPins(): Promise<Pins> {
  const { openLinuxPins } = await import('./linux-pins.ts');
  return openLinuxPins();
}
