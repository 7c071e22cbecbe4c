import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowed, anyThreshold, found, headOf, recognised } from '../../testing/decoder-checks.ts';
import {
  arranged,
  asShares,
  numbersIn,
  type PlainGrid,
  plainBoxes,
  shapeOf,
  wildLogits,
} from '../../testing/raw-head-checks.ts';
import { guessHead } from '../model/guess-head.ts';
import { yolov3TinyAnchors, yolov4TinyAnchors, yolov5Anchors, yolov7Anchors } from './anchors.ts';
import { darknetRawHeads } from './darknet-raw-heads.ts';
import type { NetworkHints } from './decoder.ts';
import { yoloRawHeads } from './yolo-raw-heads.ts';

const input = { widthPx: 64, heightPx: 32 };
const classCount = 3;
const columns = 5 + classCount;
const leaky = ['Conv', 'LeakyRelu', 'Concat'];

function headsOf(
  strides: readonly number[],
  hints: Partial<NetworkHints>,
  arrangement: 'channels-first' | 'anchor-first',
) {
  const grids = strides.map((stride) => ({
    stride,
    across: 64 / stride,
    down: 32 / stride,
    anchors: [],
    centreScale: 1,
  }));
  return headOf(
    grids.map((grid) => shapeOf(grid, columns, arrangement)),
    { input, hints },
  );
}

const kin = [
  {
    ...{ name: 'YOLOv3-tiny', strides: [16, 32], operators: leaky },
    ...{ anchors: yolov3TinyAnchors, centreScales: [1, 1] },
  },
  {
    ...{ name: 'YOLOv4-tiny', strides: [16, 32], operators: [...leaky, 'Split'] },
    ...{ anchors: yolov4TinyAnchors, centreScales: [1.05, 1.05] },
  },
  {
    ...{ name: 'YOLOv3', strides: [8, 16, 32], operators: [...leaky, 'Add'] },
    ...{ anchors: yolov5Anchors, centreScales: [1, 1, 1] },
  },
  {
    ...{ name: 'YOLOv4-tiny-3l', strides: [8, 16, 32], operators: [...leaky, 'Slice'] },
    ...{ anchors: yolov7Anchors, centreScales: [1.05, 1.05, 1.05] },
  },
  {
    ...{ name: 'YOLOv4', strides: [8, 16, 32], operators: [...leaky, 'Add', 'Softplus', 'Tanh', 'Mul'] },
    ...{ anchors: yolov7Anchors, centreScales: [1.2, 1.1, 1.05] },
  },
];

