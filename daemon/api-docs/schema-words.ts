import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** @param io `input` for what a program sends, `output` for what it gets. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline' });
  return rest;
}

/** One message of a union, by the `kind` that it carries. */
export interface MessageSchema {
  readonly kind: string;
  readonly schema: JsonSchema;
}

export function messagesOf(union: z.ZodType, io: 'input' | 'output'): MessageSchema[] {
  const schema = jsonSchemaOf(union, io);
  return (schema.oneOf ?? schema.anyOf ?? [schema]).map((one) => {
    const kind = propertiesOf(one)['kind']?.const;
    if (typeof one === 'boolean' || typeof kind !== 'string') throw new Error('a message without a kind');
    return { kind, schema: one };
  });
}

/** What an object holds, one line a field, for a table in Markdown. */
export function fieldRows(schema: JsonSchema): string[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(propertiesOf(schema))
    .filter(([name]) => name !== 'kind')
    .map(
      ([name, field]) =>
        `| \`${name}\`${required.has(name) ? '' : ', optional'} | ${words(field).replaceAll('|', '\\|')} |`,
    );
}

function propertiesOf(schema: JsonSchema | boolean): Record<string, JsonSchema> {
  if (typeof schema === 'boolean') return {};
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
      typeof field === 'boolean' ? [] : [[name, field] as const],
    ),
  );
}

/** A schema in few words: `number, 0 to 1`, `"manual" or "auto"`, `{ xM: number, yM: number }`. */
export function words(schema: JsonSchema | boolean): string {
  if (typeof schema === 'boolean') return 'anything';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' or ');
  const kinds = schema.oneOf ?? schema.anyOf;
  if (kinds !== undefined) return kinds.map(words).join(' or ');
  // What JSON Schema also writes so: `"type": ["number", "null"]`.
  const types: unknown = schema.type;
  if (Array.isArray(types)) return types.map((type) => words({ ...schema, type })).join(' or ');
  switch (schema.type) {
    case 'object':
      return objectWords(schema);
    case 'array':
      return arrayWords(schema);
    case 'number':
      return withBounds('number', schema);
    case 'integer':
      return withBounds('whole number', schema);
    case 'string':
      return schema.maxLength === undefined ? 'text' : `text of at most ${schema.maxLength} characters`;
    case 'boolean':
      return '`true` or `false`';
    case 'null':
      return '`null`';
    default:
      return 'anything';
  }
}

function objectWords(schema: JsonSchema): string {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(propertiesOf(schema)).map(
    ([name, field]) => `${name}${required.has(name) ? '' : '?'}: ${words(field)}`,
  );
  if (fields.length > 0) return `{ ${fields.join(', ')} }`;
  return schema.additionalProperties === false ? 'nothing' : 'an object';
}

function arrayWords(schema: JsonSchema): string {
  if (schema.prefixItems !== undefined) return `[${schema.prefixItems.map(words).join(', ')}]`;
  const items = schema.items;
  return `list of ${items === undefined || Array.isArray(items) ? 'anything' : words(items)}`;
}

/** JSON Schema bounds whole numbers by the largest that is exact; that is no bound worth words. */
function withBounds(name: string, schema: JsonSchema): string {
  const least = isBound(schema.minimum) ? schema.minimum : undefined;
  const most = isBound(schema.maximum) ? schema.maximum : undefined;
  const above = isBound(schema.exclusiveMinimum) ? `, above ${round(schema.exclusiveMinimum)}` : '';
  if (least !== undefined && most !== undefined) return `${name}, ${round(least)} to ${round(most)}`;
  if (least !== undefined) return `${name}, ${round(least)} or more`;
  return most === undefined ? `${name}${above}` : `${name}${above}, up to ${round(most)}`;
}

function isBound(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}

function round(value: number): string {
  return String(Math.round(value * 1e4) / 1e4);
}
