import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../platform/user-error.ts';
import { carConfigSchema } from './config.ts';
import { configOf } from './load-config.ts';
import { presets } from './presets.ts';

/** A few in every run; `npm run test:fuzz -- --count 1000000` for many. */
const numRuns = Number(process.env['FUZZ_COUNT'] ?? 1000);
const seed = Number(process.env['FUZZ_SEED'] ?? 1);

const groups = Object.keys(carConfigSchema.shape);
const keys = [
  ...new Set(Object.values(presets).flatMap((preset) => Object.values(preset).flatMap((group) => Object.keys(group)))),
];
const value = fc.oneof(
  fc.constantFrom(
    '.nan',
    '.inf',
    '-.inf',
    '-0',
    '0',
    '1e999',
    '-1',
    '99',
    'null',
    '~',
    'true',
    '""',
    '[]',
    '{}',
    '1e-30',
  ),
  fc.constantFrom(
    '&a [*a]',
    '*a',
    '!!binary x',
    '"\\ud800"',
    '{<<: {a: 1}}',
    '{__proto__: {a: 1}}',
    '0x7fffffff',
    '1_000',
  ),
  fc.double().map(String),
  fc.json({ maxDepth: 2 }),
  fc.string({ maxLength: 10 }),
);
const group = fc.tuple(
  fc.constantFrom(...groups, '__proto__', 'constructor'),
  fc.array(fc.tuple(fc.constantFrom(...keys), value), { maxLength: 4 }),
);
const nearlyConfig = fc
  .tuple(
    fc.constantFrom('simulated', 'hshop-1-18', '__proto__', 'constructor', '1', '[]'),
    fc.array(group, { maxLength: 3 }),
  )
  .map(([preset, list]) =>
    [
      `preset: ${preset}`,
      ...list.map(([name, inner]) => `${name}:\n${inner.map(([k, v]) => `  ${k}: ${v}`).join('\n')}`),
    ].join('\n'),
  );
const good = fc
  .record({ friction: fc.double({ min: 0.1, max: 1, noNaN: true }), port: fc.integer({ min: 0, max: 65_535 }) })
  .map(({ friction, port }) => `vehicle:\n  friction: ${friction.toFixed(3)}\nremote:\n  port: ${port}\n`);

test('whatever the file says, it is a configuration within its bounds or it is refused in words', {
  timeout: 3_600_000,
}, () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(nearlyConfig, good, fc.string({ maxLength: 200 })), (text) => {
      try {
        const config = configOf({ text: { file: 'fuzz.yaml', text } });
        expect(carConfigSchema.safeParse(config).success).toBe(true);
        accepted++;
      } catch (error) {
        // Anything else than words for the user is a crash.
        if (!(error instanceof UserError)) throw error;
        expect(error.message).toMatch(/fuzz\.yaml|vehicle "/);
      }
      expect(({} as Record<string, unknown>)['a']).toBeUndefined();
    }),
    { numRuns, seed },
  );
  expect(accepted).toBeGreaterThan(numRuns / 50);
});
