import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  anyThreshold,
  found,
  headOf,
  manyWildNumbers,
  recognised,
  smallInput,
  wildTensor,
} from '../../testing/decoder-checks.ts';
import { detr } from './detr.ts';
import { ssd } from './ssd.ts';

const named = (name: string, shape: number[], type = 'float32') => ({ name, shape, type });
/** As dusty-nv's pytorch-ssd writes them. */
const jetson = (boxes: number, columns: number) => [
  named('scores', [1, boxes, columns]),
  named('boxes', [1, boxes, 4]),
];
const { widthPx, heightPx } = smallInput;

/** Each box with its best class but the background. */
function expected([boxes, scores]: readonly Float32Array[], columns: number, threshold: number, firstClass: number) {
  const count = boxes!.length / 4;
  return allowed(
    Array.from({ length: count }, (_, i) => {
      const [x1, y1, x2, y2] = [...boxes!.subarray(4 * i, 4 * i + 4)];
      const row = [...scores!.subarray(i * columns, (i + 1) * columns)].map((each) => (Number.isNaN(each) ? 0 : each));
      const score = Math.max(...row.slice(1));
      const corners = [x1! * widthPx, y1! * heightPx, x2! * widthPx, y2! * heightPx];
      return { classId: row.indexOf(score, 1) - firstClass, score: score > 0 ? score : Number.NaN, corners };
    }),
    threshold,
  );
}

describe('ssd as pytorch-ssd has it', () => {
  it('finds what the plain definition finds in any numbers', () => {
    const decoder = recognised(ssd.recognise(headOf(jetson(12, 4))));
    let some = 0;
    fc.assert(
      fc.property(wildTensor(48), wildTensor(48), anyThreshold, (boxes, scores, threshold) => {
        const plain = expected([boxes, scores], 4, threshold, 1);
        expect(found(decoder, [boxes, scores], threshold)).toEqual(plain);
        some += plain.length;
      }),
      { numRuns: 200 },
    );
    expect(some).toBeGreaterThan(0);
  });

  it('finds boxes among ten thousand', () => {
    const outputs = [manyWildNumbers(40_000), manyWildNumbers(50_000)];
    const plain = expected(outputs, 5, 0.25, 1);
    expect(plain.length).toBeGreaterThan(500);
    expect(found(recognised(ssd.recognise(headOf(jetson(10_000, 5)))), outputs, 0.25)).toEqual(plain);
  });

  it('is none of as many rows as the anchors of two grids are', () => {
    expect(ssd.recognise(headOf(jetson(30, 4)))).toBeUndefined();
    expect(ssd.recognise(headOf(jetson(30, 4), { hints: { namedLayout: 'ssd' } }))).toBeDefined();
  });

  it('is fed as it was trained: stretched, by 127 and 128', () => {
    expect(ssd.recognise(headOf(jetson(3000, 21), { input: { widthPx: 300, heightPx: 300 } }))).toMatchObject({
      ...{
        layout: 'ssd',
        classCount: 20,
        capacity: 3000,
        outputIndexes: [1, 0],
        suppression: 'needed',
        lengths: 'fixed',
      },
      conventions: { channels: 'rgb', fit: 'stretch', mean: [127, 127, 127], deviation: [128, 128, 128] },
    });
  });

  it.each([
    { stated: undefined, columns: 91, classCount: 91, id: 3 },
    { stated: undefined, columns: 4, classCount: 3, id: 2 },
    { stated: 3, columns: 4, classCount: 3, id: 2 },
    { stated: 4, columns: 4, classCount: 4, id: 3 },
    // The labels do not fit: whoever looks them up says so.
    { stated: 7, columns: 4, classCount: 3, id: 2 },
  ])('numbers column 3 of $columns as $id when $stated labels are stated', ({ stated, columns, classCount, id }) => {
    const decoder = recognised(ssd.recognise(headOf(jetson(1, columns), { hints: { statedClasses: stated } })));
    const scores = new Float32Array(columns);
    scores.set([0.9, 0.1, 0.2, 0.6]);
    expect(decoder.classCount).toBe(classCount);
    const box = Float32Array.of(0.25, 0.5, 0.75, 1);
    expect(found(decoder, [box, scores], 0.5)).toEqual([
      { classId: id, score: expect.closeTo(0.6, 6), corners: [16, 16, 48, 32] },
    ]);
  });

  it.each([
    { why: 'a row for each cell, as YOLO-NAS has', outputs: jetson(42, 4) },
    { why: 'a row for each of three anchors', outputs: jetson(126, 4) },
    { why: 'nothing but background', outputs: jetson(12, 1) },
    { why: 'other names', outputs: [named('a', [1, 12, 4]), named('b', [1, 12, 4])] },
    { why: 'fewer scores', outputs: [named('boxes', [1, 12, 4]), named('scores', [1, 11, 4])] },
    { why: 'scores the other way round', outputs: [named('boxes', [1, 12, 4]), named('scores', [1, 4, 12])] },
    { why: 'a third output', outputs: [...jetson(12, 4), named('masks', [1, 12, 8])] },
  ])('is not recognised with $why', ({ outputs }) => {
    expect(ssd.recognise(headOf(outputs))).toBeUndefined();
  });

  it('leaves boxes that its graph takes a sigmoid of to DETR, whatever they are called', () => {
    const outputs = jetson(100, 4);
    const outputOperators = new Map(outputs.map(({ name }) => [name, /box/.test(name) ? 'Sigmoid' : 'Add']));
    expect(ssd.recognise(headOf(outputs, { hints: { outputOperators } }))).toBeUndefined();
    expect(detr.recognise(headOf(outputs, { hints: { outputOperators } }))).toMatchObject({ classCount: 4 });
    expect(ssd.recognise(headOf(outputs))).toMatchObject({ classCount: 3 });
  });

  it('is recognised with a row for each cell when its card says so', () => {
    const named = { hints: { namedLayout: 'ssd' as const } };
    expect(ssd.recognise(headOf(jetson(42, 4), named))?.because).toMatch(/card says so/);
  });

  it('judges scores but the background', () => {
    const decoder = recognised(ssd.recognise(headOf(jetson(2, 3))));
    const boxes = new Float32Array(8);
    expect(decoder.judgeScores([boxes, Float32Array.of(1, 0, 0, 1, 0, 0)])).toBe('all-zero');
    expect(decoder.judgeScores([boxes, Float32Array.of(1, 0, 0, 1, 0, 1e-9)])).toBe('sound');
    expect(decoder.judgeScores([boxes, new Float32Array(6).fill(Number.NaN)])).toBe('not-finite');
  });
});

