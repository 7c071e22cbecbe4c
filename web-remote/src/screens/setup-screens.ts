import type { Screen } from './screen.ts';

/**
 * What can be set up, in the order of the list. Each is a screen of its own under `#/setup/ID`; add one here with the
 * folder it lives in (`../setup/` for what the car keeps), and its texts to every language.
 */
export const setupScreens: readonly Screen[] = [];
