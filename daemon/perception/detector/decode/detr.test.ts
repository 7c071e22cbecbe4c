import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  anyThreshold,
  found,
  headOf,
  type OutputSpec,
  recognised,
  smallInput,
  wildTensor,
} from '../../testing/decoder-checks.ts';
import type { NetworkHints } from './decoder.ts';
import { detr } from './detr.ts';
import { nmsFree } from './nms-free.ts';

const { widthPx, heightPx } = smallInput;
const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
const pair = (queries: number, columns: number, names = ['pred_boxes', 'logits']): OutputSpec[] => [
  { name: names[0]!, shape: [1, queries, 4] },
  { name: names[1]!, shape: [1, queries, columns] },
];
const oneBox = Float32Array.of(0.5, 0.5, 0.25, 0.5);
const corners = [24, 8, 40, 24];

function open(outputs: OutputSpec[], hints: Partial<NetworkHints> = {}, logits?: Float32Array) {
  const firstRun = logits && [new Float32Array(logits.length), logits];
  return recognised(detr.recognise({ ...headOf(outputs, { hints }), firstRun }));
}

/** Rows one after another. */
const rows = (...each: readonly number[][]) => Float32Array.from(each.flat());

describe('detr', () => {
  it('takes the sigmoid of logits, and scores as they are', () => {
    const decoder = open(pair(1, 3));
    expect(decoder).toMatchObject({ classCount: 3, suppression: 'done', conventions: { fit: 'stretch' } });
    const [box] = found(decoder, [oneBox, Float32Array.of(-3, 1.5, -0.5)], 0.25);
    expect(box).toMatchObject({ classId: 1, corners });
    expect(box?.score).toBeCloseTo(sigmoid(1.5), 6);
    expect(found(decoder, [oneBox, Float32Array.of(0, 0.75, 0.25)], 0.25)).toEqual([
      { classId: 1, score: 0.75, corners },
    ]);
  });

  it('takes the softmax where one number more than there are labels stands for nothing', () => {
    const decoder = open(pair(2, 3), { statedClasses: 2 });
    expect(decoder).toMatchObject({ classCount: 2, conventions: { mean: [0.485 * 255, 0.456 * 255, 0.406 * 255] } });
    const boxes = Float32Array.of(...oneBox, ...oneBox);
    const [box, ...others] = found(decoder, [boxes, Float32Array.of(0, 2, 1, 0, 1, 5)], 0.25);
    expect(others).toEqual([]);
    expect(box).toMatchObject({ classId: 1, corners });
    expect(box?.score).toBeCloseTo(Math.exp(2) / (1 + Math.exp(2) + Math.E), 6);
    expect(open(pair(100, 92))).toMatchObject({ classCount: 91 });
  });

  it('asks a first run of no finite numbers nothing: what comes later tells logits', () => {
    const overflown = open(pair(1, 3), {}, new Float32Array(3).fill(Number.NaN));
    const logits = Float32Array.of(-3, 1.5, -0.5);
    expect(found(overflown, [oneBox, logits], 0.25)).toMatchObject([
      { classId: 1, score: expect.closeTo(sigmoid(1.5)) },
    ]);
    expect(found(overflown, [oneBox, Float32Array.of(0, 0.75, 0.25)], 0.25)).toMatchObject([{ score: 0.75 }]);
    // What finite numbers there are of an empty picture tell all the same.
    const partly = open(pair(1, 3), {}, Float32Array.of(Number.NaN, 0, 0.5));
    expect(found(partly, [oneBox, Float32Array.of(0, 0.75, 0.25)], 0.25)).toMatchObject([{ score: 0.75 }]);
  });

  describe('of no stated labels, by what it says of an empty picture,', () => {
    const nothing = [-4, -3.5, 6];
    const boxes = rows([...oneBox], [...oneBox]);

    it('takes the softmax where most queries are sure of the last number', () => {
      const decoder = open(pair(2, 3), {}, rows(nothing, nothing));
      expect(decoder).toMatchObject({ classCount: 2, conventions: { mean: [0.485 * 255, 0.456 * 255, 0.406 * 255] } });
      expect(decoder.because).toContain('for nothing at all, as most queries say of an empty picture');
      const [box, ...others] = found(decoder, [boxes, rows(nothing, [3, -2, 1])], 0.25);
      expect(others).toEqual([]);
      expect(box?.classId).toBe(0);
      expect(box?.score).toBeCloseTo(Math.exp(3) / (Math.exp(3) + Math.exp(-2) + Math.E), 6);
    });

    it('takes the softmax as it is where the graph has taken it', () => {
      const decoder = open(pair(2, 3), {}, rows([0.01, 0.02, 0.97], [0.5, 0.2, 0.3]));
      expect(decoder.classCount).toBe(2);
      expect(found(decoder, [boxes, rows([0.1, 0.7, 0.2], [0, 0, 1])], 0.25)).toEqual([
        { classId: 1, score: Math.fround(0.7), corners },
      ]);
    });

    it('has a class for the last number where no query is sure, or its graph refines boxes as the heirs do', () => {
      const decoder = open(pair(2, 3), { otherInputs: ['pixel_mask'] }, rows([-4, -5, -5], [-6, -4.5, -5]));
      expect(decoder.classCount).toBe(3);
      // Decided once: a picture whose logits all lie in 0..1 has logits, too.
      expect(found(decoder, [boxes, rows([0, 0.75, 0.5], [0, 0, 0])], 0.6)[0]?.score).toBeCloseTo(sigmoid(0.75), 6);
      const scores = open(pair(2, 3), {}, rows([0.1, 0.01, 0.02], [0, 0.02, 0.01]));
      expect(scores.classCount).toBe(3);
      expect(found(scores, [boxes, rows([0, 1.0000001, 0.5], [0, 0, 0])], 0.6)).toMatchObject([
        { classId: 1, score: 1 },
      ]);
      const refined = { otherInputs: ['pixel_mask'], operators: new Set(['Log']) };
      expect(open(pair(2, 3), refined).classCount).toBe(3);
    });

    it('asks the mask of pixels that only DETR takes where nothing else tells', () => {
      expect(open(pair(2, 3), { otherInputs: ['pixel_mask'] }).classCount).toBe(2);
      expect(open(pair(2, 3), { otherInputs: ['pixel_mask'], statedClasses: 3 }).classCount).toBe(3);
    });

    it('has a class for it although a label is missing, where no query is sure', () => {
      expect(open(pair(2, 3), { statedClasses: 2 }, rows([-4, -5, -5], [-6, -4.5, -5])).classCount).toBe(3);
      expect(open(pair(2, 3), { statedClasses: 2 }, rows([-9, -8, -1], [-9, -7, -2])).classCount).toBe(2);
    });

    it('reads no boxes of nothing where the labels name that, too, as many queries say', () => {
      const many = new Array<number[]>(20).fill(nothing);
      const decoder = open(pair(20, 3), { statedClasses: 3 }, rows(...many));
      expect(decoder.classCount).toBe(3);
      const places = rows(...many.map(() => [...oneBox]));
      expect(found(decoder, [places, rows(...many.slice(1), [3, -2, 1])], 0.25)).toMatchObject([{ classId: 0 }]);
      const few = open(pair(2, 3), { statedClasses: 3 }, rows(nothing, nothing));
      expect(found(few, [boxes, rows(nothing, nothing)], 0.25)).toMatchObject([{ classId: 2 }, { classId: 2 }]);
    });
  });

  it('takes scores a hair above 1 for scores', () => {
    const decoder = open(pair(1, 3));
    expect(found(decoder, [oneBox, Float32Array.of(0, 1.000_000_1, 0.25)], 0.25)).toEqual([
      { classId: 1, score: 1, corners },
    ]);
  });

  it("takes the sigmoid of RF-DETR's logits, however many labels are stated, and feeds it by ImageNet's mean", () => {
    const decoder = open(pair(1, 3, ['dets', 'labels']), { statedClasses: 2 });
    expect(decoder).toMatchObject({ classCount: 3, conventions: { mean: [0.485 * 255, 0.456 * 255, 0.406 * 255] } });
    const [box] = found(decoder, [oneBox, Float32Array.of(-3, -0.5, 1.5)], 0.25);
    expect(box).toMatchObject({ classId: 2, corners });
    expect(box?.score).toBeCloseTo(sigmoid(1.5), 6);
  });

  it('reads both of the forms that Ultralytics has, and leaves them to nobody else', () => {
    const old = { metadata: { description: 'Ultralytics RT-DETR-l model' }, statedClasses: 3 };
    const scores = Float32Array.of(...oneBox, 0.125, 0.25, 0.75);
    expect(found(open([[1, 1, 7]], old), [scores], 0.25)).toEqual([{ classId: 2, score: 0.75, corners }]);
    const present = { metadata: { head: 'RTDETRDecoder', end2end: 'False' }, statedClasses: 2 };
    const finished = Float32Array.of(...oneBox, 0.75, 1);
    expect(found(open([[1, 1, 6]], present), [finished], 0.25)).toEqual([{ classId: 1, score: 0.75, corners }]);
    expect(nmsFree.recognise(headOf([[1, 300, 6]], { hints: present }))).toBeUndefined();
    expect(detr.recognise(headOf([[1, 300, 6]]))).toBeUndefined();
  });

  describe('of outputs that nobody named', () => {
    const nameless = (queries: number, columns: number) => pair(queries, columns, ['1215', '1203']);
    const bySigmoid = { outputOperators: new Map([['1215', 'Sigmoid']]) };
    const logits = rows([-3, 1.5, -0.5], [-4, -5, -5]);
    const sides = rows([...oneBox], [0.75, 0.75, 0.25, 0.25]);
    const recogniseAll = (outputs: OutputSpec[], hints: Partial<NetworkHints>, firstRun?: Float32Array[]) =>
      detr.recognise({ ...headOf(outputs, { hints }), firstRun });

    it('knows boxes by the sigmoid that its graph ends in', () => {
      const same = recognised(recogniseAll(nameless(1, 4), bySigmoid, [oneBox, Float32Array.of(-3, 1.5, -0.5, -4)]));
      expect(same).toMatchObject({ classCount: 4, outputIndexes: [0, 1] });
      const turned = recognised(recogniseAll(nameless(1, 4).toReversed(), bySigmoid));
      expect(turned.outputIndexes).toEqual([1, 0]);
    });

    it('knows boxes by shares that cannot be corners, of an empty picture', () => {
      const decoder = recognised(recogniseAll(nameless(2, 3).toReversed(), {}, [logits, sides]));
      expect(decoder).toMatchObject({ classCount: 3, outputIndexes: [1, 0] });
      expect(found(decoder, [sides, logits], 0.25)).toMatchObject([{ classId: 1, corners }]);
    });

    it.each([
      ['corners', rows([0.25, 0.25, 0.5, 0.75], [0.5, 0.5, 0.75, 0.75])],
      ['shifts of anchors', rows([0.25, -1.5, -0.5, 0.75], [0.5, 2.5, -1.75, 0.75])],
      ['no finite numbers', new Float32Array(8).fill(Number.NaN)],
    ])('takes %s for no boxes of its own, unless its card says so', (_, shown) => {
      expect(recogniseAll(nameless(2, 3), {})).toBeDefined();
      expect(recogniseAll(nameless(2, 3), {}, [shown, logits])).toBeUndefined();
      expect(recogniseAll(nameless(2, 3), { namedLayout: 'detr' }, [shown, logits])).toBeDefined();
    });
  });

  it.each([
    ['shifts of anchors', rows([0.25, -1.5, -0.75, 0.75], [0.5, 2.5, -1.75, 0.75])],
    ['distances', rows([3, 4, 0.5, 7], [0.5, 2, 9, 1])],
  ])('leaves %s alone that are called as its boxes are, unless its card says so', (_, shown) => {
    const head = headOf(pair(2, 3, ['bbox_regression', 'cls_logits']));
    const firstRun = [shown, rows([-3, 1.5, -0.5], [-4, -5, -5])];
    expect(detr.recognise(head)).toBeDefined();
    expect(detr.recognise({ ...head, firstRun })).toBeUndefined();
    expect(detr.recognise({ ...head, hints: { ...head.hints, namedLayout: 'detr' }, firstRun })).toBeDefined();
  });

  it.each<[string, Partial<NetworkHints>]>([
    ['counts the pixels of a mask', { operators: new Set(['CumSum']) }],
    ['has the names of its parts', { hasDetrNames: true }],
    ['takes a mask', { otherInputs: ['pixel_mask'], statedClasses: 3 }],
  ])('that has a number for each class is fed as DETR is where it %s', (_, hints) => {
    const { classCount, conventions } = open(pair(100, 3), hints);
    expect({ classCount, mean: conventions.mean }).toEqual({
      classCount: 3,
      mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
    });
    expect(open(pair(100, 3)).conventions.mean).toEqual([0, 0, 0]);
  });

  it.each<[string, OutputSpec[]]>([
    ['as many rows as a grid has anchors', pair(25_200, 80)],
    ['another number of rows', [...pair(100, 80).slice(0, 1), { name: 'logits', shape: [1, 99, 80] }]],
    ['names that say nothing, of as many rows as a grid has cells', pair(42, 80, ['a', 'b'])],
    ['names that say nothing, and no boxes', [[1, 100, 5] as const, [1, 100, 80] as const]],
  ])('is not recognised with %s', (_, outputs) => {
    expect(detr.recognise(headOf(outputs))).toBeUndefined();
  });

  it('finds what its definition says in wild numbers', () => {
    const decoder = open(pair(8, 3));
    fc.assert(
      fc.property(wildTensor(32), wildTensor(24), anyThreshold, (boxes, logits, threshold) => {
        const areLogits = logits.some((value) => (value < -0.01 || value > 1.01) && Number.isFinite(value));
        const expected = Array.from({ length: 8 }, (_, query) => {
          const [x, y, wide, high] = [0, 1, 2, 3].map((at) => boxes[4 * query + at]! * [widthPx, heightPx][at % 2]!);
          const values = [...logits.subarray(3 * query, 3 * query + 3)].map((value) =>
            Number.isNaN(value) ? -Infinity : value,
          );
          const best = Math.max(...values);
          const score = areLogits ? sigmoid(best) : best;
          return {
            ...{ classId: values.indexOf(best), score: score > 0 ? score : -1 },
            corners: wide! > 0 && high! > 0 ? [x! - wide! / 2, y! - high! / 2, x! + wide! / 2, y! + high! / 2] : [],
          };
        });
        expect(found(decoder, [boxes, logits], threshold)).toEqual(allowed(expected, threshold));
      }),
    );
  });
});
