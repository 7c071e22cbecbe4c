import { describe, expect, it } from 'vitest';
import { headOf, smallInput } from '../../testing/decoder-checks.ts';
import { areUndecoded, followCells, undecodedAs } from './box-corners.ts';
import { darknetBoxes } from './darknet-boxes.ts';
import type { Head, NetworkHints } from './decoder.ts';
import { labelledBoxes } from './labelled-boxes.ts';
import { nmsFree } from './nms-free.ts';
import { ssd } from './ssd.ts';
import { yolov5 } from './yolov5.ts';

/** Heads whose shape is that of finished boxes, and whose numbers for an empty picture are none. */

const strides = [8, 16, 32];
/** Of a network whose graph shows that its first output comes from products. */
const computed: Partial<NetworkHints> = { lastProducts: new Map([['output0', [24, 24, 24]]]) };
const backbone = { firstSide: 3, firstStep: 2, firstChannels: 3, addsFeatures: true, joints: 3 };

/** Where each cell's middle lies, cell by cell or anchor by anchor, in shares of the picture. */
function middles(order: readonly number[], anchors: number, isAnchorFirst: boolean): [number, number][] {
  const { widthPx, heightPx } = smallInput;
  return order.flatMap((stride) => {
    const [across, down] = [Math.ceil(widthPx / stride), Math.ceil(heightPx / stride)];
    const cells = across * down;
    return Array.from({ length: anchors * cells }, (_, box): [number, number] => {
      const cell = isAnchorFirst ? box % cells : Math.floor(box / anchors);
      return [((cell % across) + 0.5) / across, (Math.floor(cell / across) + 0.5) / down];
    });
  });
}

const rowsOf = (places: readonly [number, number][], rest: readonly number[]) =>
  Float32Array.from(places.flatMap(([x, y]) => [x, y, ...rest]));
const firstRun = (head: Head, ...values: (Float32Array | undefined)[]): Head => ({ ...head, firstRun: values });

