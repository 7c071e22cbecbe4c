import type { Mask } from '../detector/decode/prototype-masks.ts';

/** Which pixels of its rectangle a mask covers. */
export function unpackMask({ runs }: Mask): boolean[] {
  return runs.flatMap((length, index) => Array.from({ length }, () => index % 2 === 1));
}