describe("ssd as TensorFlow's detection API has it", () => {
  const outputs = [
    named('detection_anchor_indices', [1, 100]),
    named('detection_boxes', [1, 100, 4]),
    named('detection_classes', [1, 100]),
    named('detection_multiclass_scores', [1, 100, 91]),
    named('detection_scores', [1, 100]),
    named('num_detections', [1]),
    named('raw_detection_boxes', [1, 1917, 4]),
    named('raw_detection_scores', [1, 1917, 91]),
  ];
  it('is recognised by its names among its other outputs, fed with levels, stretched', () => {
    expect(ssd.recognise(headOf(outputs))).toMatchObject({
      ...{ outputIndexes: [1, 4, 2, 5], wholeOutputs: [2, 3], suppression: 'done', lengths: 'varying' },
      conventions: { fit: 'stretch', mean: [0, 0, 0], deviation: [1, 1, 1] },
    });
  });

  it('counts classes from 1, unless the background is among the labels', () => {
    const rows = [Float32Array.of(0, 0.25, 1, 0.5), Float32Array.of(0.75), Float32Array.of(2), Float32Array.of(1)];
    const idWith = (hints: object) => found(recognised(ssd.recognise(headOf(outputs, { hints }))), rows, 0.5);
    expect(idWith({ statedClasses: 2 })).toEqual([{ classId: 1, score: 0.75, corners: [16, 0, 32, 32] }]);
    expect(idWith({ statedClasses: 3, statedBackground: true })).toMatchObject([{ classId: 2 }]);
    expect(idWith({})).toMatchObject([{ classId: 2 }]);
  });

  it.each([
    { why: 'no count', without: 'num_detections' },
    { why: 'no classes', without: 'detection_classes' },
  ])('is not recognised with $why', ({ without }) => {
    expect(ssd.recognise(headOf(outputs.filter(({ name }) => name !== without)))).toBeUndefined();
  });
});

describe("ssd as torchvision's detectors have it", () => {
  const boxes = named('a', [0, 4]);
  const labels = named('b', [0], 'int64');
  const scores = named('c', [0]);
  it('is recognised by shapes and types in any order, with nothing found too', () => {
    expect(ssd.recognise(headOf([labels, boxes, scores]))).toMatchObject({
      ...{ outputIndexes: [1, 2, 0], wholeOutputs: [2], suppression: 'done', conventions: { fit: 'letterbox' } },
    });
  });

  it.each([
    { why: 'labels that are no whole numbers', outputs: [boxes, named('b', [0]), scores] },
    { why: 'fewer scores than boxes', outputs: [named('a', [2, 4]), named('b', [2], 'int64'), named('c', [1])] },
    { why: 'boxes of five', outputs: [named('a', [0, 5]), labels, scores] },
    { why: 'masks', outputs: [boxes, labels, scores, named('d', [0, 1, 28, 28])] },
  ])('is not recognised with $why', ({ outputs }) => {
    expect(ssd.recognise(headOf(outputs))).toBeUndefined();
  });
});

