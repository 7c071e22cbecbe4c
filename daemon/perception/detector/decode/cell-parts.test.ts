import { describe, expect, it } from 'vitest';
import { headOf } from '../../testing/decoder-checks.ts';
import { areConditional, cellKind, gridKind, haveObjectness } from './cell-parts.ts';
import type { NetworkHints } from './decoder.ts';
import { yolov6 } from './yolov6.ts';
import { yolov8 } from './yolov8.ts';
import { yolox } from './yolox.ts';

const strides = [8, 16, 32];
const cells = 42;

/** Of products of these numbers at each of three strides. */
const madeOf = (...parts: number[]): Pick<NetworkHints, 'lastProducts'> => ({
  lastProducts: new Map([['output0', parts.flatMap((part) => [part, part, part]).sort((a, b) => a - b)]]),
});
const output = { name: 'output0', type: 'float32', shape: [1, cells, 8] };

describe('what a cell is put together from', () => {
  it.each([
    { parts: [4, 1, 3], columns: 8, kind: 'yolox' },
    { parts: [4, 1, 4], columns: 9, kind: 'yolox' },
    { parts: [5, 3], columns: 8, kind: 'yolox' },
    { parts: [64, 4], columns: 8, kind: 'yolov8' },
    { parts: [4, 4], columns: 8, kind: 'yolov8' },
    { parts: [64, 64], columns: 68, kind: 'yolov8' },
    { parts: [4, 3], columns: 8, kind: 'yolov6' },
    { parts: [68, 3], columns: 8, kind: 'yolov6' },
    { parts: [64, 2, 1], columns: 7, kind: 'other' },
    { parts: [64, 1, 51], columns: 56, kind: 'other' },
    { parts: [8], columns: 8, kind: undefined },
    { parts: [], columns: 8, kind: undefined },
  ])('says whose $columns numbers are, of $parts: $kind', ({ parts, columns, kind }) => {
    expect(cellKind(madeOf(...parts), output, columns, strides)).toBe(kind);
  });

  it("is nobody's where a YOLOX's parts are joined in another order", () => {
    const inOrder = (...order: number[]) => ({ ...madeOf(4, 1, 3), joinedProducts: new Map([['output0', order]]) });
    expect(cellKind(inOrder(4, 1, 3), output, 8, strides)).toBe('yolox');
    expect(cellKind(inOrder(4, 3, 1), output, 8, strides)).toBe('other');
    const grid = (...order: number[]) => ({
      lastProducts: new Map([['output0', [3, 64]]]),
      joinedProducts: new Map([['output0', order]]),
    });
    expect(gridKind(grid(64, 3), output, 67)).toBe('yolov8');
    expect(gridKind(grid(3, 64), output, 67)).toBe('other');
  });

  it('is not told where strides differ, or there is another output', () => {
    const uneven = { lastProducts: new Map([['output0', [1, 1, 3, 3, 3, 4, 4, 4]]]) };
    expect(cellKind(uneven, output, 8, strides)).toBeUndefined();
    expect(cellKind(madeOf(4, 1, 3), { ...output, name: 'other' }, 8, strides)).toBeUndefined();
  });

  it.each([
    { what: 'a YOLOX', parts: [4, 1, 79], shape: [1, cells, 84], layouts: ['yolox'] },
    { what: 'a v8 transposed', parts: [64, 81], shape: [1, cells, 85], layouts: ['yolov8'] },
    { what: 'a v8 transposed of four classes', parts: [64, 4], shape: [1, cells, 8], layouts: ['yolov8'] },
    { what: 'a YOLOv6', parts: [68, 3], shape: [1, cells, 8], layouts: ['yolov6'] },
    { what: 'a v8', parts: [64, 4], shape: [1, 8, cells], layouts: ['yolov8'] },
    { what: 'a YOLOX transposed', parts: [4, 1, 3], shape: [1, 8, cells], layouts: [] },
    { what: 'a v8 with an angle', parts: [64, 3, 1], shape: [1, 8, cells], layouts: [] },
    { what: 'the same transposed', parts: [64, 3, 1], shape: [1, cells, 8], layouts: [] },
  ])('lets only its own layout have a head without labels: $what', ({ parts, shape, layouts }) => {
    const head = headOf([shape], { hints: madeOf(...parts) });
    const found = [yolov8, yolov6, yolox].flatMap(({ recognise, layout }) => (recognise(head) ? [layout] : []));
    expect(found).toEqual(layouts);
  });
});

