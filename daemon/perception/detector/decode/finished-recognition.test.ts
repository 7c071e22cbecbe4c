import { describe, expect, it } from 'vitest';
import { found, headOf, recognised } from '../../testing/decoder-checks.ts';
import { endToEnd } from './end-to-end.ts';
import { nmsFree } from './nms-free.ts';
import { tensorrtNms } from './tensorrt-nms.ts';

/** What tells networks that choose their boxes themselves from others, and their numbers from one another. */
const named = (name: string, shape: number[], type = 'float32') => ({ name, shape, type });

describe('nms-free', () => {
  const cells = 42;
  it.each([
    { why: 'a row for each cell, as YOLOX of one class has', outputs: [[1, cells, 6]] },
    { why: 'a row for each anchor, as YOLOv5 of one class has', outputs: [[1, 3 * cells, 6]] },
    { why: 'more rows than there are cells', outputs: [[1, 301, 6]] },
    { why: 'another column', outputs: [[1, 300, 7]] },
    { why: 'a batch', outputs: [[2, 300, 6]] },
    {
      why: 'masks beside it',
      outputs: [
        [1, 300, 6],
        [1, 32, 8, 16],
      ],
    },
    { why: 'no output', outputs: [] },
  ])('is not recognised with $why', ({ outputs }) => {
    expect(nmsFree.recognise(headOf(outputs))).toBeUndefined();
  });

  it('is recognised with other numbers of boxes, and with any when the metadata say so', () => {
    expect(nmsFree.recognise(headOf([[1, 17, 6]]))?.layout).toBe('nms-free');
    const large = { input: { widthPx: 640, heightPx: 640 } };
    expect(nmsFree.recognise(headOf([[1, 1000, 6]], large))?.layout).toBe('nms-free');
    const saysSo = { hints: { metadata: { end2end: 'True' } } };
    expect(nmsFree.recognise(headOf([[1, cells, 6]], saysSo))?.layout).toBe('nms-free');
    const named = { hints: { namedLayout: 'nms-free' as const } };
    expect(nmsFree.recognise(headOf([[1, cells, 6]], named))?.layout).toBe('nms-free');
    expect(nmsFree.recognise(headOf([[1, 300, 6]], { hints: { task: 'pose' } }))).toBeUndefined();
  });
});

describe('end-to-end', () => {
  it('is told from a classifier of seven classes', () => {
    expect(endToEnd.recognise(headOf([[1, 7]]))).toBeUndefined();
    const suppresses = { hints: { operators: new Set(['NonMaxSuppression']) } };
    expect(endToEnd.recognise(headOf([[1, 7]], suppresses))?.layout).toBe('end-to-end');
    expect(endToEnd.recognise(headOf([[1, 7]], { hints: { namedLayout: 'end-to-end' } }))?.layout).toBe('end-to-end');
    expect(endToEnd.recognise(headOf([[0, 7]]))?.layout).toBe('end-to-end');
    expect(endToEnd.recognise(headOf([[3, 7]], { hints: { task: 'classify' } }))).toBeUndefined();
    expect(endToEnd.recognise(headOf([[3, 6]]))).toBeUndefined();
    expect(
      endToEnd.recognise(
        headOf([
          [3, 7],
          [3, 7],
        ]),
      ),
    ).toBeUndefined();
  });
});

describe("YOLO-NAS's flat predictions", () => {
  const operators = new Set(['NonMaxSuppression']);
  const decoderOf = (name: string) =>
    recognised(endToEnd.recognise(headOf([named(name, [2, 7])], { hints: { operators } })));
  const box = [4, 8, 20, 24];
  const person = { classId: 0, score: 0.75, corners: box };
  const car = { classId: 2, score: 1, corners: box };
  const scoreFirst = Float32Array.of(0, ...box, 0.75, 0, 0, ...box, 1, 2);
  const classFirst = Float32Array.of(0, ...box, 0, 0.75, 0, ...box, 2, 1);

  it('end in score and class, which their numbers tell whatever the output is called', () => {
    for (const name of ['output', 'graph2_flat_predictions']) {
      expect(found(decoderOf(name), [scoreFirst], 0.25)).toEqual([person, car]);
      expect(found(decoderOf(name), [classFirst], 0.25)).toEqual([person, car]);
    }
  });

  it('are told by their name where every number is whole', () => {
    const sure = Float32Array.of(0, ...box, 1, 0);
    expect(found(decoderOf('graph2_flat_predictions'), [sure], 0.25)).toEqual([{ ...person, score: 1 }]);
    expect(found(decoderOf('output'), [sure], 0.25)).toEqual([]);
  });

  it('are judged by their scores', () => {
    const lost = Float32Array.of(0, ...box, 0, 7.5);
    expect(decoderOf('output').judgeScores([lost])).toBe('sound');
    expect(decoderOf('output').judgeScores([Float32Array.of(0, ...box, 3, 0)])).toBe('all-zero');
    expect(decoderOf('output').judgeScores([scoreFirst])).toBe('sound');
  });
});

