import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowed, anyThreshold, type Found, found, headOf, recognised, wild } from '../../testing/decoder-checks.ts';
import type { NetworkHints } from './decoder.ts';
import { recognisers } from './recognisers.ts';
import { yolov8RawHeads } from './yolov8-raw-heads.ts';

const classCount = 3;
/** Of 64x32 pixels. */
const grids = [8, 16, 32].map((stride) => ({ stride, across: 64 / stride, down: 32 / stride }));
type Grid = (typeof grids)[number];
type Order = 'channels-first' | 'channels-last';

const shapeOf = ({ across, down }: Grid, channels: number, order: Order) =>
  order === 'channels-first' ? [1, channels, down, across] : [1, down, across, channels];

/** Numbers that lie cell by cell and channel by channel, in the order of a tensor. */
function arranged(cells: readonly (readonly number[])[], order: Order): Float32Array {
  if (order === 'channels-last') return Float32Array.from(cells.flat());
  return Float32Array.from((cells[0] ?? []).flatMap((_, channel) => cells.map((cell) => cell[channel]!)));
}

const forms = [
  { form: 'one output a grid', split: false, sum: false, order: 'channels-first' },
  { form: 'one, channels last', split: false, sum: false, order: 'channels-last' },
  { form: 'two', split: true, sum: false, order: 'channels-first' },
  { form: 'two, channels last', split: true, sum: false, order: 'channels-last' },
  { form: 'two and a sum of the scores', split: true, sum: true, order: 'channels-first' },
] as const;

function shapesOf({ split, sum, order }: (typeof forms)[number]): number[][] {
  return grids.flatMap((grid) =>
    [...(split ? [64, classCount] : [64 + classCount]), ...(sum ? [1] : [])].map((channels) =>
      shapeOf(grid, channels, order),
    ),
  );
}

function outputsOf(
  { split, sum, order }: (typeof forms)[number],
  cellsOf: readonly (readonly (readonly number[])[])[],
): Float32Array[] {
  return cellsOf.flatMap((cells) => {
    const boxes = cells.map((cell) => cell.slice(0, 64));
    const scores = cells.map((cell) => cell.slice(64));
    const parts = split ? [boxes, scores] : [cells];
    return [...parts, ...(sum ? [cells.map(() => [9])] : [])].map((part) => arranged(part, order));
  });
}

