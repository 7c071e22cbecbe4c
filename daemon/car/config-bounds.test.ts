import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { carConfigSchema } from './config.ts';
import { configOf } from './load-config.ts';

describe('every number of the configuration', () => {
  it('has both bounds, and each one beyond them is refused by its name', () => {
    const numbers = numbersOf(z.toJSONSchema(carConfigSchema, { unrepresentable: 'any' }) as Json);
    expect(numbers.length).toBeGreaterThan(40);
    for (const { path, least, most } of numbers) {
      expect(Number.isFinite(least) && Number.isFinite(most), `${path.join('.')} has no bounds`).toBe(true);
    }
    const beyond = fc.constantFrom(...numbers).chain((number) =>
      fc.record({
        number: fc.constant(number),
        value: fc.oneof(
          fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -1e300),
          fc.double({ min: 1e-3, max: 1e9, noNaN: true }).map((over) => number.most + over),
          fc.double({ min: 1e-3, max: 1e9, noNaN: true }).map((under) => number.least - under),
        ),
      }),
    );
    const text = (values: object) => ({ file: 'car.yaml', text: JSON.stringify(values) });
    fc.assert(
      fc.property(beyond, ({ number: { path }, value }) => {
        const overrides = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
        expect(() => configOf({ text: text({}), overrides })).toThrow(path.join('.'));
      }),
      { numRuns: 500 },
    );
  });
});

interface Json {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly const?: unknown;
  readonly oneOf?: readonly Json[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** Every number that stands in the configuration by a name of its own. */
function numbersOf(
  schema: Json,
  path: readonly string[] = [],
): { path: readonly string[]; least: number; most: number }[] {
  // Of several kinds the preset is the first; a value that is the only one allowed has no bounds.
  const [first] = schema.oneOf ?? [];
  if (first !== undefined) return numbersOf(first, path);
  if (schema.const !== undefined) return [];
  if (schema.type === 'number' || schema.type === 'integer') {
    const least = schema.minimum ?? schema.exclusiveMinimum ?? Number.NEGATIVE_INFINITY;
    return [{ path, least, most: schema.maximum ?? schema.exclusiveMaximum ?? Number.POSITIVE_INFINITY }];
  }
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => numbersOf(inner, [...path, key]));
}
