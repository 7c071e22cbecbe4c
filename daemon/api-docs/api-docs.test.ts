import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { projectFolder } from '../platform/paths.ts';
import { apiFiles } from './all-files.ts';
import { fieldRows, jsonSchemaOf, messagesOf, words } from './schema-words.ts';

test.each([...apiFiles()])('docs/%s says what the car does; npm run docs:api writes it anew', (name, text) => {
  expect(readFileSync(join(projectFolder(), 'docs', name), 'utf8')).toBe(text);
});

describe('a schema in words', () => {
  test.each([
    [z.number().min(0).max(1), 'number, 0 to 1'],
    [z.int().nonnegative(), 'whole number, 0 or more'],
    [z.number().positive().max(2), 'number, above 0, up to 2'],
    [z.enum(['manual', 'auto']), '"manual" or "auto"'],
    [z.array(z.object({ xM: z.number(), yM: z.number().optional() })), 'list of { xM: number, yM?: number }'],
    [z.tuple([z.number(), z.string()]), '[number, text]'],
    [z.string().max(5).nullable(), 'text of at most 5 characters or `null`'],
    [z.array(z.number().nullable()), 'list of number or `null`'],
    [z.strictObject({}), 'nothing'],
  ])('%#', (schema, text) => {
    expect(words(jsonSchemaOf(schema, 'input'))).toBe(text);
  });

  test('a table tells what may be left out, and no line breaks it', () => {
    const schema = jsonSchemaOf(
      z.object({ kind: z.literal('x'), a: z.string(), b: z.enum(['|', 'c']).optional() }),
      'input',
    );
    expect(fieldRows(schema)).toEqual(['| `a` | text |', '| `b`, optional | "\\|" or "c" |']);
  });

  test('a union without kinds is no union of messages', () => {
    expect(() => messagesOf(z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]), 'input')).toThrow();
  });
});
