import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headOf, listCandidates, recognised, scatteredNumbers, wildNumber } from '../../testing/heads.ts';
import { CandidateBuffer } from '../candidates.ts';
import { imageNetScale, unitScale } from '../preprocess/input-format.ts';
import { fitLetterbox, fits, toImage } from '../preprocess/letterbox.ts';
import { classification } from './classification.ts';
import type { NetworkHints } from './decoder.ts';

const input = { widthPx: 64, heightPx: 64 };

function recognise(shape: readonly number[], hints: Partial<NetworkHints> = {}) {
  return classification.recognise(headOf(input, [shape], hints));
}

/** Of a network whose output comes from this operator, and from products that give so many numbers. */
const madeBy = (operator: string, widths: readonly number[]): Partial<NetworkHints> => ({
  outputOperators: new Map([['output0', operator]]),
  lastProducts: new Map([['output0', widths]]),
});

function classify(values: ArrayLike<number>, threshold: number) {
  const decoder = recognised(recognise([1, values.length], { task: 'classify' }));
  const buffer = new CandidateBuffer(decoder.capacity);
  decoder.decode([Float32Array.from(values)], threshold, buffer);
  return { found: listCandidates(buffer).map(({ classId, score }) => ({ classId, score })), buffer, decoder };
}

/** The definition: probabilities as they are, logits by softmax, the best five. Undefined where there are none. */
function expected(values: readonly number[], threshold: number) {
  const sum = values.reduce((total, value) => total + value, 0);
  const most = Math.max(...values);
  if (!Number.isFinite(most) || Number.isNaN(sum)) return [];
  const areProbabilities = values.every((value) => value >= -1e-3 && value <= 1.001) && Math.abs(sum - 1) <= 0.02;
  const parts = values.map((value) => (areProbabilities ? value : Math.exp(value - most)));
  const total = areProbabilities ? 1 : parts.reduce((all, part) => all + part, 0);
  return parts
    .map((part, classId) => ({ classId, score: Math.min(part / total, 1) }))
    .filter(({ score }) => score >= threshold)
    .sort((a, b) => values[b.classId]! - values[a.classId]! || a.classId - b.classId)
    .slice(0, 5);
}

