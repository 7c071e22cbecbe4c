import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { whyUnreadable } from '../platform/file-trouble.ts';
import { nearestWord } from '../platform/nearest-word.ts';
import { ToldError } from '../platform/user-error.ts';
import { type ToldTrouble, trouble } from '../protocol/troubles.ts';
import { type CarConfig, carConfigSchema } from './config.ts';
import { type ConfigOrigin, explain, explainKey, refusedConfig } from './explain-config.ts';
import { presets } from './presets.ts';
import { readYaml } from './read-yaml.ts';

type Plain = { readonly [key: string]: unknown };

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Values of `over` win; objects are merged key by key, arrays are replaced whole. */
export function merge(base: unknown, over: unknown): unknown {
  if (!isPlain(base) || !isPlain(over)) return over;
  // As data, whatever the key: an assignment to `__proto__` would be none.
  const changed = Object.entries(over).map(([key, value]) => [
    key,
    Object.hasOwn(base, key) ? merge(base[key], value) : value,
  ]);
  return Object.fromEntries([...Object.entries(base), ...changed]);
}

/** Nobody changes the configuration of a running car, not even an array in the middle of it. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

const fileSchema = z.looseObject({ preset: z.string().optional() });

/** A configuration file's text, read. */
export interface ConfigText {
  readonly file: string;
  readonly text: string;
}

export interface ConfigSources {
  /** A vehicle preset's name; wins over the one that the file names. */
  readonly preset?: string;
  readonly text?: ConfigText;
  /** The command line's values. */
  readonly overrides?: object;
  /** What the schema cannot see: how values stand to each other. Each problem with the value's name. */
  readonly problemsOf?: (config: CarConfig) => readonly ToldTrouble[];
  /** What to say of a configuration that is asked for and not written yet. */
  readonly instead?: ConfigOrigin['instead'] | undefined;
}

/** As `configOf`, of a file on the disk. */
export function loadConfig(options: Omit<ConfigSources, 'text'> & { readonly file?: string }): CarConfig {
  const { file, ...sources } = options;
  return configOf(file === undefined ? sources : { ...sources, text: readConfigText(file) });
}

/**
 * The configuration of one run: a vehicle preset, over it the file's values, over those the command line's.
 * A file is YAML or JSON; it says only what differs from the preset that its `preset` names.
 * @throws UserError naming the file, each wrong value, what would be right and where to change it.
 */
export function configOf(sources: ConfigSources): CarConfig {
  const { text, overrides = {} } = sources;
  const { preset: filePreset, ...fileValues } = text === undefined ? {} : valuesOf(text);
  const name = sources.preset ?? filePreset ?? 'simulated';
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset === undefined) {
    const known = Object.keys(presets);
    const near = nearestWord(name, known);
    throw new ToldError(
      trouble('vehicle-unknown', { vehicle: name }),
      `vehicle "${name}" is not known. ${near === undefined ? '' : `Did you mean ${near}? `}Known: ${known.join(', ')}. ` +
        `Change --vehicle${text === undefined ? '' : ` or "preset" in ${text.file}`}.`,
    );
  }
  const values = merge(merge(preset, fileValues), overrides);
  const parsed = carConfigSchema.safeParse(values);
  const problems = parsed.success
    ? (sources.problemsOf?.(parsed.data) ?? [])
    : explain(parsed.error, values, overrides);
  if (!parsed.success || problems.length > 0) {
    throw refusedConfig({ file: text?.file, instead: sources.instead }, problems);
  }
  return deepFreeze(parsed.data);
}

/** @throws UserError when there is no such file, or it may not be read. */
export function readConfigText(file: string): ConfigText {
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new ToldError(
      trouble('config-unreadable', { file }),
      `the configuration ${file} ${whyUnreadable(error)}. Change --config.`,
    );
  }
}

function valuesOf({ file, text }: ConfigText): { preset?: string; [key: string]: unknown } {
  const read = readYaml({ file, text }) ?? {};
  // The schemas do not see them: they are dropped on the way there.
  const prototypes = prototypesIn(read);
  if (prototypes.length > 0) {
    const problems = prototypes.map((path) => ({
      text: explainKey(path, '__proto__'),
      trouble: trouble('key-unknown', { field: [...path, '__proto__'].join('.') }),
    }));
    throw refusedConfig({ file }, problems);
  }
  const parsed = fileSchema.safeParse(read);
  if (!parsed.success) {
    throw refusedConfig({ file }, explain(parsed.error, read));
  }
  const { preset, ...rest } = parsed.data;
  return preset === undefined ? rest : { preset, ...rest };
}

/** Where a key `__proto__` stands. An alias may lead back to where it comes from. */
function prototypesIn(value: unknown, path: readonly string[] = [], seen = new Set<unknown>()): (readonly string[])[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '__proto__' ? [path] : prototypesIn(inner, [...path, key], seen),
  );
}
