import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../platform/user-error.ts';
import {
  allowed,
  anyThreshold,
  found,
  type HeadOptions,
  headOf,
  manyWildNumbers,
  recognised,
} from '../../testing/decoder-checks.ts';
import {
  arranged,
  arrangements,
  asShares,
  numbersIn,
  type PlainGrid,
  plainBoxes,
  shapeOf,
  wildLogits,
} from '../../testing/raw-head-checks.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { p6Anchors, yolov3TinyAnchors, yolov5Anchors, yolov7Anchors } from './anchors.ts';
import { yoloRawHeads } from './yolo-raw-heads.ts';

const classCount = 3;
const columns = 5 + classCount;
const small: Size = { widthPx: 64, heightPx: 32 };
const silu = ['Conv', 'Sigmoid', 'Mul'];

function gridsOf(input: Size, anchors: readonly (readonly number[])[], strides: readonly number[] = [8, 16, 32]) {
  return strides.map(
    (stride, index): PlainGrid => ({
      stride,
      across: input.widthPx / stride,
      down: input.heightPx / stride,
      anchors: anchors[index]!,
      centreScale: 2,
    }),
  );
}

const grids = gridsOf(small, yolov5Anchors);
const shapes = (of: readonly PlainGrid[] = grids) => of.map((grid) => shapeOf(grid, columns, 'anchor-first'));

function recognise(outputs: readonly number[][], options: HeadOptions = {}) {
  return yoloRawHeads.recognise(headOf(outputs, { input: small, ...options }));
}

const wildTensors = (of: readonly PlainGrid[] = grids) =>
  fc.tuple(...of.map((grid) => wildLogits(numbersIn(grid, columns))));

/** The last box's objectness shows that no sigmoid has been taken. */
function raw(tensors: Float32Array[]): Float32Array[] {
  const last = tensors.at(-1)!;
  last[last.length - columns + 4] = -8;
  return tensors;
}

const plain = (tensors: readonly Float32Array[], areActivated: boolean, of: readonly PlainGrid[] = grids) =>
  plainBoxes(of, tensors, columns, { sizes: 'squares', areActivated });

