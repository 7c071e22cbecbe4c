import { numberToHalf } from './float16.ts';
import type { InputFormat, PerColour } from './input-format.ts';
import type { Letterbox, Size } from './letterbox.ts';

/** Elements of the input tensor: float32 values, the bits of float16 ones, or whole numbers. */
export type InputElements = Float32Array | Uint16Array | Uint8Array | Int8Array;

/**
 * Turns images into a network's input. One contract, two implementations: `fast-preprocess.ts` for a camera,
 * `exact-preprocess.ts` for pictures from files.
 */
export interface Preprocessor {
  /** The network's input, written by `letterbox`; the same array for ever. */
  readonly input: InputElements;
  /**
   * Fits an RGB image (uint8, row by row) into `input`. Allocates only when the image's size changes.
   * @returns how the image lies in the network's input.
   * @throws RangeError when the pixels are not as many as the size says, or are more than can be handled.
   */
  letterbox(rgb: Uint8Array, image: Size): Letterbox;
}

/** @throws RangeError */
export function checkImage(rgb: Uint8Array, { widthPx, heightPx }: Size): void {
  if (rgb.length === widthPx * heightPx * 3) return;
  throw new RangeError(
    `an RGB image of ${widthPx}x${heightPx} pixels has ${widthPx * heightPx * 3} bytes, not ${rgb.length}`,
  );
}

/** A table of 256 input elements for each of red, green and blue. */
export type LevelTables = readonly [InputElements, InputElements, InputElements];

/** What each of a byte's levels becomes in the network's input. */
export function levelTables({ type, mean, deviation, quantisation }: InputFormat): LevelTables {
  /** Of a type of 256 numbers from `least` on. */
  const whole = (least: number) => (value: number, level: number) => {
    if (quantisation === undefined) return level + least;
    const { scale, zero } = quantisation;
    return Math.min(Math.max(Math.round(value / scale) + zero, least), least + 255);
  };
  const table = (colour: keyof PerColour & (0 | 1 | 2)): InputElements => {
    const values = Array.from({ length: 256 }, (_, level) => (level - mean[colour]) / deviation[colour]);
    switch (type) {
      case 'float32':
        return Float32Array.from(values);
      case 'float16':
        return Uint16Array.from(values, numberToHalf);
      case 'uint8':
        return Uint8Array.from(values, whole(0));
      case 'int8':
        return Int8Array.from(values, whole(-128));
    }
  };
  return [table(0), table(1), table(2)];
}

/** `shared`: in memory that other threads can read. */
export function newInput(
  { type, widthPx, heightPx, pictures = 1 }: InputFormat,
  memoryKind: 'own' | 'shared' = 'own',
): InputElements {
  const count = widthPx * heightPx * 3 * pictures;
  const memory = (bytes: number) => (memoryKind === 'shared' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  switch (type) {
    case 'float32':
      return new Float32Array(memory(count * Float32Array.BYTES_PER_ELEMENT));
    case 'float16':
      return new Uint16Array(memory(count * Uint16Array.BYTES_PER_ELEMENT));
    case 'uint8':
      return new Uint8Array(memory(count));
    case 'int8':
      return new Int8Array(memory(count));
  }
}

/** Where a colour lies in the tensor: elements from pixel to pixel, and of each colour's first element. */
export interface TensorLayout {
  readonly pixelStride: number;
  readonly firsts: PerColour;
}

export function tensorLayout({ order, channels, widthPx, heightPx }: InputFormat): TensorLayout {
  const apart = order === 'nchw' ? widthPx * heightPx : 1;
  return {
    pixelStride: order === 'nchw' ? 1 : 3,
    firsts: channels === 'rgb' ? [0, apart, 2 * apart] : [2 * apart, apart, 0],
  };
}

/** Fills an input with one value a colour. */
export function fillInput(input: InputElements, format: InputFormat, values: PerColour): void {
  const { pixelStride, firsts } = tensorLayout(format);
  const pixels = format.widthPx * format.heightPx;
  for (const [colour, first] of firsts.entries()) {
    const value = values[colour]!;
    for (let pixel = 0, at = first; pixel < pixels; pixel++, at += pixelStride) input[at] = value;
  }
}
