import type { CarConfig } from './config.ts';
import { type ConfigChanges, inverseOf, ofAChange } from './config-changes.ts';
import { type ConfigSources, configOf, merge } from './load-config.ts';

/** Where changes of the configuration are kept. */
export interface ConfigKeeper {
  /** Undefined where they end with the run. */
  readonly file: string | undefined;
  /**
   * Checks changes as a start would, and keeps them. `approve` sees the configuration first, and throws when it must not be kept.
   * @returns the configuration with them, without the command line's values.
   * @throws UserError when a value is refused or cannot be kept. Nothing is changed then.
   */
  change(changes: ConfigChanges, approve?: (config: CarConfig) => void): CarConfig;
  /** To be asked for before these changes are made: takes them back. What the preset said it says again. @throws as `change`. */
  takingBack(changes: ConfigChanges): () => void;
}

/** Keeps changes for a car that was started without a configuration file: they end with it. */
export class PassingConfig implements ConfigKeeper {
  readonly file = undefined;
  readonly #sources: Omit<ConfigSources, 'text' | 'overrides'>;
  #values: ConfigChanges = {};

  constructor(sources: Omit<ConfigSources, 'text' | 'overrides'>) {
    this.#sources = sources;
  }

  change(changes: ConfigChanges, approve?: (config: CarConfig) => void): CarConfig {
    const values = withoutNulls(merge(this.#values, changes)) as ConfigChanges;
    const text = { file: 'what was set on the phone', text: JSON.stringify(values) };
    const config = configOf({ ...this.#sources, text, instead: ofAChange });
    approve?.(config);
    this.#values = values;
    return config;
  }

  takingBack(changes: ConfigChanges): () => void {
    const inverse = inverseOf(changes, this.#values);
    return () => void this.change(inverse);
  }
}

/** `null` gives a value back to the preset. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)]));
}
