import type { InputFormat } from '../preprocess/input-format.ts';
import { type Convention, scaleName } from './neighbours.ts';

/** Another way of taking pictures that sees something plausible too. */
export interface Rival {
  readonly convention: Convention;
  /** What it finds, in scores, by what the network's own way finds. */
  readonly share: number;
}

/** Something about the pictures that photos alone do not decide. */
export interface Undecided {
  readonly about: 'channels' | 'scale' | 'fit';
  /** What was tried instead. */
  readonly other: string;
  /** See `Rival`. */
  readonly share: number;
}

/** A way that finds less than this share is refuted: the least that a right one was measured to find beside a wrong one. */
const refuted = 0.8;

/** Pure: the rivals that differ from the network's own way in one thing and find nearly as much, or more. */
export function undecidedAmong(rivals: readonly Rival[], own: InputFormat): Undecided[] {
  return rivals.flatMap(({ convention, share }): Undecided[] => {
    const { channels, scale, fit } = convention;
    const differences = [
      ...(channels === own.channels ? [] : [{ about: 'channels', other: channels } as const]),
      ...(scale === scaleName(own) ? [] : [{ about: 'scale', other: scale } as const]),
      ...(fit === own.fit ? [] : [{ about: 'fit', other: fit } as const]),
    ];
    const [difference] = differences;
    if (difference === undefined || differences.length > 1 || share < refuted) return [];
    return [{ ...difference, share }];
  });
}