describe('classification', () => {
  it.each([
    { what: 'ImageNet', decoder: recognise([1, 1000]) },
    { what: "ImageNet's, whatever they come from", decoder: recognise([1, 1001], madeBy('Add', [8])) },
    { what: 'two labelled classes', decoder: recognise([1, 2], { statedClasses: 2 }) },
    { what: 'seven classes by its task', decoder: recognise([1, 7], { task: 'classify' }) },
    { what: 'three classes by its softmax', decoder: recognise([1, 3], { operators: new Set(['Softmax']) }) },
    { what: 'logits that each have weights', decoder: recognise([1, 12], madeBy('Gemm', [12])) },
    { what: 'logits that are normalised', decoder: recognise([1, 12], madeBy('BatchNormalization', [12])) },
    { what: 'sums that nothing is known of but their operator', decoder: recognise([1, 12], madeBy('Add', [])) },
    { what: 'features that its card calls classes', decoder: recognise([1, 512], { namedLayout: 'classification' }) },
    { what: 'classes with two empty sides', decoder: recognise([1, 10, 1, 1]) },
  ])('is recognised: $what', ({ decoder }) => {
    expect(decoder).toMatchObject({ layout: 'classification', suppression: 'done', places: 'none', capacity: 5 });
  });

  it.each([
    { why: 'one number, such as a steering angle', decoder: recognise([1, 1]) },
    { why: 'as many as ImageNet has, behind a tanh', decoder: recognise([1, 1000], madeBy('Tanh', [1000])) },
    { why: 'one number and the task', decoder: recognise([1, 1], { task: 'classify' }) },
    { why: 'two numbers, such as steering and throttle', decoder: recognise([1, 2]) },
    { why: 'a box', decoder: recognise([1, 4]) },
    { why: 'other labels than numbers', decoder: recognise([1, 1000], { statedClasses: 80 }) },
    { why: 'two numbers after a softmax', decoder: recognise([1, 2], { operators: new Set(['Softmax']) }) },
    {
      why: 'the only row of a detector with NMS inside',
      decoder: recognise([1, 7], { statedClasses: 7, operators: new Set(['NonMaxSuppression']) }),
    },
    { why: "a YOLOv1's grid, laid flat", decoder: recognise([1, 1470], madeBy('Gemm', [1470])) },
    { why: 'a grid of fewer weights, laid flat', decoder: recognise([1, 900], madeBy('Conv', [10])) },
    { why: 'two things that are joined', decoder: recognise([1, 35], madeBy('Add', [15, 20])) },
    { why: 'places, after a sigmoid', decoder: recognise([1, 136], madeBy('Sigmoid', [136])) },
    { why: 'features', decoder: recognise([1, 512], madeBy('Gemm', [512])) },
    {
      why: 'a vector of length 1',
      decoder: classification.recognise({
        ...headOf(input, [[1, 25]]),
        firstRun: [Float32Array.from({ length: 25 }, (_, at) => (at % 2 === 0 ? 0.2 : -0.2))],
      }),
    },
    { why: 'a batch', decoder: recognise([2, 1000]) },
    { why: 'a map', decoder: recognise([1, 21, 64, 64]) },
    { why: 'rows', decoder: recognise([1, 84, 8400]) },
    { why: 'a vector', decoder: recognise([1000]) },
    {
      why: 'two outputs',
      decoder: classification.recognise(
        headOf(input, [
          [1, 15],
          [1, 20],
        ]),
      ),
    },
  ])('is not recognised with $why', ({ decoder }) => {
    expect(decoder).toBeUndefined();
  });

  it('takes pictures as Ultralytics when it says that it is theirs, else as ImageNet, else as levels', () => {
    const fit = 'crop';
    expect(recognise([1, 10], { task: 'classify' })?.conventions).toMatchObject({ ...unitScale, fit, channels: 'rgb' });
    expect(recognise([1, 10])?.conventions).toMatchObject({ ...imageNetScale, fit, channels: 'rgb' });
    const names = { pictureName: 'images', operators: new Set(['Softmax']) };
    expect(recognise([1, 10], names)?.conventions, 'by the names of its tensors').toMatchObject(unitScale);
    expect(recognise([1, 10], { pictureName: 'images' })?.conventions, "YOLOv5's").toMatchObject(imageNetScale);
    expect(recognise([1, 10], { expects: 'levels' })?.conventions).toMatchObject({ deviation: [1, 1, 1], fit });
    // TensorFlow's take -1..1.
    expect(recognise([1, 1001])?.conventions).toMatchObject({
      mean: [127.5, 127.5, 127.5],
      deviation: [127.5, 127.5, 127.5],
    });
  });

  it('gives probabilities as they are and makes them of logits', () => {
    expect(classify([0.25, 0.625, 0.125], 0.2).found).toEqual([
      { classId: 1, score: 0.625 },
      { classId: 0, score: 0.25 },
    ]);
    const [best, ...others] = classify([1, 3, -2], 0.1).found;
    expect(best).toEqual({ classId: 1, score: expect.closeTo(1 / (1 + Math.exp(-2) + Math.exp(-5)), 6) });
    expect(others).toEqual([{ classId: 0, score: expect.closeTo(0.1185, 4) }]);
    // Large logits do not overflow; a class may be ruled out.
    expect(classify([1000, -1000, -Infinity], 0.5).found).toEqual([{ classId: 0, score: 1 }]);
  });

  it('lets classes not exclude each other that had a sigmoid each', () => {
    const decoder = recognised(recognise([1, 3], { ...madeBy('Sigmoid', [3]), statedClasses: 3 }));
    const buffer = new CandidateBuffer(decoder.capacity);
    decoder.decode([Float32Array.of(0.75, 0.125, 0.875)], 0.5, buffer);
    expect(listCandidates(buffer)).toMatchObject([
      { classId: 2, score: 0.875 },
      { classId: 0, score: 0.75 },
    ]);
  });

  it('tells five classes at most, best first, the earlier one of two that are equal', () => {
    expect(classify(new Array(10).fill(0.1), 0.05).found.map(({ classId }) => classId)).toEqual([0, 1, 2, 3, 4]);
    expect(classify([0.3, 0.3, 0.4], 0.5).found).toEqual([]);
  });

  it('finds what the plain definition finds in any numbers', () => {
    const numbers = fc.array(fc.oneof(wildNumber, fc.float({ min: -8, max: 8, noNaN: true })), {
      ...{ minLength: 2, maxLength: 12 },
    });
    const shares = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 12 }).map((parts) => {
      const sum = parts.reduce((total, part) => total + part, 0);
      return parts.map((part) => part / (sum === 0 ? 1 : sum));
    });
    const logits = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 2, maxLength: 12 });
    let found = 0;
    fc.assert(
      fc.property(fc.oneof(numbers, shares, logits), fc.constantFrom(0.07, 0.31), (values, threshold) => {
        const results = classify(values, threshold).found;
        const plain = expected([...Float32Array.from(values)], threshold);
        found += results.length;
        expect(results).toEqual(plain.map(({ classId, score }) => ({ classId, score: expect.closeTo(score, 5) })));
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(100);
  });

  it('finds the best of ten thousand classes', () => {
    const values = scatteredNumbers(10_000, 4);
    values[7777] = 20;
    expect(classify(values, 0.5).found).toEqual([{ classId: 7777, score: expect.closeTo(1, 4) }]);
  });

  it('means the whole picture, at any fit of any picture', () => {
    const { buffer } = classify([0.9, 0.1], 0.5);
    const [found] = listCandidates(buffer);
    const [left, top, right, bottom] = found!.corners;
    const side = fc.integer({ min: 1, max: 4000 });
    fc.assert(
      fc.property(side, side, fc.constantFrom(...fits), (widthPx, heightPx, fit) => {
        // A picture as narrow as a hair that is cropped to a square is drawn out beyond all bounds.
        fc.pre(Math.max(widthPx, heightPx) < 1000 * Math.min(widthPx, heightPx));
        const letterbox = fitLetterbox({ widthPx, heightPx }, { widthPx: 224, heightPx: 224 }, fit);
        const corners = { left: left!, top: top!, right: right!, bottom: bottom! };
        expect(toImage(letterbox, corners)).toEqual({ left: 0, top: 0, right: widthPx, bottom: heightPx });
      }),
    );
  });

  it('judges its scores', () => {
    const { decoder } = classify([1, 2, 3], 0.5);
    const judged = (...values: number[]) => decoder.judgeScores([Float32Array.from(values)]);
    expect(judged(-1, -2, -3)).toBe('sound');
    expect(judged(0, 0, 0)).toBe('all-zero');
    expect(judged(0, Number.NaN, 0)).toBe('not-finite');
    expect(judged(1, Number.POSITIVE_INFINITY, 0)).toBe('not-finite');
  });
});
