import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseUntrustedJson } from './untrusted-json.ts';

const parse = (text: string) => parseUntrustedJson(Buffer.from(text, 'utf8'));

describe('refused', () => {
  test.each([
    ['nothing', '', 'not JSON'],
    ['half of it', '{"a":', 'not JSON'],
    ['NaN', '{"a":NaN}', 'not JSON'],
    ['a number too big', '{"a":1e999}', 'a number is too big'],
    ['a number too small', '[-1e999]', 'a number is too big'],
    ['the prototype', '{"__proto__":{"admin":true}}', 'the key __proto__ is not allowed'],
    ['the prototype, escaped', '{"__pr\\u006fto__":1}', 'the key __proto__ is not allowed'],
    ['the prototype, deep within', '[{"a":{"constructor":{"prototype":{}}}}]', 'the key prototype is not allowed'],
    ['a lone surrogate', '{"a":"\\ud800"}', 'a text is not well-formed'],
    ['a lone surrogate in a key', '{"\\udc00":1}', 'a key is not well-formed text'],
    ['depth', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'deeper than 32'],
    ['depth that never ends', '{"a":'.repeat(100_000), 'deeper than 32'],
  ])('%s', (_name, text, why) => {
    expect(parse(text)).toEqual({ ok: false, text: why });
  });

  test('bytes that are no UTF-8', () => {
    expect(parseUntrustedJson(new Uint8Array([0x22, 0xff, 0x22]))).toEqual({ ok: false, text: 'not UTF-8' });
  });
});

test('brackets within strings are no depth', () => {
  const text = JSON.stringify({ a: '[{'.repeat(500), b: '"\\"[[' });
  expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
});

test('a negative zero becomes zero', () => {
  const parsed = parse('[-0, -0.0]');
  expect(parsed.ok && (parsed.value as number[]).every((one) => Object.is(one, 0))).toBe(true);
});

test('all other JSON means what it means elsewhere', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 10, noUnicodeString: false }), (text) => {
      const parsed = parse(text);
      if (parsed.ok) expect(JSON.stringify(parsed.value)).toBe(JSON.stringify(JSON.parse(text)));
      else expect(text).toMatch(/__proto__|constructor|prototype|\\ud[89a-f]/i);
    }),
  );
});

test('no input of any kind gets further than a refusal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(typeof parseUntrustedJson(bytes).ok).toBe('boolean');
    }),
  );
});
