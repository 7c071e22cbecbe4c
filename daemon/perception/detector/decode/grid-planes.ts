import type { Size } from '../preprocess/letterbox.ts';
import { gridCells, type OutputShape, type ScoreJudgement } from './decoder.ts';
import { isLogit } from './logits.ts';

/** Channels of one grid of an output, and where their numbers lie: `first + channel * channelStep + cell * cellStep`. */
export interface Plane {
  readonly index: number;
  readonly channels: number;
  readonly cells: number;
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
    const cells = third * fourth;
    return { stride: before, index, channels: second, cells, first: 0, channelStep: cells, cellStep: 1 };
  }
  const behind = strideOf(second, third);
  if (behind === undefined) return undefined;
  const cells = second * third;
  return { stride: behind, index, channels: fourth, cells, first: 0, channelStep: 1, cellStep: fourth };
}

/** An output `[1, channels, cells]` with the cells of these strides' grids after one another, as a plane of each; none of any other. */
export function joinedPlanesOf(
  { shape }: OutputShape,
  index: number,
  input: Size,
  strides: readonly number[],
): (Plane & { readonly stride: number })[] {
  const [batch, channels = 0, cells] = shape;
  if (shape.length !== 3 || batch !== 1 || cells !== gridCells(input, strides)) return [];
  let next = 0;
  return strides.map((stride) => {
    const first = next;
    next += gridCells(input, [stride]);
    return { stride, index, channels, cells: next - first, first, channelStep: cells, cellStep: 1 };
  });
}

/** Some channels of a plane, as a plane of their own. */
export function channelsOf(plane: Plane, first: number, channels: number): Plane {
  return { ...plane, channels, first: plane.first + first * plane.channelStep };
}

/** Whether these planes hold what has had no sigmoid yet: logits lie far below 0 nearly everywhere. */
export function haveLogits(planes: readonly Plane[], outputs: readonly Float32Array[]): boolean {
  for (const { index, channels, cells, first, channelStep, cellStep } of planes) {
    const values = outputs[index]!;
    for (let channel = 0; channel < channels; channel++) {
      const start = first + channel * channelStep;
      for (let cell = 0; cell < cells; cell++) if (isLogit(values[start + cell * cellStep]!)) return true;
    }
  }
  return false;
}

/** The scores of a grid's cells, one a class, and the objectness that they are multiplied by, where there is one. */
export interface ScorePlanes {
  readonly scores: Plane;
  readonly objectness?: Plane;
}

/** Scores that were lost in quantising are exactly 0, with or without their sigmoid. */
export function judgePlanes(grids: readonly ScorePlanes[], outputs: readonly Float32Array[]): ScoreJudgement {
  let notFinite = false;
  for (const { scores, objectness } of grids) {
    const values = outputs[scores.index]!;
    for (let cell = 0; cell < scores.cells; cell++) {
      const sure = objectness && outputs[objectness.index]![objectness.first + cell * objectness.cellStep]!;
      for (let channel = 0; channel < scores.channels; channel++) {
        const value = values[scores.first + channel * scores.channelStep + cell * scores.cellStep]!;
        if (!Number.isFinite(value * (sure ?? 1))) notFinite = true;
        else if (value !== 0 && sure !== 0) return 'sound';
      }
    }
  }
  return notFinite ? 'not-finite' : 'all-zero';
}