/** The definition: for each side the mean of 0..15 by the softmax of its weights, from the middle of the cell. */
function plain(grid: Grid, cell: number, numbers: readonly number[], activate: (value: number) => number): Found {
  const reach = [0, 1, 2, 3].map((side) => {
    const weights = numbers.slice(16 * side, 16 * side + 16);
    const largest = Math.max(...weights);
    const powers = weights.map((weight) => Math.exp(weight - largest));
    return powers.reduce((sum, power, bin) => sum + power * bin, 0) / powers.reduce((sum, power) => sum + power, 0);
  });
  const known = numbers.slice(64).map((score) => (score < Infinity ? score : -Infinity));
  const best = Math.max(...known);
  const [x, y] = [(cell % grid.across) + 0.5, Math.floor(cell / grid.across) + 0.5];
  return {
    classId: Math.max(0, known.indexOf(best)),
    score: activate(best),
    corners: [x - reach[0]!, y - reach[1]!, x + reach[2]!, y + reach[3]!].map((side) => side * grid.stride),
  };
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
const cell = fc.array(wild, { minLength: 64 + classCount, maxLength: 64 + classCount });
const anyCells = fc.tuple(
  ...grids.map(({ across, down }) => fc.array(cell, { minLength: across * down, maxLength: across * down })),
);

describe.each(forms)('yolov8-raw-heads, $form', (form) => {
  const decoder = recognised(yolov8RawHeads.recognise(headOf(shapesOf(form))));

  it('is recognised', () => {
    expect(decoder).toMatchObject({ layout: 'yolov8-raw-heads', classCount, capacity: 42, suppression: 'needed' });
  });

  it.each(['logits', 'scores'] as const)('finds what the plain definition finds, of %s', (what) => {
    let some = 0;
    fc.assert(
      fc.property(anyCells, anyThreshold, (numbers, threshold) => {
        const cellsOf = numbers.map((cells) =>
          cells.map((each) =>
            each.map((value, channel) => {
              if (channel < 64) return Math.fround(value);
              // Of finite numbers, all are in 0..1 or one is not.
              return Math.fround(what === 'scores' ? (Number.isFinite(value) ? Math.abs(value) % 1 : value) : value);
            }),
          ),
        );
        if (what === 'logits') cellsOf[0]![0]![64] = -7;
        const activate = what === 'logits' ? sigmoid : (value: number) => value;
        const boxes = grids.flatMap((grid, at) =>
          cellsOf[at]!.map((each, index) => plain(grid, index, each, activate)),
        );
        const expected = allowed(
          boxes.filter(({ score }) => score > 0),
          threshold,
        );
        expect(found(decoder, outputsOf(form, cellsOf), threshold)).toEqual(expected);
        some += expected.length;
      }),
      { numRuns: 15 },
    );
    expect(some).toBeGreaterThan(0);
  });

  it('judges scores', () => {
    const all = (value: number) =>
      outputsOf(
        form,
        grids.map(({ across, down }) => Array.from({ length: across * down }, () => new Array(67).fill(value))),
      );
    expect(decoder.judgeScores(all(0))).toBe('all-zero');
    expect(decoder.judgeScores(all(Number.NaN))).toBe('not-finite');
    expect(decoder.judgeScores(all(-4))).toBe('sound');
  });
});

const split = forms[2];
/** Of each grid's cells, what `distances` says and scores of which a cell here and there is sure. */
const cellsWith = (distances: (grid: Grid, cell: number) => readonly number[]) =>
  grids.map((grid) =>
    Array.from({ length: grid.across * grid.down }, (_, cell) => [
      ...distances(grid, cell),
      ...[-8, cell % 5 === 0 ? 2 : -6, -7],
    ]),
  );
/** All of one weight but for the distance's own. */
const weighted = (distances: readonly number[]) =>
  distances.flatMap((distance) => Array.from({ length: 16 }, (_, bin) => (bin === distance ? 200 : -200)));
const whole = (_: Grid, cell: number) => [cell % 3, (cell + 1) % 4, 2 + (cell % 2), 1];

it('reads the cells of all grids after one another as it reads them apart', () => {
  const cellsOf = cellsWith((grid, cell) => weighted(whole(grid, cell)));
  const apart = recognised(yolov8RawHeads.recognise(headOf(shapesOf(split))));
  const shapes = [64, classCount].map((channels) => [1, channels, 42]);
  for (const order of [shapes, shapes.toReversed()]) {
    const joined = recognised(yolov8RawHeads.recognise(headOf(order)));
    expect(joined).toMatchObject({ layout: 'yolov8-raw-heads', classCount, capacity: 42 });
    const parts = [cellsOf.flat().map((cell) => cell.slice(0, 64)), cellsOf.flat().map((cell) => cell.slice(64))];
    const outputs = parts.map((part) => arranged(part, 'channels-first'));
    const boxes = found(joined, order === shapes ? outputs : outputs.toReversed(), 0.5);
    expect(boxes).toHaveLength(10);
    expect(boxes).toEqual(found(apart, outputsOf(split, cellsOf), 0.5));
  }
  expect(yolov8RawHeads.recognise(headOf([[1, 64, 42]]))).toBeUndefined();
});

it('takes all of a cell in one output for weights only where the graph or a card shows them: those of decoded boxes look so too', () => {
  const read = (hints: Partial<NetworkHints>, channels = 84) =>
    yolov8RawHeads.recognise(headOf([[1, channels, 42]], { hints }))?.classCount;
  const madeOf = (...parts: number[]) => ({
    lastProducts: new Map([['output0', parts.flatMap((part) => [part, part, part]).sort((a, b) => a - b)]]),
  });
  expect(read({})).toBeUndefined();
  expect(read(madeOf(64, 80)), 'decoded').toBeUndefined();
  expect(read(madeOf(64, 20))).toBe(20);
  expect(read({ namedLayout: 'yolov8-raw-heads' })).toBe(20);
  expect(read({ statedClasses: 20 }), 'as its labels say').toBe(20);
});

it('reads no other numbers of cells', () => {
  const shapes = [64, classCount].map((channels) => [1, channels, 42]);
  expect(yolov8RawHeads.recognise(headOf(shapes.map(([, channels = 0]) => [1, channels, 41])))).toBeUndefined();
});

describe('four numbers a cell', () => {
  const made = (operator: string) => new Map(shapes.map((_, at) => [`output${at}`, new Set([operator])]));
  const shapes = grids.flatMap((grid) => [4, classCount].map((channels) => shapeOf(grid, channels, 'channels-first')));
  const outputsWith = (distances: (grid: Grid, cell: number) => readonly number[]) =>
    cellsWith(distances).flatMap((cells) =>
      [cells.map((cell) => cell.slice(0, 4)), cells.map((cell) => cell.slice(4))].map((part) =>
        arranged(part, 'channels-first'),
      ),
    );
  const recognise = (firstRun: readonly Float32Array[], hints: Partial<NetworkHints> = {}) =>
    yolov8RawHeads.recognise({ ...headOf(shapes, { hints }), firstRun });
  const near = (_: Grid, cell: number) =>
    [1.7, 2.1 + (cell % 3) / 9, 1.9, 2 + (cell % 2) / 5].map((side) => side + (cell % 2));

  it('are how far a box reaches, in strides', () => {
    const plainly = recognised(recognise(outputsWith(near)));
    const byWeights = recognised(yolov8RawHeads.recognise(headOf(shapesOf(split))));
    const boxes = found(plainly, outputsWith(whole), 0.5);
    expect(boxes).toHaveLength(10);
    const cellsOf = cellsWith((grid, cell) => weighted(whole(grid, cell)));
    expect(boxes).toEqual(found(byWeights, outputsOf(split, cellsOf), 0.5));
    expect(
      found(
        plainly,
        outputsWith(() => [Number.NaN, 1, 1, 1]),
        0.5,
      ),
    ).toEqual([]);
  });

  it.each([
    ['shifts of anchors', (_: Grid, cell: number) => [0.3 - (cell % 2), 0.1, -0.4, 0.2]],
    ['in pixels', (grid: Grid, cell: number) => near(grid, cell).map((side) => side * grid.stride)],
    ['no numbers', () => [Number.NaN, Number.NaN, Number.NaN, Number.NaN]],
    ['all alike', () => [2, 2, 2, 2]],
  ] as const)(
    'are refused where an empty picture shows that they are %s, unless the card says what they are',
    (_, numbers) => {
      expect(recognise(outputsWith(numbers))).toBeUndefined();
      expect(recognise(outputsWith(numbers), { namedLayout: 'yolov8-raw-heads' })).toMatchObject({ classCount });
    },
  );

  it.each([
    ['scales them to pixels', { partOperators: made('Mul') }],
    ['makes them of logarithms', { partOperators: made('Exp') }],
    ["is an RTMDet's", { mmdetectionHead: 'rtmdet' }],
  ] as const)('are refused where the graph %s, however many strides they would be', (_, hints) => {
    expect(recognise(outputsWith(near), hints)).toBeUndefined();
    expect(recognise(outputsWith(near), { partOperators: made('Conv') })).toMatchObject({ classCount });
    expect(recognise(outputsWith(near), { ...hints, namedLayout: 'yolov8-raw-heads' })).toMatchObject({ classCount });
  });

  it('are the boxes beside as many classes as the labels say', () => {
    const beside = (channels: readonly number[], statedClasses?: number) => {
      const all = grids.flatMap((grid) => channels.map((each) => shapeOf(grid, each, 'channels-first')));
      return yolov8RawHeads.recognise(headOf(all, { hints: { statedClasses } }))?.classCount;
    };
    expect(beside([4, 64])).toBe(4);
    expect(beside([4, 64], 64)).toBe(64);
    expect(beside([4, 4])).toBe(4);
    expect(beside([4, 3], 2)).toBeUndefined();
    expect(beside([4, 3, 1])).toBeUndefined();
  });
});

describe('grids', () => {
  /** The layout that is chosen of all. */
  const layoutOf = (channels: readonly number[], hints: Partial<NetworkHints> = {}) => {
    const shapes = grids.flatMap((grid) => channels.map((each) => shapeOf(grid, each, 'channels-first')));
    const head = headOf(shapes, { hints });
    return recognisers.find((each) => each.recognise(head) !== undefined)?.layout;
  };

  it.each([
    ['of 80 classes behind their distances', [144], {}, 'yolov8-raw-heads'],
    ['of one class', [65], {}, 'yolov8-raw-heads'],
    ['of as many as the labels say', [64 + 11], { statedClasses: 11 }, 'yolov8-raw-heads'],
    ['of another number than the labels say', [64 + 12], { statedClasses: 11 }, undefined],
    ['with three anchors and 80 classes', [255], {}, 'yolo-raw-heads'],
    ['of three anchors, as the labels say', [75], { statedClasses: 20 }, 'yolo-raw-heads'],
    ["that are a YOLOX's, cut likewise", [85], {}, 'yolox-raw-heads'],
    ['of 21 classes, as the card says', [85], { namedLayout: 'yolov8-raw-heads' }, 'yolov8-raw-heads'],
    ['of boxes and 64 classes', [64, 64], {}, 'yolov8-raw-heads'],
    ['of boxes and another number of classes than the labels say', [64, 3], { statedClasses: 4 }, undefined],
    ['without boxes', [63, 3], {}, undefined],
    ['with a third output that is no sum', [64, 3, 2], {}, undefined],
  ] as const)('%s', (_, channels, hints, layout) => {
    expect(layoutOf(channels, hints)).toBe(layout);
  });

  it('in any order, each with its own', () => {
    const shapes = [...grids.map((grid) => shapeOf(grid, 64, 'channels-first'))].reverse();
    const scores = grids.map((grid) => shapeOf(grid, classCount, 'channels-first'));
    expect(yolov8RawHeads.recognise(headOf([...shapes, ...scores]))).toMatchObject({ classCount });
    expect(yolov8RawHeads.recognise(headOf([...shapes, ...scores.slice(1)]))).toBeUndefined();
    // v3-tiny has no grid of stride 8.
    expect(yolov8RawHeads.recognise(headOf([...shapes.slice(0, 2), ...scores.slice(1)]))).toMatchObject({
      capacity: 10,
    });
    expect(yolov8RawHeads.recognise(headOf([]))).toBeUndefined();
  });
});
