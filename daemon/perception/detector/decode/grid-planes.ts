import type { Size } from '../preprocess/letterbox.ts';
import type { OutputShape } from './decoder.ts';

/** One grid of an output, and where its numbers lie: `first + channel * channelStep + cell * cellStep`. */
export interface Plane {
  readonly index: number;
  readonly channels: number;
  readonly first: number;
  readonly channelStep: number;
  readonly cellStep: number;
}

/** An output that is the grid of one of these strides, with its channels before the grid, as most have them, or behind it. */
export function planeOf(
  { shape }: OutputShape,
  index: number,
  input: Size,
  strides: readonly number[],
): (Plane & { readonly stride: number }) | undefined {
  const [batch, second = 0, third = 0, fourth = 0] = shape;
  if (shape.length !== 4 || batch !== 1) return undefined;
  const strideOf = (down: number, across: number) =>
    strides.find((each) => down === Math.ceil(input.heightPx / each) && across === Math.ceil(input.widthPx / each));
  const before = strideOf(third, fourth);
  if (before !== undefined) {
    return { stride: before, index, channels: second, first: 0, channelStep: third * fourth, cellStep: 1 };
  }
  const behind = strideOf(second, third);
  if (behind === undefined) return undefined;
  return { stride: behind, index, channels: fourth, first: 0, channelStep: 1, cellStep: fourth };
}

/** Some channels of a plane, as a plane of their own. */
export function channelsOf(plane: Plane, first: number, channels: number): Plane {
  return { ...plane, channels, first: plane.first + first * plane.channelStep };
}
