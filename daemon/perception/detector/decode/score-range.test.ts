import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headOf, type OutputSpec, recognised } from '../../testing/decoder-checks.ts';
import { darknet } from './darknet.ts';
import type { LayoutName, NetworkHints } from './decoder.ts';
import { recognisers } from './recognisers.ts';
import { strayScore } from './score-range.ts';
import { yoloRawHeads } from './yolo-raw-heads.ts';
import { yolov5 } from './yolov5.ts';
import { yolov8 } from './yolov8.ts';
import { yolov8Pose } from './yolov8-pose.ts';
import { yolov8RawHeads } from './yolov8-raw-heads.ts';
import { yolox } from './yolox.ts';

/** Of 64x32 pixels. */
const cells = 42;

describe('numbers where scores would stand', () => {
  const places = { rows: 1000, first: 5, rowStep: 1, classCount: 3, classStep: 1000 };

  it('may be scores as long as hardly any is out of range, whatever their quantisation makes of 0 and 1', () => {
    const score = fc.oneof(
      fc.float({ min: Math.fround(-0.01), max: Math.fround(1.01) }),
      fc.constantFrom(Number.NaN, Infinity),
    );
    fc.assert(
      fc.property(fc.array(score, { minLength: 30, maxLength: 30 }), (values) => {
        const all = Float32Array.from({ length: 3005 }, (_, at) => values[at % 30]!);
        expect(strayScore(all, places)).toBeUndefined();
        all[7] = 40;
        expect(strayScore(all, places)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('are none as soon as one class has many others', () => {
    const all = new Float32Array(3005).fill(0.25);
    for (let row = 0; row < 1000; row += 4) all[5 + 2000 + row] = row === 408 ? -7.5 : -3;
    expect(strayScore(all, places)).toBe(-7.5);
    // What stands before and behind is not looked at.
    expect(strayScore(all.fill(0.25, 5).fill(300, 0, 5), places)).toBeUndefined();
  });
});

describe('a head whose shape alone fits', () => {
  const open = (shape: number[], columns: 'rows' | 'columns', stray: number, hints: Partial<NetworkHints> = {}) => {
    const recogniser = [yolov8Pose, yolov8, yolov5, yolox, darknet].find(
      (each) => each.recognise(headOf([shape], { hints })) !== undefined,
    );
    const decoder = recognised(recogniser?.recognise(headOf([shape], { hints })));
    const values = new Float32Array(shape[1]! * shape[2]!).fill(0.01);
    for (let each = 0; each < (columns === 'rows' ? shape[2]! : shape[1]!); each++) {
      values[columns === 'rows' ? (shape[1]! - 1) * shape[2]! + each : each * shape[2]! + shape[2]! - 1] = stray;
    }
    return { layout: decoder.layout, stray: decoder.strayScore?.([values]) };
  };

  it.each([
    { what: 'an angle behind the classes of v8', shape: [1, 8, cells], along: 'rows' as const, layout: 'yolov8' },
    {
      what: 'landmarks behind the class of v5',
      shape: [1, 3 * cells, 16],
      along: 'columns' as const,
      layout: 'yolov5',
    },
    {
      what: 'distances of a NanoDet taken for YOLOX',
      shape: [1, cells, 35],
      along: 'columns' as const,
      layout: 'yolox',
    },
    {
      what: 'keypoints behind the class of v8 transposed',
      shape: [1, cells, 84],
      along: 'columns' as const,
      layout: 'yolov8',
    },
    { what: 'logits of a tiny Darknet', shape: [1, 30, 8], along: 'columns' as const, layout: 'darknet' },
  ])('is found out by $what', ({ shape, along, layout }) => {
    expect(open(shape, along, -2)).toEqual({ layout, stray: -2 });
    expect(open(shape, along, 0.97)).toEqual({ layout, stray: undefined });
  });

  it('is not asked for what stands behind its classes, such as keypoints', () => {
    expect(open([1, 56, cells], 'rows', 300)).toEqual({ layout: 'yolov8-pose', stray: undefined });
  });
});

describe('the scores of a head whose boxes are read elsewhere', () => {
  const named = (name: string, shape: number[], type = 'float32') => ({ name, shape, type });
  const yoloxLike = [8, 16, 32].map((stride) => [1, 8, 32 / stride, 64 / stride]);
  const heads: {
    what: string;
    outputs: OutputSpec[];
    hints?: Partial<NetworkHints>;
    at: number;
    layout: LayoutName;
  }[] = [
    {
      ...{ what: 'of an SSD', at: 1, layout: 'ssd' },
      outputs: [named('boxes', [1, 50, 4]), named('scores', [1, 50, 3])],
    },
    {
      ...{ what: 'of corners', at: 1, layout: 'corner-grids' },
      outputs: [named('boxes', [1, cells, 4]), [1, cells, 3]],
    },
    {
      ...{ what: 'of corners, transposed', at: 1, layout: 'corner-grids' },
      outputs: [named('boxes', [1, cells, 4]), [1, 3, cells]],
    },
    {
      ...{ what: "of Darknet's boxes", at: 1, layout: 'darknet-boxes' },
      outputs: [
        [1, 90, 1, 4],
        [1, 90, 3],
      ],
    },
    {
      ...{
        what: 'of a NanoDet',
        at: 0,
        layout: 'nanodet',
        hints: { statedClasses: 3, operators: new Set(['Conv', 'Sigmoid']) },
      },
      outputs: [[1, cells, 3 + 32]],
    },
    {
      ...{ what: 'of an RT-DETR by Ultralytics', at: 0, layout: 'detr' },
      ...{ outputs: [[1, 50, 7]], hints: { metadata: { head: 'RTDETRDecoder' }, statedClasses: 3 } },
    },
    {
      ...{
        what: "of the model zoo's YOLOv3",
        at: 1,
        layout: 'model-zoo-yolov3',
        hints: { otherInputs: ['image_shape'] },
      },
      outputs: [named('boxes', [1, 50, 4]), named('scores', [1, 3, 50]), named('chosen', [0, 3], 'int32')],
    },
  ];

  it.each(heads)('$what are found out as logits', ({ outputs, hints = {}, at, layout }) => {
    const head = headOf(outputs, { hints });
    const recogniser = recognisers.find((each) => each.layout === layout);
    const decoder = recognised(recogniser?.recognise(head));
    const read = decoder.outputIndexes.map((index) => head.outputs[index]!.shape.reduce((all, side) => all * side, 1));
    const holding = (value: number) =>
      read.map((length, each) => new Float32Array(length).fill(each === at ? value : 0.5));
    expect(decoder.strayScore?.(holding(-4))).toBe(-4);
    expect(decoder.strayScore?.(holding(0.01))).toBeUndefined();
  });

  it('are found out where objectness has had its sigmoid and they have not, or objects are everywhere', () => {
    const decoder = recognised(
      yoloRawHeads.recognise(headOf([8, 16, 32].map((stride) => [1, 3, 32 / stride, 64 / stride, 8]))),
    );
    const holding = (each: readonly number[]) =>
      [32, 8, 2].map((count) => Float32Array.from({ length: 3 * count * 8 }, (_, at) => each[at % 8]!));
    expect(decoder.strayScore?.(holding([0.5, 0.5, 0.5, 0.5, 0.01, 0.1, -6, 0.2]))).toBe(-6);
    expect(decoder.strayScore?.(holding([0.5, 0.5, 0.5, 0.5, 0.01, 0.1, 0.3, 0.2]))).toBeUndefined();
    expect(decoder.strayScore?.(holding([0, 0, 0, 0, -6, -3, 3, -2]))).toBeUndefined();
    expect(decoder.strayScore?.(holding([0, 0, 0, 0, 6, -3, 3, -2]))).toBe(6);
    expect(decoder.strayScore?.(holding([0.5, 0.5, 0.5, 0.5, 0.75, 0.1, 0.3, 0.2]))).toBe(0.75);
  });

  it('of v8 cut before its decoding are found out where every cell is sure', () => {
    const decoder = recognised(
      yolov8RawHeads.recognise(headOf(yoloxLike.map(([, , down = 0, across = 0]) => [1, 64 + 3, down, across]))),
    );
    const holding = (value: number) =>
      [32, 8, 2].map((count) => Float32Array.from({ length: 67 * count }, (_, at) => (at < 64 * count ? 2 : value)));
    expect(decoder.strayScore?.(holding(5))).toBe(5);
    expect(decoder.strayScore?.(holding(-5))).toBeUndefined();
    expect(decoder.strayScore?.(holding(0.1))).toBeUndefined();
  });
});