describe('boxes and their cells', () => {
  it.each([
    { what: 'cell by cell', of: middles(strides, 3, false) },
    { what: 'anchor by anchor', of: middles(strides, 3, true) },
    { what: 'the coarsest grid first', of: middles(strides.toReversed(), 3, false) },
  ])('go together: $what', ({ of }) => {
    const places = { boxes: of.length, boxStep: 4, sideStep: 1 };
    expect(followCells(rowsOf(of, [0.1, 0.1]), places, smallInput, strides)).toBe(true);
    const still = of.map((_, at): [number, number] => [(at % 3) / 3, 0.5]);
    expect(followCells(rowsOf(still, [0.1, 0.1]), places, smallInput, strides)).toBe(false);
    const swapped = of.map(([x, y]): [number, number] => [y, x]);
    expect(followCells(rowsOf(swapped, [0.1, 0.1]), places, smallInput, strides)).toBe(false);
    expect(followCells(rowsOf(swapped, [0.1, 0.1]), places, smallInput, strides, 'yx')).toBe(true);
  });

  it('are told from what is none yet by the numbers, and from boxes whose y stands before their x', () => {
    const of = middles(strides, 1, false);
    const kindOf = (values: Float32Array, areOfCells = true) =>
      undecodedAs(values, { boxes: of.length, boxStep: 4, sideStep: 1 }, { input: smallInput, strides, areOfCells });
    /** Here and there a little more than this. */
    const around = (...row: number[]) =>
      rowsOf(
        of.map((_, at): [number, number] => [row[0]! + (at % 3) / 10, row[1]!]),
        row.slice(2),
      );
    const alike = (...row: number[]) =>
      rowsOf(
        of.map(() => [row[0]!, row[1]!]),
        row.slice(2),
      );
    const inPixels = ([x, y]: [number, number]): [number, number] => [x * smallInput.widthPx, y * smallInput.heightPx];
    expect(kindOf(rowsOf(of.map(inPixels), [9, 9]))).toBeUndefined();
    expect(
      kindOf(
        rowsOf(
          of.map((place) => inPixels(place).toReversed() as [number, number]),
          [-20, 9],
        ),
      ),
    ).toBe('swapped');
    expect(kindOf(around(2, 3, 4, 5))).toBe('distances');
    expect(kindOf(around(20, 31, 16, 40))).toBe('distances');
    expect(kindOf(around(0.2, 0.3, 0.6, 0.2))).toBe('distances');
    expect(kindOf(around(2, -3, 4, -5))).toBe('raw');
    expect(kindOf(around(200, -300, 400, 500)), 'never trained').toBeUndefined();
    expect(kindOf(around(2, 3, 4, 5), false), 'in strides').toBe('distances');
    expect(kindOf(around(20, 31, 16, 40), false), 'no graph shows them to be none').toBeUndefined();
    expect(kindOf(around(0.2, 0.3, 0.6, 0.2), false)).toBeUndefined();
    expect(kindOf(around(2, -3, 4, -5), false)).toBeUndefined();
    expect(kindOf(alike(2, 3, 4, 5)), 'a constant').toBeUndefined();
    expect(kindOf(alike(0, 0, 0, 0)), 'nothing').toBeUndefined();
  });

  it('are told nothing of by cells that have none', () => {
    const large = { widthPx: 128, heightPx: 96 };
    const cells = 192 + 48 + 12;
    const some = (every: number) =>
      Float32Array.from({ length: 4 * cells }, (_, at) => {
        const cell = Math.floor(at / 4);
        return cell % every === 0 ? [3, 5, 4, 6][at % 4]! + (cell % 7) / 10 : 0;
      });
    const kindOf = (every: number, areOfCells: boolean) =>
      undecodedAs(some(every), { boxes: cells, boxStep: 4, sideStep: 1 }, { input: large, strides, areOfCells });
    for (const areOfCells of [true, false]) {
      expect(kindOf(1, areOfCells)).toBe('distances');
      expect(kindOf(3, areOfCells), 'of a third of them').toBe('distances');
      expect(kindOf(20, areOfCells), 'of a few').toBeUndefined();
    }
  });

  it('are none yet by the graph only where each grid has its own and no places are added', () => {
    const { widthPx, heightPx } = smallInput;
    const of = middles(strides, 1, false);
    const output = { name: 'output0', type: 'float32', shape: [1, 7, of.length] };
    const distances = rowsOf(
      of.map((_, at) => [9 + (at % 3), 20]),
      [11, 12],
    );
    const swapped = rowsOf(
      of.map(([x, y]) => [y * heightPx, x * widthPx]),
      [40, 50],
    );
    const ask = (hints: Partial<NetworkHints>, values = distances, byGraph?: true) =>
      areUndecoded(
        headOf([], { hints }),
        output,
        values,
        { boxes: of.length, boxStep: 4, sideStep: 1, strides },
        { layout: 'yolov8', ...(byGraph && { byGraph }) },
      );
    const lastProducts = new Map([['output0', [3, 3, 3, 64, 64, 64]]]);
    const ultralytics = { metadata: { names: '{}', stride: '32' } };
    expect(ask({ lastProducts })).toBe(true);
    expect(ask({ lastProducts, ...ultralytics }), 'cut behind its maker').toBe(true);
    expect(ask({ lastProducts, namedLayout: 'yolov8' })).toBe(false);
    expect(ask({ lastProducts, addedNumbers: new Map([['output0', 2 * of.length]]) })).toBe(false);
    expect(ask({ lastProducts, addedNumbers: new Map([['output0', 64]]) }), 'biases').toBe(true);
    expect(ask({ lastProducts: new Map([['output0', [16]]]) }), 'a mean of the picture').toBe(false);
    const inStrides = distances.map((side) => side / 2);
    expect(ask({}, inStrides)).toBe(true);
    expect(ask(ultralytics, inStrides)).toBe(false);
    expect(ask({}, inStrides, true)).toBe(false);
    expect(ask({ lastProducts }, swapped)).toBe(true);
    expect(ask({}, swapped), 'a constant').toBe(false);
  });

  it("are asked of a YOLOv5's rows, which may be raw", () => {
    const of = middles(strides, 3, true);
    const head = headOf([[1, of.length, 7]], { hints: computed });
    expect(yolov5.recognise(firstRun(head, rowsOf(of, [0.1, 0.1, 0, 0, 0])))?.layout).toBe('yolov5');
    const raw = new Float32Array(7 * of.length).map((_, at) => 0.5 + (at % 5) / 10);
    expect(yolov5.recognise(firstRun(head, raw))).toBeUndefined();
    const named = headOf([[1, of.length, 7]], { hints: { ...computed, namedLayout: 'yolov5' } });
    expect(yolov5.recognise(firstRun(named, raw))?.layout).toBe('yolov5');
    expect(yolov5.recognise(firstRun(headOf([[1, of.length, 7]]), raw)), 'a constant').toBeDefined();
  });

  it("are asked of Darknet's boxes, which may be shifts of anchors", () => {
    const of = middles(strides, 3, false);
    const shapes = [
      [1, of.length, 4],
      [1, of.length, 3],
    ];
    const head = headOf(shapes, { hints: computed });
    const shifts = new Float32Array(4 * of.length).map((_, at) => ((at % 5) - 2) / 10);
    expect(darknetBoxes.recognise(firstRun(head, rowsOf(of, [0.9, 0.9]), undefined))?.layout).toBe('darknet-boxes');
    expect(darknetBoxes.recognise(firstRun(head, shifts, undefined))).toBeUndefined();
    const empty = new Float32Array(4 * of.length);
    expect(darknetBoxes.recognise(firstRun(head, empty, undefined)), 'nothing').toBeDefined();
  });
});