describe('ssd as others have it', () => {
  const corners = [16, 8, 32, 24];
  const shares = Float32Array.of(16 / widthPx, 8 / heightPx, 32 / widthPx, 24 / heightPx);

  it("reads Azure's shares, counted from 0, and leaves its classes without names unnamed", () => {
    const outputs = [
      named('detected_boxes', [1, 4]),
      named('detected_classes', [1], 'int64'),
      named('detected_scores', [1]),
    ];
    const decoder = recognised(ssd.recognise(headOf(outputs)));
    expect(decoder).toMatchObject({
      classCount: 500,
      conventions: { fit: 'stretch', mean: [0, 0, 0], deviation: [1, 1, 1] },
    });
    expect(found(decoder, [shares, Float32Array.of(0.75), Float32Array.of(0)], 0.25)).toEqual([
      { classId: 0, score: 0.75, corners },
    ]);
    expect(ssd.recognise(headOf(outputs, { hints: { statedClasses: 2 } }))?.classCount).toBe(2);
  });

  it("reads torchvision's boxes beside masks or keypoints, counted from 1", () => {
    const three = [named('boxes', [1, 4]), named('labels', [1], 'int64'), named('scores', [1])];
    for (const more of [
      [named('masks', [1, 1, 32, 64])],
      [named('keypoints', [1, 17, 3]), named('keypoints_scores', [1, 17])],
      [named('2706', [1, 17, 3]), named('end_scores.7', [1, 17])],
    ]) {
      const decoder = recognised(ssd.recognise(headOf([...more, ...three], { hints: { statedClasses: 2 } })));
      expect(decoder.outputIndexes).toEqual([0, 2, 1].map((at) => at + more.length));
      expect(found(decoder, [Float32Array.from(corners), Float32Array.of(0.75), Float32Array.of(2)], 0.25)).toEqual([
        { classId: 1, score: 0.75, corners },
      ]);
    }
    expect(ssd.recognise(headOf([...three, named('others', [1, 2])]))).toBeUndefined();
  });

  it("reads the model zoo's R-CNN, whose outputs have numbers for names, as it was trained", () => {
    const outputs = [named('6568', [1, 4]), named('6570', [1], 'int64'), named('6572', [1])];
    const masks = named('6887', [1, 1, 28, 28]);
    const values = [Float32Array.from(corners), Float32Array.of(0.75), Float32Array.of(80)];
    const hints = { pictureName: 'image' };
    for (const head of [outputs, [...outputs, masks]]) {
      const decoder = recognised(ssd.recognise(headOf(head, { hints })));
      expect(decoder).toMatchObject({
        classCount: 80,
        conventions: { channels: 'bgr', mean: [122.7717, 115.9465, 102.9801], fit: 'letterbox-top-left' },
      });
      expect(found(decoder, values, 0.25), 'of the last of 80 classes').toEqual([
        { classId: 79, score: 0.75, corners },
      ]);
    }
    const ofTorchvision = { classCount: 91, conventions: { channels: 'rgb', fit: 'letterbox' } };
    expect(ssd.recognise(headOf(outputs)), 'another input').toMatchObject(ofTorchvision);
    const withNames = [named('boxes', [1, 4]), named('labels', [1], 'int64'), named('scores', [1])];
    expect(ssd.recognise(headOf(withNames, { hints })), 'names').toMatchObject(ofTorchvision);
    expect(ssd.recognise(headOf(outputs, { hints: { ...hints, statedClasses: 3 } }))?.classCount).toBe(3);
  });

  it("reads TensorFlow Lite's own suppression, counted from 0 without the background", () => {
    const name = 'TFLite_Detection_PostProcess';
    const outputs = [
      named(`${name}:3`, [1]),
      named(name, [1, 2, 4]),
      named(`${name}:1`, [1, 2]),
      named(`${name}:2`, [1, 2]),
    ];
    const decoder = recognised(ssd.recognise(headOf(outputs)));
    expect(decoder.outputIndexes).toEqual([1, 3, 2, 0]);
    const [left = 0, top = 0, right = 0, bottom = 0] = shares;
    const values = [
      Float32Array.of(top, left, bottom, right, 0, 0, 1, 1),
      Float32Array.of(0.75, 0.5),
      Float32Array.of(2, 1),
      Float32Array.of(1),
    ];
    // COCO's number of a car is 3.
    expect(found(decoder, values, 0.25)).toEqual([{ classId: 3, score: 0.75, corners }]);
    const labelled = recognised(ssd.recognise(headOf(outputs, { hints: { statedClasses: 3 } })));
    expect(found(labelled, values, 0.25)).toEqual([{ classId: 2, score: 0.75, corners }]);
    const background = { statedClasses: 4, statedBackground: true };
    const listed = recognised(ssd.recognise(headOf(outputs, { hints: background })));
    expect(found(listed, values, 0.25), 'whose labels begin with it').toEqual([{ classId: 3, score: 0.75, corners }]);
    expect(ssd.recognise(headOf(outputs.slice(1)))).toBeUndefined();
  });
});
