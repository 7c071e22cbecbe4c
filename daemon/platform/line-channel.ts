import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { reasonOf } from './reason-of.ts';

/** Calls back with each line of a stream, without its newline. A line over the limit is dropped and told. */
export function readLines(
  stream: Readable,
  onLine: (line: string) => void,
  options: { maxLineBytes?: number; onOverlong?: () => void } = {},
): void {
  const maxLineBytes = options.maxLineBytes ?? 1 << 20;
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let skipping = false;
  stream.on('data', (chunk: Buffer) => {
    rest += decoder.write(chunk);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      if (skipping) skipping = false;
      else if (line.length > 0) onLine(line);
    }
    if (rest.length > maxLineBytes) {
      if (!skipping) options.onOverlong?.();
      skipping = true;
      rest = '';
    }
  });
}

/** A value, or why there is none. */
export type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly text: string };

export function parseJson(line: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(line) };
  } catch (error) {
    return { ok: false, text: reasonOf(error) };
  }
}

export function writeJsonLine(stream: Writable, value: unknown): boolean {
  return stream.write(`${JSON.stringify(value)}\n`);
}