describe('darknet-raw-heads', () => {
  it.each(kin)(
    'of $name are read as the plain definition does',
    ({ name, strides, operators, anchors, centreScales }) => {
      const hints = { operators: new Set(operators) };
      const decoder = recognised(darknetRawHeads.recognise(headsOf(strides, hints, 'channels-first')));
      expect(decoder).toMatchObject({ layout: 'darknet-raw-heads', classCount, conventions: { fit: 'stretch' } });
      expect(decoder.because).toContain(`: ${name};`);
      const grids = strides.map((stride, index): PlainGrid => {
        return {
          stride,
          across: 64 / stride,
          down: 32 / stride,
          anchors: anchors[index]!,
          centreScale: centreScales[index]!,
        };
      });
      let some = 0;
      fc.assert(
        fc.property(
          fc.tuple(...grids.map((grid) => wildLogits(numbersIn(grid, columns)))),
          anyThreshold,
          fc.boolean(),
          (logits, threshold, areActivated) => {
            const tensors = areActivated ? logits.map(asShares) : logits;
            if (!areActivated) tensors[0]![4] = -5;
            const outputs = tensors.map((tensor, index) => arranged(tensor, grids[index]!, columns, 'channels-first'));
            const plain = plainBoxes(grids, tensors, columns, { sizes: 'exponentials', areActivated });
            const expected = allowed(plain, threshold);
            expect(found(decoder, outputs, threshold)).toEqual(expected);
            some += expected.length;
          },
        ),
        { numRuns: 50 },
      );
      expect(some).toBeGreaterThan(0);
    },
  );

  it('take anchors from the card', () => {
    const perGrid = [
      [12, 18, 37, 49, 52, 132],
      [115, 73, 119, 199, 242, 238],
    ];
    const hints = { operators: new Set(leaky), anchors: { perGrid, where: 'card' } };
    const decoder = recognised(darknetRawHeads.recognise(headsOf([16, 32], hints, 'channels-first')));
    const tensors = [16, 32].map((stride) => new Float32Array(3 * columns * (64 / stride) * (32 / stride)).fill(-9));
    // The finest grid's first cell: x, y, width and height lie a grid of 8 cells apart.
    for (const [column, value] of [0, 0, 0, Math.log(2), 9, 9].entries()) tensors[0]![column * 8] = value;
    const corners = [8 - 6, 8 - 18, 8 + 6, 8 + 18].map((side) => expect.closeTo(side, 4));
    expect(found(decoder, tensors, 0.5)).toEqual([{ classId: 0, score: expect.closeTo(0.9998, 4), corners }]);
  });

  it.each<{
    what: string;
    hints: Partial<NetworkHints>;
    arrangement?: 'channels-first' | 'anchor-first';
    family: 'yolo' | 'darknet';
  }>([
    { what: 'SiLU', hints: { operators: new Set(['Sigmoid', 'Mul']) }, family: 'yolo' },
    { what: 'Relu', hints: { operators: new Set(['Relu']) }, family: 'yolo' },
    {
      what: 'LeakyRelu and sums, as YOLOv3 has',
      hints: { operators: new Set(['LeakyRelu', 'Add']) },
      family: 'darknet',
    },
    {
      what: 'LeakyRelu and split channels, as YOLOv4-tiny-3l has',
      ...{ hints: { operators: new Set(['LeakyRelu', 'Split']) }, family: 'darknet' },
    },
    { what: 'LeakyRelu and neither, as YOLOv7-tiny has', hints: { operators: new Set(leaky) }, family: 'yolo' },
    { what: 'Mish and LeakyRelu', hints: { operators: new Set(['Mish', 'LeakyRelu']) }, family: 'darknet' },
    {
      what: 'Mish in its parts and LeakyRelu',
      ...{ hints: { operators: new Set(['Softplus', 'Tanh', 'LeakyRelu']) }, family: 'darknet' },
    },
    {
      what: 'a focus and LeakyRelu, as YOLOv5 had it',
      hints: {
        operators: new Set(['LeakyRelu', 'Add', 'Slice']),
        backbone: { firstSide: 3, firstStep: 1, firstChannels: 12, addsFeatures: true, joints: 12 },
      },
      family: 'yolo',
    },
    {
      what: 'the names of weights',
      ...{ hints: { operators: new Set(['LeakyRelu', 'Add']), hasYoloNames: true }, family: 'yolo' },
    },
    {
      what: 'LeakyRelu and anchors apart, as YOLOv7-tiny has',
      ...{ hints: { operators: new Set(['LeakyRelu']) }, arrangement: 'anchor-first', family: 'yolo' },
    },
    { what: 'HardSwish', hints: { operators: new Set(['LeakyRelu', 'HardSwish']) }, family: 'yolo' },
    {
      what: 'metadata of Ultralytics',
      ...{ hints: { operators: new Set(['LeakyRelu']), metadata: { names: '{}', stride: '32' } }, family: 'yolo' },
    },
    { what: 'a card for it', hints: { namedLayout: 'darknet-raw-heads' }, family: 'darknet' },
    {
      what: 'a card against it',
      ...{ hints: { namedLayout: 'yolo-raw-heads', operators: new Set(['Mish']) }, family: 'yolo' },
    },
  ])('are told from those of v5 and v7 by $what', ({ hints, arrangement = 'channels-first', family }) => {
    const head = headsOf([8, 16, 32], hints, arrangement);
    const claimed = [yoloRawHeads, darknetRawHeads].flatMap((each) => each.recognise(head)?.layout ?? []);
    expect(claimed).toEqual([`${family}-raw-heads`]);
  });

  it("are nobody's with Mish alone, which Scaled-YOLOv4 has as well, unless a card says whose", () => {
    const operators = new Set(['Mish']);
    for (const namedLayout of [undefined, 'yolo-raw-heads', 'darknet-raw-heads'] as const) {
      const head = headsOf([8, 16, 32], { operators, namedLayout }, 'channels-first');
      const claimed = [yoloRawHeads, darknetRawHeads].flatMap((each) => each.recognise(head)?.layout ?? []);
      expect(claimed).toEqual(namedLayout === undefined ? [] : [namedLayout]);
    }
  });

  it('must be named their anchors where two grids are those of a network that adds features, as Yolo-Fastest', () => {
    const hints = { operators: new Set([...leaky, 'Add']) };
    const head = headsOf([16, 32], hints, 'channels-first');
    expect(darknetRawHeads.recognise(head)).toBeUndefined();
    expect(guessHead(head)).toMatch(/Yolo-Fastest.*"anchors": \[\[width, height/);
    const perGrid = [0, 0].map(() => [1, 2, 3, 4, 5, 6]);
    const named = headsOf([16, 32], { ...hints, anchors: { perGrid, where: 'card' } }, 'channels-first');
    expect(darknetRawHeads.recognise(named)?.because).toMatch(/its anchors are its card's/);
  });

  it('are not recognised where Darknet has no network of such grids', () => {
    const hints = { operators: new Set(leaky) };
    expect(darknetRawHeads.recognise(headsOf([4, 8, 16, 32], hints, 'channels-first'))).toBeUndefined();
  });
});
