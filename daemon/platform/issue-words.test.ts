import { expect, test } from 'vitest';
import { z } from 'zod';
import { kindOf, wantedBy } from './issue-words.ts';

const kinds = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linux') }),
  z.strictObject({ kind: z.literal('simulated') }),
]);

test.each<[string, z.ZodType, unknown, string]>([
  ['another kind of value', z.number(), 'x', 'expected a number'],
  ['a number with a fraction', z.int(), 1.5, 'expected a whole number'],
  ['no group', z.strictObject({}), 3, 'expected keys with their values'],
  ['no list', z.array(z.string()), 3, 'expected a list'],
  ['the one word', z.literal('cones'), 'cone', 'expected "cones"'],
  ['one of words', z.enum(['stop', 'continue']), 'stpo', 'expected "stop" or "continue", perhaps "stop"'],
  ['a word in capitals', z.enum(['rgb', 'bgr']), 'BGR', 'expected "rgb" or "bgr", perhaps "bgr"'],
  ['one of many words', z.enum(['yolov8', ...'abcdefghijkl']), 'yolov9', 'expected one of 13 words, perhaps "yolov8"'],
  ['a short word', z.enum(['cuda', 'cpu']), 'gpu', 'expected "cuda" or "cpu"'],
  ['a number too small', z.number().min(3), 2, 'expected 3 or more'],
  ['a number on a bound that is out', z.number().positive(), 0, 'expected a number above 0'],
  ['a number too large', z.number().max(3), 4, 'expected 3 or less'],
  ['a number on an upper bound that is out', z.number().lt(3), 3, 'expected a number under 3'],
  ['an empty text', z.string().min(1), '', 'expected a text'],
  ['a long text', z.string().max(2), 'abc', 'expected 2 letters or fewer'],
  ['an empty list', z.array(z.string()).min(1), [], 'expected an entry or more'],
  ['a long list', z.array(z.string()).max(1), ['a', 'b'], 'expected 1 entries or fewer'],
  ['one of numbers', z.union([z.literal(32), z.literal(64)]), 5, 'expected 32, or 64'],
  ['one of kinds', z.union([z.string(), z.array(z.string())]), 5, 'expected a text, or a list'],
  ['a rule of ours', z.string().refine(() => false, { error: 'expected a pin' }), 'x', 'expected a pin'],
])('%s is told what was wanted', (_, schema, given, wanted) => {
  const { error } = schema.safeParse(given);
  expect(wantedBy(error!.issues[0]!, given)).toBe(wanted);
});

test('one of several forms is told its forms', () => {
  expect(wantedBy(kinds.safeParse({ kind: 'x' }).error!.issues[0]!, 'x')).toBe('expected "linux" or "simulated"');
});

test('kinds are told apart', () => {
  expect([null, undefined, [], {}, 1, '', true].map(kindOf)).toEqual([
    ...['nothing', 'nothing', 'a list', 'keys with their values', 'a number', 'a text', 'true or false'],
  ]);
});
