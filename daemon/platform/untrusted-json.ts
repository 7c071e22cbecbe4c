import type { Parsed } from './line-channel.ts';

/** Deeper than anything of ours. A schema or a logger that walks a value must not run out of stack. */
const maxDepth = 32;
/** Setting or merging these reaches the prototype that all objects share (CVE-2021-21297 and many like it). */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const loneSurrogate = /\p{Cs}/u;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON from somebody we do not trust. Refused beside what is no JSON: bytes that are no UTF-8, lone surrogates (no UTF-8
 * can carry them on), depth, keys that mean a prototype, and numbers that are too big to be one (1e999 would become
 * Infinity). `-0` becomes 0.
 */
export function parseUntrustedJson(bytes: Uint8Array): Parsed {
  let text: string;
  try {
    text = strictUtf8.decode(bytes);
  } catch {
    return { ok: false, text: 'not UTF-8' };
  }
  if (isTooDeep(text)) return { ok: false, text: `deeper than ${maxDepth}` };
  try {
    const value: unknown = JSON.parse(text, checkEntry);
    return { ok: true, value };
  } catch (error) {
    // The parser's own words quote the input: whoever sent it knows it, and no log needs it.
    return { ok: false, text: error instanceof RangeError ? error.message : 'not JSON' };
  }
}

/** Before it is parsed. Brackets within strings do not count. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth > maxDepth) return true;
  }
  return false;
}

/** JSON.parse calls this with every key and value, the innermost first; `__proto__` is an own key to it. */
function checkEntry(key: string, value: unknown): unknown {
  if (forbiddenKeys.has(key)) throw new RangeError(`the key ${key} is not allowed`);
  if (loneSurrogate.test(key)) throw new RangeError('a key is not well-formed text');
  if (typeof value === 'string' && loneSurrogate.test(value)) throw new RangeError('a text is not well-formed');
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) throw new RangeError('a number is too big');
  return value === 0 ? 0 : value;
}
