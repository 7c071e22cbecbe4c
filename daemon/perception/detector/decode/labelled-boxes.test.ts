import { describe, expect, it } from 'vitest';
import { found, headOf, manyWildNumbers, type OutputSpec, recognised } from '../../testing/decoder-checks.ts';
import { mmdetectionHeadOf } from '../model/mmdetection-head.ts';
import { imageNetScale, levelScale } from '../preprocess/input-format.ts';
import type { NetworkHints } from './decoder.ts';
import { labelledBoxes } from './labelled-boxes.ts';
import { paddle } from './paddle.ts';

const boxes = { name: 'boxes', shape: [1, 2, 4] };
const scores = { name: 'scores', shape: [1, 2] };
const labels = { name: 'labels', shape: [1, 2], type: 'int64' };
const dets = { name: 'dets', shape: [1, 2, 5] };
const open = (outputs: OutputSpec[], hints: Partial<NetworkHints> = {}) =>
  recognised(labelledBoxes.recognise(headOf(outputs, { hints })));
const first = { corners: [16, 8, 32, 24], score: 0.75, classId: 3 };

describe('labelled-boxes', () => {
  it('reads RT-DETR by its authors, in any order, in pixels or in shares', () => {
    const decoder = open([labels, boxes, scores]);
    expect(decoder.outputIndexes).toEqual([1, 0, 2]);
    expect(decoder).toMatchObject({ suppression: 'done', conventions: { fit: 'stretch', channels: 'rgb' } });
    const [named, sure] = [Float32Array.of(3, 1), Float32Array.of(0.75, 0.1)];
    const pixels = Float32Array.of(16, 8, 32, 24, 0, 0, 8, 8);
    expect(found(decoder, [pixels, named, sure], 0.25)).toEqual([first]);
    const shares = pixels.map((side, at) => side / (at % 2 === 0 ? 64 : 32));
    expect(found(open([labels, boxes, scores]), [shares, named, sure], 0.25)).toEqual([first]);
  });

  it("reads MMDeploy's rows, the score last", () => {
    const decoder = open([dets, labels]);
    expect(decoder).toMatchObject({ conventions: { channels: 'bgr', fit: 'letterbox-top-left' } });
    const rows = Float32Array.of(16, 8, 32, 24, 0.75, 0, 0, 0, 0, 0);
    expect(found(decoder, [rows, Float32Array.of(3, 0)], 0.25)).toEqual([first]);
  });

  it.each<[string, Partial<NetworkHints>, object]>([
    ['RTMDet', { mmdetectionHead: 'rtmdet' }, { channels: 'bgr', mean: imageNetScale.mean }],
    ['YOLOX', { mmdetectionHead: 'yolox' }, { channels: 'bgr', ...levelScale, paddingLevel: 114 }],
    ['most others', { mmdetectionHead: 'other' }, { channels: 'rgb', mean: imageNetScale.mean }],
    ['one by Caffe', { mmdetectionHead: 'other', expects: 'levels' }, { channels: 'bgr', deviation: [1, 1, 1] }],
  ])('feeds what MMDeploy wrote as MMDetection feeds %s', (_, hints, conventions) => {
    expect(open([dets, labels], hints).conventions).toMatchObject({ ...conventions, fit: 'letterbox-top-left' });
  });

  it('has as many classes as its weights are for, where nobody stated them', () => {
    const boxHead = { classCount: 3, background: 'last' as const };
    expect(open([dets, labels], { boxHead })).toMatchObject({
      classCount: 3,
      because: expect.stringMatching(/3 classes/),
    });
    expect(open([dets, labels], { boxHead, statedClasses: 4 }).classCount).toBe(4);
    expect(open([boxes, scores, labels], { boxHead }).classCount, 'of others').toBe(80);
  });

  it.each([
    ['bbox_head.rtm_cls.0.weight', 'rtmdet'],
    ['model.bbox_head.multi_level_conv_reg.2.bias', 'yolox'],
    ['bbox_head.atss_cls.weight', 'other'],
    ['roi_head.bbox_head.fc_cls.weight', 'other'],
    ['head.rtm_cls.weight', undefined],
  ])("knows MMDetection's heads by the names of their weights: %s", (name, head) => {
    expect(mmdetectionHeadOf([{ name: 'backbone.stem.weight' }, { name }])).toBe(head);
  });

  it('suppresses doubles where there is a box for each cell', () => {
    const grid = [{ shape: [1, 42, 4] }, { shape: [1, 42] }, { shape: [1, 42], type: 'int64' }];
    expect(open(grid)).toMatchObject({ suppression: 'needed', conventions: { fit: 'letterbox' } });
  });

  it('reads boxes beside masks, and class numbers that are floats by their name', () => {
    const masks = { name: 'masks', shape: [1, 2, 8, 16] };
    expect(open([masks, dets, labels]).outputIndexes).toEqual([1, 2]);
    const numbers = { name: 'class_idx', shape: [1, 2] };
    const decoder = open([boxes, scores, numbers]);
    const pixels = Float32Array.of(16, 8, 32, 24, 0, 0, 8, 8);
    const values = decoder.outputIndexes.map((at) => [pixels, Float32Array.of(0.75, 0.1), Float32Array.of(3, 1)][at]!);
    expect(found(decoder, values, 0.25)).toEqual([first]);
  });

  it.each<[string, OutputSpec[]]>([
    ['other numbers of labels', [boxes, scores, { ...labels, shape: [1, 3] }]],
    [
      'labels that neither are whole numbers nor have a name',
      [boxes, scores, { ...labels, type: 'float32', name: 'c' }],
    ],
    ['no scores', [boxes, labels]],
    ['an output more', [boxes, scores, labels, { shape: [1, 2] }]],
  ])('is not recognised with %s', (_, outputs) => {
    expect(labelledBoxes.recognise(headOf(outputs))).toBeUndefined();
  });
});