describe('yolo-raw-heads', () => {
  it.each(arrangements)('reads heads that lie %s as the plain definition does', (arrangement) => {
    const decoder = recognised(
      recognise(
        grids.map((grid) => shapeOf(grid, columns, arrangement)),
        { hints: { statedClasses: classCount } },
      ),
    );
    let some = 0;
    fc.assert(
      fc.property(wildTensors().map(raw), anyThreshold, (tensors, threshold) => {
        const outputs = tensors.map((tensor, index) => arranged(tensor, grids[index]!, columns, arrangement));
        const expected = allowed(plain(tensors, false), threshold);
        expect(found(decoder, outputs, threshold)).toEqual(expected);
        some += expected.length;
      }),
      { numRuns: 50 },
    );
    expect(some).toBeGreaterThan(0);
  });

  it('knows heads whose sigmoid has been taken by their values', () => {
    const decoder = recognised(recognise(shapes()));
    let some = 0;
    fc.assert(
      fc.property(wildTensors(), anyThreshold, (tensors, threshold) => {
        const outputs = tensors.map(asShares);
        const expected = allowed(plain(outputs, true), threshold);
        expect(found(decoder, outputs, threshold)).toEqual(expected);
        some += expected.length;
      }),
      { numRuns: 50 },
    );
    expect(some).toBeGreaterThan(0);
  });

  it('finds boxes among ten thousand', () => {
    const input = { widthPx: 416, heightPx: 416 };
    const large = gridsOf(input, yolov5Anchors);
    const tensors = large.map((grid) => manyWildNumbers(numbersIn(grid, columns)));
    const decoder = recognised(recognise(shapes(large), { input }));
    expect(decoder.capacity).toBe(10_647);
    const expected = allowed(plain(tensors, false, large), 0.4);
    expect(expected.length).toBeGreaterThan(500);
    expect(found(decoder, tensors, 0.4)).toEqual(expected);
  });

  it('finds a box that was put in, at its place and with its anchor', () => {
    const tensors = grids.map((grid) => new Float32Array(numbersIn(grid, columns)).fill(-9));
    // The second anchor (62x45) of column 1, line 1 of the grid of stride 16, which has 4x2 cells.
    tensors[1]!.set([0, 0, 0, 0, 4, -9, 3, -9], (8 + 5) * columns);
    const [box] = found(recognised(recognise(shapes())), tensors, 0.5);
    expect(box?.classId).toBe(1);
    expect(box?.score).toBeCloseTo((1 / (1 + Math.exp(-4))) * (1 / (1 + Math.exp(-3))), 5);
    expect(box?.corners).toEqual([24 - 31, 24 - 22.5, 24 + 31, 24 + 22.5]);
  });

  it('pairs its outputs by their shapes, in whatever order they come', () => {
    const [fine, middle, coarse] = shapes();
    expect(recognise([coarse!, fine!, middle!])).toMatchObject({
      ...{ layout: 'yolo-raw-heads', classCount, outputIndexes: [1, 2, 0], capacity: 126, suppression: 'needed' },
      ...{ conventions: { fit: 'letterbox', channels: 'rgb', paddingLevel: 114 } },
    });
  });

  it.each([
    { why: 'a grid missing', outputs: shapes().slice(1, 2) },
    { why: 'a grid twice', outputs: [...shapes(), shapes()[0]!] },
    { why: 'another output', outputs: [...shapes(), [1, 32, 8, 16]] },
    { why: 'other columns in one', outputs: [...shapes().slice(1), [1, 3, 4, 8, columns + 1]] },
    { why: 'one anchor', outputs: shapes().map(([batch, , ...rest]) => [batch!, 1, ...rest]) },
    { why: 'no class', outputs: shapes().map((shape) => [...shape.slice(0, 4), 5]) },
    { why: 'a batch', outputs: shapes().map(([, ...rest]) => [2, ...rest]) },
  ])('is not recognised with $why', ({ outputs }) => {
    expect(recognise(outputs)).toBeUndefined();
  });

  it('leaves undecoded heads of YOLOv8 and YOLOX alone, as far as labels tell', () => {
    const joined = (channels: number) => grids.map(({ across, down }) => [1, channels, down, across]);
    const classesOf = (channels: number, statedClasses?: number) =>
      recognise(joined(channels), { hints: { statedClasses } })?.classCount;
    expect(classesOf(255)).toBe(80);
    expect(classesOf(24)).toBe(3);
    // 64 + 80 of YOLOv8, or 3 * (5 + 43)?
    expect(classesOf(144)).toBeUndefined();
    expect(classesOf(144, 80)).toBeUndefined();
    expect(classesOf(144, 43)).toBe(43);
    // 5 + 13 of YOLOX, or 3 * (5 + 1)?
    expect(classesOf(18, 13)).toBeUndefined();
    expect(classesOf(18, 1)).toBe(1);
  });
});

