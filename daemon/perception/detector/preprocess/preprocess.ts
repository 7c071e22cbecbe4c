import { numberToHalf } from './float16.ts';
import type { Letterbox, Size } from './letterbox.ts';

/** What a network wants at its input. Values are RGB in 0..1. */
export interface InputFormat extends Size {
  readonly type: 'float32' | 'float16';
  readonly order: 'nchw' | 'nhwc';
}

/** Elements of the input tensor: float32 values, or the bits of float16 ones. */
export type InputElements = Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/**
 * Turns images into a network's input. One contract, two implementations: `fast-preprocess.ts` for a camera,
 * `exact-preprocess.ts` for pictures from files.
 */
export interface Preprocessor {
  /** The network's input, written by `letterbox`; the same array for ever. */
  readonly input: InputElements;
  /**
   * Letterboxes an RGB image (uint8, row by row) into `input`. Allocates only when the image's size changes.
   * @returns how the image lies in the network's input.
   * @throws RangeError when the pixels are not as many as the size says, or are more than can be handled.
   */
  letterbox(rgb: Uint8Array, image: Size): Letterbox;
}

/** The grey around the image, of 255: what Ultralytics trains with. */
export const paddingLevel = 114;

/** @throws RangeError */
export function checkImage(rgb: Uint8Array, { widthPx, heightPx }: Size): void {
  if (rgb.length === widthPx * heightPx * 3) return;
  throw new RangeError(
    `an RGB image of ${widthPx}x${heightPx} pixels has ${widthPx * heightPx * 3} bytes, not ${rgb.length}`,
  );
}

/** The half of each of a byte's levels, 0..255 as 0..1. */
export function halvesOfLevels(): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, level) => numberToHalf(level / 255));
}
