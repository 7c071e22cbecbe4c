import { deflateSync } from 'node:zlib';

/** Millimetres of metres, microseconds of milliseconds: finer than anything that is shown or decided by. */
const decimals = 1000;

/**
 * JSON with numbers of three decimals at most. What is calculated has seventeen digits, and ten telemetries a second with the
 * whole plan would fill a slow link by themselves: its pictures would stand and its pings come late.
 */
export function compactJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    typeof part === 'number' ? Math.round(part * decimals) / decimals : part,
  );
}

/** For as many as get it: compressed when the first of them wants it so, and then never again. */
export function encodeOnce(text: string): { readonly text: string; deflated(): Uint8Array } {
  let deflated: Uint8Array | undefined;
  return {
    text,
    deflated() {
      deflated ??= deflateSync(text);
      return deflated;
    },
  };
}
