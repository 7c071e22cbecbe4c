import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ToldError } from '../platform/user-error.ts';
import { trouble } from '../protocol/troubles.ts';
import { carConfigSchema } from './config.ts';
import { configOf } from './load-config.ts';

const bounded = boundsOf(z.toJSONSchema(carConfigSchema, { unrepresentable: 'any' }) as Json);
const numbers = bounded.filter(({ of }) => of === 'number');
const text = (values: object) => ({ file: 'car.yaml', text: JSON.stringify(values) });
const overridesWith = (path: readonly string[], value: unknown) =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;

describe('every number of the configuration', () => {
  it('has both bounds, and each one beyond them is refused by its name', () => {
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
    fc.assert(
      fc.property(beyond, ({ number: { path }, value }) => {
        expect(() => configOf({ text: text({}), overrides: overridesWith(path, value) })).toThrow(path.join('.'));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a bound that is passed is told by what it bounds', () => {
  /** What is said of this value, by its code. */
  const told = (path: readonly string[], value: unknown) => {
    // The bus whose bounds are listed; the preset's is of another kind.
    const bus = text({ actuators: { bus: { kind: 'linux' } } });
    const error = caught(() => configOf({ text: bus, overrides: overridesWith(path, value) }));
    const causes = error instanceof ToldError ? (error.trouble.because ?? []) : [];
    return causes.filter(({ parameters }) => parameters['field'] === path.join('.'));
  };
  const ofLength = (of: Bounds['of'], length: number) =>
    of === 'list' ? Array(length).fill('cpu') : 'x'.repeat(length);

  it.each(bounded)('$of $path', ({ path, of, least, most, without }) => {
    const field = path.join('.');
    if (of !== 'number') {
      if (least > 0)
        expect(told(path, ofLength(of, least - 1))).toEqual([trouble(`${of}-too-short`, { field, least })]);
      if (most < 1e6) {
        expect(told(path, ofLength(of, most + 1))).toContainEqual(trouble(`${of}-too-long`, { field, most }));
      }
      return;
    }
    const tooSmall = without.includes('least')
      ? trouble('value-not-above', { field, floor: least })
      : trouble('value-too-small', { field, least });
    const tooLarge = without.includes('most')
      ? trouble('value-not-below', { field, ceiling: most })
      : trouble('value-too-large', { field, most });
    expect(told(path, least - 1)).toEqual([tooSmall]);
    expect(told(path, most + 1)).toEqual([tooLarge]);
    // The bound itself is refused by the same sentence, or not at all.
    expect(told(path, least)).toEqual(without.includes('least') ? [tooSmall] : []);
    expect(told(path, most)).toEqual(without.includes('most') ? [tooLarge] : []);
  });

  it('with bounds of every kind among them', () => {
    expect(new Set(bounded.map(({ of }) => of))).toEqual(new Set(['number', 'list', 'text']));
    expect(numbers.filter(({ without }) => without.includes('least')).length).toBeGreaterThan(5);
  });
});

function caught(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

interface Json {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly const?: unknown;
  readonly oneOf?: readonly Json[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

interface Bounds {
  readonly path: readonly string[];
  /** Of a list, its entries are counted, of a text, its characters. */
  readonly of: 'number' | 'list' | 'text';
  readonly least: number;
  readonly most: number;
  /** Which of the two is itself refused. */
  readonly without: readonly ('least' | 'most')[];
}

/** Every number that stands in the configuration by a name of its own, and all lists and texts that may not be of any length. */
function boundsOf(schema: Json, path: readonly string[] = []): Bounds[] {
  // Of several kinds the preset is the first; a value that is the only one allowed has no bounds.
  const [first] = schema.oneOf ?? [];
  if (first !== undefined) return boundsOf(first, path);
  if (schema.const !== undefined) return [];
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  if (schema.type === 'number' || schema.type === 'integer') {
    const without = [
      ...(minimum === undefined ? (['least'] as const) : []),
      ...(maximum === undefined ? (['most'] as const) : []),
    ];
    const least = minimum ?? exclusiveMinimum ?? Number.NEGATIVE_INFINITY;
    return [{ path, of: 'number', least, most: maximum ?? exclusiveMaximum ?? Number.POSITIVE_INFINITY, without }];
  }
  const { minItems, maxItems, minLength, maxLength } = schema;
  const length = { path, least: minItems ?? minLength ?? 0, most: maxItems ?? maxLength ?? 1e6, without: [] };
  if ((minItems ?? maxItems) !== undefined) return [{ ...length, of: 'list' }];
  if ((minLength ?? maxLength) !== undefined) return [{ ...length, of: 'text' }];
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => boundsOf(inner, [...path, key]));
}
