import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { whyUnreadable } from '../platform/file-trouble.ts';
import { nearestWord } from '../platform/nearest-word.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { ToldError } from '../platform/user-error.ts';
import { type ToldTrouble, trouble, troublesOfIssue, unfitAt } from '../protocol/troubles.ts';
import { type CarConfig, carConfigSchema } from './config.ts';
import { presets } from './presets.ts';

/** Of a text that is given where none should be. */
const longestGiven = 60;

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

/** The options of the command line that stand for a value of the configuration. */
const optionOf: Readonly<Record<string, string>> = {
  'camera.source': '--camera',
  'detector.modelFile': '--model',
  'pilot.name': '--pilot',
  'remote.host': '--host',
  'remote.port': '--port',
  'remote.httpsPort': '--https',
};

/** @param values all that was said, of which the options of the command line said `overrides` */
function explain(error: z.ZodError, values: unknown, overrides: object = {}): ToldTrouble[] {
  return error.issues.flatMap((issue) => {
    const troubles = troublesOfIssue(issue);
    return explainIssue(issue, values, overrides).map((text, index) => ({
      text,
      trouble: troubles[index] ?? unfitAt(issue.path),
    }));
  });
}

/**
 * A configuration that cannot be used: every problem on a line of its own.
 * @param file undefined where there is none, and the command line alone says it
 */
function refusedConfig(what: string, file: string | undefined, problems: readonly ToldTrouble[], cure = ''): ToldError {
  const causes = problems.map((problem) => problem.trouble);
  return new ToldError(
    file === undefined ? trouble('command-line-unfit', {}, causes) : trouble('config-unfit', { file }, causes),
    `${what} is not usable:\n${problems.map(({ text }) => `  ${text}`).join('\n')}${cure}`,
  );
}

function explainIssue(issue: z.core.$ZodIssue, values: unknown, overrides: object): string[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => explainKey(issue.path, key));
  const option = valueAt(overrides, issue.path) === undefined ? undefined : optionOf[path];
  const where = path === '' ? '(the whole file)' : option === undefined ? path : `${path}, given by ${option}`;
  return [`${where}: ${issue.message}${boundsText(issue.path)}${givenText(valueAt(values, issue.path))}`];
}

/** What stands there, for whoever has to find it. An address may hold a password. */
function givenText(value: unknown): string {
  if (typeof value === 'string' && value.includes('://')) return '';
  if (typeof value === 'string') return `; given is ${JSON.stringify(value.slice(0, longestGiven))}`;
  return typeof value === 'number' || typeof value === 'boolean' ? `; given is ${value}` : '';
}

/** Both bounds of a number, where the message of the one that was passed says only one, or none. */
function boundsText(path: readonly PropertyKey[]): string {
  const [schema] = schemasAt(path);
  const number = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  if (!(number instanceof z.ZodNumber)) return '';
  return ` (it goes from ${isAbove(number) ? 'above ' : ''}${number.minValue} to ${number.maxValue})`;
}

/** Whether the least that a number may be is not its bound itself. */
function isAbove(number: z.ZodNumber): boolean {
  const checks = (number.def.checks ?? []).map((check) => check._zod.def);
  return checks.some((check) => 'inclusive' in check && check.check === 'greater_than' && !check.inclusive);
}

function explainKey(path: readonly PropertyKey[], key: string): string {
  const known = knownKeys(path);
  const near = nearestWord(key, known);
  const cure = near !== undefined ? ` Did you mean ${near}?` : known.length > 0 ? ` Known: ${known.join(', ')}.` : '';
  return `${[...path, key].join('.')}: there is no such key.${cure}`;
}

/** What a part of the configuration may hold; of a part that is one of several kinds, what any of them may. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  const shapes = schemasAt(path).flatMap(shapesOf);
  return [...new Set(shapes.flatMap((shape) => Object.keys(shape)))];
}

/** More than one within a part that is one of several kinds. */
function schemasAt(path: readonly PropertyKey[]): unknown[] {
  let schemas: unknown[] = [carConfigSchema];
  for (const step of path) {
    schemas = schemas.flatMap(shapesOf).flatMap((shape) => shape[step as string] ?? []);
  }
  return schemas;
}

function shapesOf(schema: unknown): Readonly<Record<string, unknown>>[] {
  if (schema instanceof z.ZodObject) return [schema.shape];
  if (schema instanceof z.ZodOptional) return shapesOf(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(shapesOf);
  return [];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((part, step) => (isPlain(part) ? part[step as string] : undefined), value);
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
    throw new ToldError(
      trouble('vehicle-unknown', { vehicle: name }),
      `vehicle "${name}" is not known. Known: ${Object.keys(presets).join(', ')}. ` +
        `Change --vehicle${text === undefined ? '' : ` or "preset" in ${text.file}`}.`,
    );
  }
  const values = merge(merge(preset, fileValues), overrides);
  const parsed = carConfigSchema.safeParse(values);
  const problems = parsed.success
    ? (sources.problemsOf?.(parsed.data) ?? [])
    : explain(parsed.error, values, overrides);
  if (!parsed.success || problems.length > 0) {
    const where = text === undefined ? 'the command line' : `${text.file} (or the command line)`;
    throw refusedConfig('the configuration', text?.file, problems, `\nChange it in ${where}.`);
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
    throw refusedConfig(`the configuration ${file}`, file, problems, `\nTake it out of ${file}.`);
  }
  const parsed = fileSchema.safeParse(read);
  if (!parsed.success) {
    throw refusedConfig(`the configuration ${file}`, file, explain(parsed.error, read));
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

/** JSON is YAML as well. */
function readYaml({ file, text }: ConfigText): unknown {
  const document = parseDocument(text, { logLevel: 'error' });
  const [fault] = document.errors;
  if (fault?.code === 'MULTIPLE_DOCS') {
    throw new ToldError(
      trouble('config-several-documents', { file }),
      `the configuration ${file} holds several documents. Leave one: take out the "---" between them.`,
    );
  }
  try {
    if (fault !== undefined) throw fault;
    return document.toJS();
  } catch (error) {
    const why = reasonOf(error);
    throw new ToldError(
      trouble('config-not-yaml', { file }),
      `the configuration ${file} is neither YAML nor JSON: ${why}`,
    );
  }
}