describe('the anchors of raw heads', () => {
  /** Width and height of the first anchor of the finest grid: a size of (2 * 0.5)² anchors. */
  function firstAnchor(options: HeadOptions, strides = [8, 16, 32]): [number, number] {
    const input = { widthPx: 128, heightPx: 128 };
    const of = gridsOf(
      input,
      strides.map(() => []),
      strides,
    );
    const tensors = of.map((grid) => new Float32Array(numbersIn(grid, columns)).fill(-9));
    tensors[0]!.set([0, 0, 0, 0, 9, 9]);
    const decoder = recognised(recognise(shapes(of), { input, ...options }));
    const [box] = found(decoder, tensors, 0.5);
    const [left = 0, top = 0, right = 0, bottom = 0] = box?.corners ?? [];
    return [right - left, bottom - top];
  }
  const pair = ([width, height]: readonly number[]) => [expect.closeTo(width!, 4), expect.closeTo(height!, 4)];
  const fullSize = { firstSide: 3, firstStep: 1, firstChannels: 3, addsFeatures: true, joints: 20 };
  const ultralytics = { names: "['a', 'b', 'c']", stride: '32' };

  it.each([
    { of: 'YOLOv5', anchors: yolov5Anchors, hints: {} },
    { of: 'YOLOv5 by its residual blocks', anchors: yolov5Anchors, hints: { operators: new Set([...silu, 'Add']) } },
    { of: 'YOLOv7', anchors: yolov7Anchors, hints: { operators: new Set(silu) } },
    { of: 'YOLOv7-tiny', anchors: yolov5Anchors, hints: { operators: new Set([...silu, 'LeakyRelu']) } },
    {
      of: 'YOLOv5 by its metadata',
      anchors: yolov5Anchors,
      hints: { operators: new Set(silu), metadata: ultralytics },
    },
    {
      of: 'YOLOv7 by its first convolution and its joints',
      ...{ anchors: yolov7Anchors, hints: { operators: new Set(['Relu', 'Add']), backbone: fullSize } },
    },
    {
      of: 'Scaled-YOLOv4, whose card says that its boxes are made as YOLOv5 makes them',
      ...{ anchors: yolov7Anchors, hints: { operators: new Set(['Mish']), namedLayout: 'yolo-raw-heads' as const } },
    },
    {
      of: 'YOLOv3, which joins little',
      ...{ anchors: yolov5Anchors, hints: { operators: new Set(silu), backbone: { ...fullSize, joints: 3 } } },
    },
    {
      of: 'YOLOv7-tiny with SiLU, which begins with half of the picture',
      ...{ anchors: yolov5Anchors, hints: { operators: new Set(silu), backbone: { ...fullSize, firstStep: 2 } } },
    },
    {
      of: 'YOLOv5 by its first kernel',
      ...{ anchors: yolov5Anchors, hints: { operators: new Set(silu), backbone: { ...fullSize, firstSide: 6 } } },
    },
    { of: 'P6', anchors: p6Anchors, hints: { operators: new Set(silu) }, strides: [8, 16, 32, 64] },
    { of: 'YOLOv3-tiny', anchors: yolov3TinyAnchors, hints: { operators: new Set(silu) }, strides: [16, 32] },
  ])('are those of $of', ({ anchors, hints, strides }) => {
    expect(firstAnchor({ hints }, strides)).toEqual(pair(anchors[0]!));
  });

  it('are those of its card before those of its metadata before published ones', () => {
    const card = [1, 2, 3].map((grid) => [20, 21, 22, 23, 24, 25].map((side) => side * grid));
    const metadata = { anchors: '[[30,31, 32,33, 34,35], [40.5,41, 42,43, 44,45], [50,51, 52,53, 54,55]]' };
    expect(firstAnchor({ hints: { anchors: { perGrid: card, where: 'card' }, metadata } })).toEqual(pair([20, 21]));
    expect(firstAnchor({ hints: { metadata } })).toEqual(pair([30, 31]));
    expect(firstAnchor({ hints: { metadata: { anchors: '[1, 2, 3]' } } })).toEqual(pair(yolov5Anchors[0]!));
  });

  it('must be as many as the grids need, if its card states them', () => {
    const refused = () =>
      recognise(shapes(), { hints: { anchors: { perGrid: [[1, 2, 3, 4, 5, 6]], where: '"anchors" in cone.json' } } });
    expect(refused).toThrow(UserError);
    expect(refused).toThrow(/"anchors" in cone\.json .*3 lists.*strides 8, 16, 32, of 6 numbers.*are 1, of 6/s);
  });

  it('must be stated for grids whose anchors nobody published', () => {
    const strides = [4, 8, 16, 32];
    const of = gridsOf(small, [], strides);
    expect(recognise(shapes(of))).toBeUndefined();
    expect(yoloRawHeads.expected(small)).toMatch(/stride 4.*"anchors"/);
    const anchors = strides.map(() => [1, 2, 3, 4, 5, 6]);
    expect(recognise(shapes(of), { hints: { anchors: { perGrid: anchors, where: 'card' } } })?.layout).toBe(
      'yolo-raw-heads',
    );
  });
});

describe('scores of raw heads', () => {
  it('are judged', () => {
    const { judgeScores } = recognised(recognise(shapes()));
    const tensors = grids.map((grid) => new Float32Array(numbersIn(grid, columns)));
    expect(judgeScores(tensors)).toBe('all-zero');
    for (const tensor of tensors) tensor.fill(Number.NaN);
    expect(judgeScores(tensors)).toBe('not-finite');
    tensors[2]!.fill(-8);
    expect(judgeScores(tensors)).toBe('sound');
  });
});