describe('the first score of boxes beside scores', () => {
  const outputs = [
    { name: 'boxes', type: 'float32', shape: [1, 100, 4] },
    { name: 'scores', type: 'float32', shape: [1, 100, 3] },
  ];
  const read = (hints: Partial<NetworkHints>) => ssd.recognise({ ...headOf([], { hints }), outputs })?.classCount;
  const sigmoid = { outputOperators: new Map([['scores', 'Sigmoid']]) };

  it("is the background's of a softmax, and a class's after sigmoids where labels say so, or nobody knows", () => {
    expect(read({ outputOperators: new Map([['scores', 'Softmax']]) })).toBe(2);
    expect(read(sigmoid)).toBeUndefined();
    expect(read({ ...sigmoid, namedLayout: 'ssd' })).toBe(2);
    expect(read({ ...sigmoid, statedClasses: 3 })).toBe(3);
    expect(read({ ...sigmoid, statedClasses: 2 })).toBe(2);
    expect(read({ ...sigmoid, statedClasses: 3, statedBackground: true })).toBe(3);
  });
});

describe('rows that are all zeros for an empty picture', () => {
  const read = (hints: Partial<NetworkHints>, operators = ['Conv', 'TopK']) => {
    const head = headOf([[1, 100, 6]], { hints: { operators: new Set(operators), ...hints } });
    return nmsFree.recognise(firstRun(head, new Float32Array(600)))?.layout;
  };

  it('may begin with anything, unless graph, metadata or card tell', () => {
    expect(read({ backbone })).toBeUndefined();
    expect(read({ backbone }, ['Conv', 'Mul']), 'without a choice of its own').toBe('nms-free');
    expect(read({ backbone, firstClass: 0 })).toBe('nms-free');
    expect(read({ backbone, metadata: { names: '{}', stride: '32' } })).toBe('nms-free');
    expect(read({ backbone, namedLayout: 'nms-free' })).toBe('nms-free');
  });
});

describe('boxes that are filled up with -1', () => {
  it("are a keras-retinanet's, whose names are lost", () => {
    const outputs = [
      { name: 'a', type: 'float32', shape: [1, 2, 4] },
      { name: 'b', type: 'float32', shape: [1, 2] },
      { name: 'c', type: 'int32', shape: [1, 2] },
    ];
    const read = (fill: number) =>
      labelledBoxes.recognise({
        ...headOf([]),
        outputs,
        firstRun: [new Float32Array(8).fill(fill), undefined, undefined],
      });
    expect(read(-1)).toMatchObject({ conventions: { channels: 'bgr' }, because: expect.stringMatching(/with -1/) });
    expect(read(0)?.conventions.channels).toBe('rgb');
  });
});