it('lets a YOLOX state what it is for, as LibreYOLO writes it, where its graph tells', () => {
  const read = (hints: Partial<NetworkHints>) =>
    yolox.recognise(headOf([[1, cells, 8]], { hints: { task: 'detect', statedClasses: 3, ...hints } }))?.classCount;
  expect(read(madeOf(4, 1, 3))).toBe(3);
  expect(read(madeOf(64, 4))).toBeUndefined();
  expect(read({})).toBeUndefined();
});

describe('classes behind an objectness', () => {
  const rows = (...row: number[]) => Float32Array.from({ length: 10 * row.length }, (_, at) => row[at % row.length]!);

  it('are likely where there is nothing, and the number before them is not', () => {
    expect(areConditional(rows(5, 5, 2, 2, 0.01, 0.02, 0.3), 7)).toBe(true);
    expect(areConditional(rows(5, 5, 2, 2, 0.01, 0.01, 0.01), 7)).toBe(false);
    expect(areConditional(rows(5, 5, 2, 2, 0.4, 0.3, 0.2), 7)).toBe(false);
    expect(areConditional(rows(5, 5, 2, 2, 0.01, 40, 30), 7)).toBe(false);
    expect(areConditional(undefined, 7)).toBe(false);
  });
});

describe('an objectness before the classes', () => {
  const empty = new Array<number>(8).fill(0);
  const few = (...rows: number[][]) => Float32Array.from([...rows, ...new Array<number[]>(40).fill(empty)].flat());

  it('is sure where a class is, in a few rows', () => {
    expect(haveObjectness(few([9, 9, 5, 5, 0.9, 0.9, 0, 0], [20, 9, 5, 5, 0.8, 0, 0.7, 0]), 8)).toBe(true);
    expect(haveObjectness(few([9, 9, 5, 5, 0.9, 0, 0, 0], [20, 9, 5, 5, 0, 0, 0.7, 0]), 8), 'classes').toBe(false);
    expect(haveObjectness(few([9, 9, 5, 5, 0.6, 0.6, 0.6, 0.6]), 8), 'never trained').toBe(false);
    expect(haveObjectness(few([9, 9, 5, 5, 0.9, 0.9, 0, 0]), 8), 'one').toBe(false);
    expect(haveObjectness(few(empty), 8)).toBe(false);
    expect(haveObjectness(Float32Array.from([9, 9, 5, 5, 0.9, 0.9, 0, 0]), 8), 'everywhere').toBe(false);
  });
});

describe('maps beside a head', () => {
  const shapes = [
    [1, 7, cells],
    [1, 128, 8, 8],
  ];

  it('are left aside where the graph or a card shows that the head is whole', () => {
    expect(yolov8.recognise(headOf(shapes, { hints: madeOf(64, 3) }))).toMatchObject({ outputIndexes: [0] });
    expect(yolov8.recognise(headOf(shapes, { hints: { namedLayout: 'yolov8' } }))?.classCount).toBe(3);
    expect(yolov8.recognise(headOf(shapes))).toBeUndefined();
    expect(yolov8.recognise(headOf([shapes[0]!, [1, 1, 8, 8]], { hints: madeOf(64, 3) }))).toBeUndefined();
  });
});

describe('two heads of one kind', () => {
  const two = (...names: string[]) => ({
    ...headOf([]),
    outputs: names.map((name) => ({ name, type: 'float32', shape: [1, 7, cells] })),
  });

  it('are told by the numbers in their names, else by their order', () => {
    expect(yolov8.recognise(two('output1', 'output0'))?.outputIndexes).toEqual([0]);
    expect(yolov8.recognise(two('output0', 'output1'))?.outputIndexes).toEqual([1]);
    expect(yolov8.recognise(two('head', 'auxiliary'))?.outputIndexes).toEqual([1]);
  });
});
