import { describe, expect, it } from 'vitest';
import { headOf, recognised } from '../../testing/decoder-checks.ts';
import { classesOfCells } from './class-parts.ts';
import type { LayoutRecogniser, NetworkHints } from './decoder.ts';
import { endToEnd } from './end-to-end.ts';
import { nmsFree } from './nms-free.ts';
import { nmsFreePose } from './nms-free-pose.ts';
import { nmsFreeSeg } from './nms-free-seg.ts';

/** Of products of these numbers at each of so many strides. */
const madeOf = (parts: readonly number[], grids = 3): Pick<NetworkHints, 'lastProducts'> => ({
  lastProducts: new Map([
    ['output0', parts.flatMap((part) => new Array<number>(grids).fill(part)).sort((a, b) => a - b)],
  ]),
});
const output = { name: 'output0', type: 'float32', shape: [1, 300, 6] };

describe('the classes of a network that chooses its boxes itself', () => {
  it.each([
    { of: 'a v8', parts: [64, 3], classes: 3 },
    { of: 'a v8 of one class', parts: [64, 1], classes: 1 },
    { of: 'a v8 of 64 classes', parts: [64, 64], classes: 64 },
    { of: 'a YOLO26', parts: [4, 3], classes: 3 },
    { of: 'a YOLO26 of four classes', parts: [4, 4], classes: 4 },
    { of: 'a YOLO-NAS', parts: [68, 20], classes: 20 },
    { of: 'a v8 of two grids', parts: [64, 3], grids: 2, classes: 3 },
    { of: 'a v8 of four', parts: [64, 3], grids: 4, classes: 3 },
    { of: 'a YOLOX', parts: [4, 1, 7], classes: 7 },
    { of: 'a YOLOX of one class', parts: [4, 1, 1], classes: 1 },
    { of: 'three anchors', parts: [3 * (5 + 6)], classes: 6 },
    { of: 'masks', parts: [64, 3, 32], beside: 32, classes: 3 },
    { of: 'masks and as many classes', parts: [64, 32, 32], beside: 32, classes: 32 },
    { of: 'four classes or 64', parts: [4, 64], classes: undefined },
    { of: 'no box', parts: [5, 3], classes: undefined },
    { of: 'another part', parts: [2, 7, 64], classes: undefined },
    { of: 'an objectness without a box', parts: [1, 5, 7], classes: undefined },
    { of: 'too many parts', parts: [1, 2, 4, 8], classes: undefined },
    { of: 'three anchors without a class', parts: [15], classes: undefined },
    { of: 'grids that differ', parts: [4, 5, 6], grids: 1, classes: undefined },
    { of: 'nothing', parts: [], classes: undefined },
  ])('are told by the parts of its cells: $of', ({ parts, grids, beside, classes }) => {
    expect(classesOfCells(madeOf(parts, grids), output, beside)).toBe(classes);
    expect(classesOfCells({}, output, beside)).toBeUndefined();
  });

  it.each<{ recogniser: LayoutRecogniser; shapes: number[][]; beside: number[]; hints?: Partial<NetworkHints> }>([
    { recogniser: nmsFree, shapes: [[1, 30, 6]], beside: [] },
    {
      recogniser: nmsFreeSeg,
      shapes: [
        [1, 30, 8],
        [1, 2, 8, 16],
      ],
      beside: [2],
    },
    { recogniser: nmsFreePose, shapes: [[1, 30, 57]], beside: [51] },
    {
      recogniser: endToEnd,
      shapes: [[5, 7]],
      beside: [],
      hints: { operators: new Set(['NonMaxSuppression']) },
    },
  ])('are not taken for those of COCO where the graph says how many they are: $recogniser.layout', (each) => {
    const { recogniser, shapes, beside, hints } = each;
    const classesOf = (more: Partial<NetworkHints>) =>
      recognised(recogniser.recognise(headOf(shapes, { hints: { ...hints, ...more } }))).classCount;
    expect(classesOf(madeOf([64, 3, ...beside]))).toBe(3);
    expect(classesOf({ ...madeOf([64, 3, ...beside]), statedClasses: 5 })).toBe(5);
    expect(classesOf({})).toBe(recogniser === nmsFreePose ? 1 : 80);
  });
});
