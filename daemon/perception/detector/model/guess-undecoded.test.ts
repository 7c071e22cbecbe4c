import { describe, expect, it } from 'vitest';
import { headOf } from '../../testing/decoder-checks.ts';
import { guessHead } from './guess-head.ts';

describe('scores and four numbers for each anchor, of which no box was made', () => {
  const words = /RetinaNet, EfficientDet, SSD and FCOS.*no boxes yet.*export the whole detector/s;

  it.each([
    ['RetinaNet', [[1, 3069, 7] as const, [1, 3069, 4] as const]],
    ['RetinaNet of four classes', [[1, 3069, 4] as const, [1, 3069, 4] as const]],
    ["KerasCV's YOLOv8", [[1, 84, 64] as const, [1, 84, 3] as const]],
    ['FCOS', [[1, 341, 3] as const, [1, 341, 4] as const, [1, 341, 1] as const]],
    ['ATSS', [3, 4, 1].flatMap((channels) => [8, 4, 2, 1].map((side) => [1, channels, side, side] as const))],
    [
      'an SSD with two grids of one size',
      [24, 16].flatMap((channels) => [4, 2, 1, 1].map((side) => [1, channels, side, side] as const)),
    ],
    ['EfficientDet', [27, 36].flatMap((channels) => [8, 4, 2, 1].map((side) => [1, channels, side, side] as const))],
  ])('are refused in words, as of %s', (_, shapes) => {
    expect(guessHead(headOf(shapes))).toMatch(words);
  });

  it.each([
    ['two grids', [27, 36].flatMap((channels) => [8, 4].map((side) => [1, channels, side, side] as const))],
    ['no four numbers', [[1, 3069, 7] as const, [1, 3069, 5] as const]],
    ['another number of anchors', [[1, 3069, 7] as const, [1, 3068, 4] as const]],
  ])('are not what is refused of %s', (_, shapes) => {
    expect(guessHead(headOf(shapes)) ?? '').not.toMatch(words);
  });
});

it('is refused in words as a CenterNet where it has maps of classes, sizes and shifts', () => {
  const maps = [3, 2, 2].map((channels) => [1, channels, 8, 16]);
  expect(guessHead(headOf(maps))).toMatch(/CenterNet.*export it with its boxes decoded/s);
  expect(guessHead(headOf(maps.slice(1)))).toBeUndefined();
  expect(guessHead(headOf(maps.map((shape) => [...shape.slice(0, 2), 4, 8])))).toBeUndefined();
});

it.each([
  ['depth', [1, 32, 64]],
  ['classes at a quarter of its size', [1, 5, 8, 16]],
])('is refused in words as a map of the whole picture, of %s', (_, shape) => {
  expect(guessHead(headOf([shape]))).toMatch(/one map of the whole picture.*finds no objects/);
  expect(guessHead(headOf([shape.toSpliced(-1, 1, 11)]))).toBeUndefined();
});
