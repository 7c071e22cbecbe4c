import { actuatorConfigTroubles } from '../actuation/config-check.ts';
import type { CarConfig } from '../car/config.ts';
import { ConfigStore, type StoredConfig } from '../car/config-store.ts';
import { configOf } from '../car/load-config.ts';

/** Of the command line: which car is meant. */
export interface NamedCar {
  readonly config?: string | undefined;
  /** A preset, in place of the one that the configuration names; what else that says holds, as when the car is run. */
  readonly vehicle?: string | undefined;
}

/**
 * The car that is named, as it would start itself; the simulated one where none is. A file that is not there is refused: in its
 * place a simulated car would be looked at, and be well.
 * @throws UserError when the configuration cannot be used.
 */
export function namedCar({ config, vehicle }: NamedCar): Pick<StoredConfig, 'config' | 'fallback'> {
  const sources = vehicle === undefined ? {} : { preset: vehicle };
  if (config === undefined) return { config: configOf(sources), fallback: undefined };
  return new ConfigStore({ ...sources, file: config, whenMissing: 'refuse', problemsOf }).load();
}

/** What motor control would refuse of it. */
export function problemsOf({ actuators }: CarConfig): ReturnType<typeof actuatorConfigTroubles> {
  return actuatorConfigTroubles(actuators);
}