describe('paddle', () => {
  const rows = { name: 'multiclass_nms3_0.tmp_0', shape: [4, 6] };
  const count = { name: 'multiclass_nms3_0.tmp_2', shape: [1], type: 'int32' };

  it('reads as many rows as it counts, class and score first', () => {
    const decoder = recognised(paddle.recognise(headOf([count, rows])));
    const values = Float32Array.from([
      ...[3, 0.75, 16, 8, 32, 24],
      ...[-1, 0, 0, 0, 0, 0],
      ...[1, 0.5, 0, 0, 8, 8],
      ...[2, 0.9, 0, 0, 8, 8],
    ]);
    expect(found(decoder, [values, Float32Array.of(3)], 0.25)).toEqual([
      first,
      { corners: [0, 0, 8, 8], score: 0.5, classId: 1 },
    ]);
    expect(found(decoder, [new Float32Array(0), Float32Array.of(0)], 0.25)).toEqual([]);
  });

  it('leaves other pairs to others', () => {
    expect(paddle.recognise(headOf([rows]))).toBeUndefined();
    expect(paddle.recognise(headOf([rows, { ...count, type: 'float32' }]))).toBeUndefined();
    expect(paddle.recognise(headOf([{ ...rows, shape: [4, 7] }, count]))).toBeUndefined();
  });
});

it('both bear ten thousand rows of wild numbers', () => {
  const many = 10_000;
  const wild = manyWildNumbers(6 * many);
  const decoders = [
    { decoder: open([{ shape: [1, many, 5] }, { shape: [1, many], type: 'int64' }]), outputs: [wild, wild] },
    {
      decoder: recognised(paddle.recognise(headOf([[many, 6], { shape: [1], type: 'int32' }]))),
      outputs: [wild, wild],
    },
  ];
  for (const { decoder, outputs } of decoders) {
    for (const { corners, score } of found(decoder, outputs, 0)) {
      expect(corners.every(Number.isFinite)).toBe(true);
      expect(score).toBeLessThanOrEqual(1);
    }
  }
});
