import { z } from 'zod';
import { kindOf, wantedBy } from '../platform/issue-words.ts';
import { nearestWord } from '../platform/nearest-word.ts';
import { ToldError } from '../platform/user-error.ts';
import { type ToldTrouble, trouble, troublesOfIssue, unfitAt } from '../protocol/troubles.ts';
import { carConfigSchema } from './config.ts';

/** Of a text that is given where none should be. */
const longestGiven = 60;

/** The options of the command line that stand for a value of the configuration. */
const optionOf: Readonly<Record<string, string>> = {
  'camera.source': '--camera',
  'detector.modelFile': '--model',
  'pilot.name': '--pilot',
  'remote.host': '--host',
  'remote.port': '--port',
  'remote.httpsPort': '--https',
};

/** A problem, and the option of the command line that it came by. */
export interface Problem extends ToldTrouble {
  readonly option?: string | undefined;
}

/** @param values all that was said, of which the options of the command line said `overrides` */
export function explain(error: z.ZodError, values: unknown, overrides: object = {}): Problem[] {
  return error.issues.flatMap((issue) => {
    const troubles = troublesOfIssue(issue);
    const isGiven = valueAt(overrides, issue.path) !== undefined;
    const option = isGiven ? optionOf[issue.path.join('.')] : undefined;
    return explainIssue(issue, values, option).map((text, index) => ({
      text,
      trouble: troubles[index] ?? unfitAt(issue.path),
      option,
    }));
  });
}

/** Where a configuration comes from, for what is said of it. */
export interface ConfigOrigin {
  /** Undefined where there is no file, and the command line alone says it. */
  readonly file: string | undefined;
  /** What is refused, and what helps, where that is not to be changed in the file: it is refused to be written. */
  readonly instead?: { readonly what: string; readonly cure: string } | undefined;
}

/** A configuration that cannot be used: every problem on a line of its own, and below them where to change it. */
export function refusedConfig({ file, instead }: ConfigOrigin, problems: readonly Problem[]): ToldError {
  const causes = problems.map((problem) => problem.trouble);
  const told =
    instead !== undefined
      ? trouble('body-unfit', {}, causes)
      : file === undefined
        ? trouble('command-line-unfit', {}, causes)
        : trouble('config-unfit', { file }, causes);
  const options = [...new Set(problems.flatMap(({ option }) => option ?? []))];
  const isByOptions = problems.every(({ option }) => option !== undefined);
  const what = isByOptions ? 'the command line' : `the configuration${file === undefined ? '' : ` ${file}`}`;
  const places = isByOptions || file === undefined ? options : [`it in ${file}`, ...options];
  const cure = places.length === 0 ? '' : `\nChange ${places.join(' and ')}.`;
  const lines = problems.map(({ text }) => `  ${text}`).join('\n');
  return new ToldError(told, `${instead?.what ?? `${what} is not usable`}:\n${lines}${instead?.cure ?? cure}`);
}

function explainIssue(issue: z.core.$ZodIssue, values: unknown, option: string | undefined): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => explainKey(issue.path, key));
  const path = issue.path.join('.');
  const where = path === '' ? 'the whole file' : option === undefined ? path : `${path}, given by ${option}`;
  const given = valueAt(values, issue.path);
  return [`${where}: ${wantedBy(issue, given)}${boundsText(issue.path)}${givenText(given)}`];
}

/** What stands there, for whoever has to find it. An address may hold a password. */
function givenText(value: unknown): string {
  if (typeof value === 'string' && value.includes('://')) return '';
  if (typeof value === 'string') return `; given is ${quoted(value)}`;
  if (isPlainList(value) && JSON.stringify(value).length <= longestGiven) return `; given is ${JSON.stringify(value)}`;
  return `; given is ${typeof value === 'number' || typeof value === 'boolean' ? value : kindOf(value)}`;
}

/** Of words and numbers alone. An alias may lead a list back into itself. */
function isPlainList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every((each) => typeof each !== 'object' && !String(each).includes('://'));
}

/** A file may hold anything, and is shown on a terminal. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, longestGiven)).replace(/\p{Cc}/gu, '?');
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

export function explainKey(path: readonly PropertyKey[], key: string): string {
  const known = knownKeys(path);
  if (known.includes(key)) {
    const group = path.join('.');
    return `${group}.${key}: no key of this kind of ${group}. Take it out, or change ${group}.kind.`;
  }
  const near = nearestWord(key, known);
  const cure = near !== undefined ? ` Did you mean ${near}?` : known.length > 0 ? ` Known: ${known.join(', ')}.` : '';
  return `${[...path, key].join('.')}: there is no such key.${cure}`;
}

/** What a part of the configuration may hold; of a part that is one of several kinds, what any of them may. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  const shapes = schemasAt(path).flatMap(shapesOf);
  const known = new Set(shapes.flatMap((shape) => Object.keys(shape)));
  return path.length === 0 ? ['preset', ...known] : [...known];
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
  return path.reduce<unknown>(
    (part, step) => (typeof part === 'object' && part !== null ? Reflect.get(part, step) : undefined),
    value,
  );
}