describe('rows of six without a side for the batch', () => {
  it('are boxes where a suppression is in the graph or the card says so', () => {
    const suppresses = { hints: { operators: new Set(['NonMaxSuppression']) } };
    const decoder = recognised(nmsFree.recognise(headOf([[5, 6]], suppresses)));
    const rows = Float32Array.of(4, 8, 20, 24, 0.75, 3);
    expect(found(decoder, [rows], 0.25)).toEqual([{ classId: 3, score: 0.75, corners: [4, 8, 20, 24] }]);
    expect(nmsFree.recognise(headOf([[5, 6]], { hints: { namedLayout: 'nms-free' } }))?.layout).toBe('nms-free');
    expect(nmsFree.recognise(headOf([[5, 6]]))).toBeUndefined();
  });
});

describe('tensorrt-nms', () => {
  const count = named('a', [1, 1], 'int64');
  const boxes = named('b', [1, 20, 4]);
  const scores = named('c', [1, 20]);
  const classes = named('d', [1, 20], 'int32');
  it('pairs outputs by shape and type where names say nothing, in any order', () => {
    const decoder = tensorrtNms.recognise(headOf([classes, scores, count, boxes]));
    expect(decoder).toMatchObject({ outputIndexes: [2, 3, 1, 0], wholeOutputs: [0, 3] });
  });

  it('believes shapes and types where names are crossed', () => {
    const crossed = [
      { ...count, name: 'det_classes' },
      { ...boxes, name: 'det_scores' },
      { ...scores, name: 'det_boxes' },
      { ...classes, name: 'num_dets' },
    ];
    expect(tensorrtNms.recognise(headOf(crossed))?.outputIndexes).toEqual([0, 1, 2, 3]);
  });

  it('takes a single box, where count and class look alike, by their names', () => {
    const single = [
      named('det_classes', [1, 1], 'int32'),
      named('det_boxes', [1, 1, 4]),
      named('det_scores', [1, 1]),
      named('num_dets', [1, 1], 'int32'),
    ];
    expect(tensorrtNms.recognise(headOf(single))?.outputIndexes).toEqual([3, 1, 2, 0]);
  });

  it('takes classes as floats by the names of BatchedNMS alone', () => {
    const batched = (name: string) => [
      named('num_detections', [1, 1], 'int32'),
      named('nmsed_boxes', [1, 20, 4]),
      named('nmsed_scores', [1, 20]),
      named(name, [1, 20]),
    ];
    expect(tensorrtNms.recognise(headOf(batched('nmsed_classes')))?.layout).toBe('tensorrt-nms');
    expect(tensorrtNms.recognise(headOf(batched('classes')))).toBeUndefined();
  });

  it.each([
    { why: 'three outputs', outputs: [boxes, scores, classes] },
    { why: 'another number of scores', outputs: [count, boxes, named('c', [1, 21]), classes] },
    { why: 'a count of several pictures', outputs: [named('a', [2, 1], 'int32'), boxes, scores, classes] },
    { why: 'no whole numbers', outputs: [named('a', [1, 1]), boxes, scores, named('d', [1, 20])] },
    { why: 'boxes of five', outputs: [count, named('b', [1, 20, 5]), scores, classes] },
  ])('is not recognised with $why', ({ outputs }) => {
    expect(tensorrtNms.recognise(headOf(outputs))).toBeUndefined();
  });
});
