import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../platform/user-error.ts';
import { type CarConfig, carConfigSchema } from './config.ts';
import { presets } from './presets.ts';

type Plain = { readonly [key: string]: unknown };

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Values of `over` win; objects are merged key by key, arrays are replaced whole. */
function merge(base: unknown, over: unknown): unknown {
  if (!isPlain(base) || !isPlain(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = key in base ? merge(base[key], value) : value;
  return merged;
}

function explain(error: z.ZodError): string {
  return error.issues
    .map((issue) => `  ${issue.path.length > 0 ? issue.path.join('.') : '(the whole file)'}: ${issue.message}`)
    .join('\n');
}

const fileSchema = z.looseObject({ preset: z.string().optional() });

/**
 * The configuration of one run: a vehicle preset, over it the file's values, over those the command line's.
 * A file is YAML or JSON; it says only what differs from the preset that its `preset` names.
 * @throws UserError naming the file, each wrong value, what would be right and where to change it.
 */
export function loadConfig(options: { preset?: string; file?: string; overrides?: object }): CarConfig {
  const { preset: filePreset, ...fileValues } = options.file === undefined ? {} : readConfigFile(options.file);
  const name = options.preset ?? filePreset ?? 'simulated';
  const preset = presets[name];
  if (preset === undefined) {
    throw new UserError(
      `vehicle "${name}" is not known. Known: ${Object.keys(presets).join(', ')}. ` +
        `Change --vehicle${options.file === undefined ? '' : ` or "preset" in ${options.file}`}.`,
    );
  }
  const parsed = carConfigSchema.safeParse(merge(merge(preset, fileValues), options.overrides ?? {}));
  if (!parsed.success) {
    const where = options.file === undefined ? 'the command line' : `${options.file} (or the command line)`;
    throw new UserError(`the configuration is not usable:\n${explain(parsed.error)}\nChange it in ${where}.`);
  }
  return Object.freeze(parsed.data);
}

function readConfigFile(file: string): { preset?: string; [key: string]: unknown } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new UserError(`the configuration ${file} cannot be read (${code}). Change --config.`);
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`the configuration ${file} is neither YAML nor JSON: ${why}`);
  }
  const parsed = fileSchema.safeParse(value ?? {});
  if (!parsed.success) {
    throw new UserError(`the configuration ${file} is not usable:\n${explain(parsed.error)}`);
  }
  const { preset, ...rest } = parsed.data;
  return preset === undefined ? rest : { preset, ...rest };
}
