import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { entryAt } from '../platform/file-trouble.ts';
import { parseUntrustedJson } from '../platform/untrusted-json.ts';

/** The names of twenty thousand classes are less. */
const mostBytes = 1 << 20;
const cardSchema = z.record(z.string(), z.unknown());

/** What a network's card says. One that is no file, too long, too deep or no JSON object says nothing: the car lists on. */
export function readModelCard(file: string): Readonly<Record<string, unknown>> {
  if (!isRegularFile(file) || statSync(file).size > mostBytes) return {};
  const json = parseUntrustedJson(readFileSync(file));
  return cardSchema.safeParse(json.ok ? json.value : undefined).data ?? {};
}

/** Also by way of a link. Whoever reads a pipe or a device may wait for ever. */
export function isRegularFile(file: string): boolean {
  return entryAt(file)?.isFile() === true;
}
