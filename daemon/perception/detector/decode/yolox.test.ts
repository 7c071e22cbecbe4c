import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  anyThreshold,
  type Found,
  found,
  type HeadOptions,
  headOf,
  manyWildNumbers,
  recognised,
  smallInput,
} from '../../testing/decoder-checks.ts';
import { asShares, wildLogits } from '../../testing/raw-head-checks.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { gridCells } from './decoder.ts';
import { yolox } from './yolox.ts';

const classCount = 3;
const columns = 5 + classCount;
const cells = 42;
const decoded = { operators: new Set(['Conv', 'Exp']) };

function recognise(shape: readonly number[], options: HeadOptions = {}) {
  return yolox.recognise(headOf([shape], options));
}

/** Every cell's box, objectness times best class. */
function plain(output: Float32Array, input: Size, isDecoded: boolean): Found[] {
  const boxes: Found[] = [];
  let row = 0;
  for (const stride of [8, 16, 32]) {
    for (let y = 0; y < Math.ceil(input.heightPx / stride); y++) {
      for (let x = 0; x < Math.ceil(input.widthPx / stride); x++, row++) {
        const [a = 0, b = 0, c = 0, d = 0, objectness = 0, ...classes] = output.subarray(
          row * columns,
          (row + 1) * columns,
        );
        const [centreX, centreY] = isDecoded ? [a, b] : [(a + x) * stride, (b + y) * stride];
        const [width, height] = isDecoded ? [c, d] : [Math.exp(c) * stride, Math.exp(d) * stride];
        const best = Math.max(0, ...classes.filter((score) => score > 0));
        if (!(width > 0 && height > 0 && objectness * best > 0)) continue;
        boxes.push({
          classId: Math.max(0, classes.indexOf(best)),
          score: objectness * best,
          corners: [centreX - width / 2, centreY - height / 2, centreX + width / 2, centreY + height / 2],
        });
      }
    }
  }
  return boxes;
}

/** Scores within 0..1, but for nonsense; the class's at most 1, so that an objectness under the threshold settles it. */
const soundScores = (output: Float32Array) => {
  const shares = asShares(output);
  return output.map((value, at) => (at % columns < 4 ? value : at % columns > 4 && value > 100 ? 1 : shares[at]!));
};

describe('yolox', () => {
  it('is recognised by one row a cell', () => {
    expect(recognise([1, cells, 85])).toMatchObject({
      ...{ layout: 'yolox', classCount: 80, capacity: cells, suppression: 'needed', outputIndexes: [0] },
    });
    const input = { widthPx: 1280, heightPx: 1280 };
    expect(recognise([1, gridCells(input, [8, 16, 32, 64]), 6], { input })?.classCount).toBe(1);
    expect(recognise([1, gridCells(input, [16, 32]), 7], { input })?.because).toMatch(/strides 16, 32/);
  });

  it.each([
    { why: 'three rows a cell, as YOLOv5 has', shape: [1, 3 * cells, 85], hints: {} },
    { why: 'no class', shape: [1, cells, 5], hints: {} },
    { why: 'a batch', shape: [2, cells, 85], hints: {} },
    { why: 'a task, which Ultralytics state', shape: [1, cells, 85], hints: { task: 'detect' } },
    { why: 'four columns beside its labels', shape: [1, cells, 6], hints: { statedClasses: 2 } },
    { why: 'the bins of NanoDet beside 80 classes', shape: [1, cells, 112], hints: {} },
    { why: 'bins beside its labels', shape: [1, cells, 34], hints: { statedClasses: 2 } },
    { why: 'distances in its graph', shape: [1, cells, 85], hints: { operators: new Set(['Conv', 'Sub']) } },
  ])('is not recognised with $why', ({ shape, hints }) => {
    expect(recognise(shape, { hints })).toBeUndefined();
  });

  it('is recognised whatever speaks against it when its card names it', () => {
    expect(recognise([1, cells, 112], { hints: { namedLayout: 'yolox' } })?.classCount).toBe(107);
  });

  it('is not recognised beside another output', () => {
    const outputs = [
      [1, cells, 85],
      [1, 32, 8, 16],
    ];
    expect(yolox.recognise(headOf(outputs))).toBeUndefined();
  });

  it.each([
    { expects: 'unit', channels: 'rgb', mean: 0.485 * 255, deviation: 0.229 * 255 },
    { expects: 'levels', channels: 'bgr', mean: 0, deviation: 1 },
    { expects: undefined, channels: 'bgr', mean: 0, deviation: 1 },
  ] as const)(
    'takes pictures as its first convolution is made for: $expects',
    ({ expects, channels, mean, deviation }) => {
      const { conventions } = recognised(recognise([1, cells, 85], { hints: { expects } }));
      expect(conventions).toMatchObject({ channels, fit: 'letterbox-top-left', paddingLevel: 114 });
      expect([conventions.mean[0], conventions.deviation[0]]).toEqual([mean, deviation]);
    },
  );

  it('finds the box of a cell that was put in', () => {
    const output = new Float32Array(cells * columns);
    // Row 32 + 5 is column 1, line 1 of the grid of stride 16.
    output.set([0.5, 0.25, Math.log(2), 0, 0.9, 0.1, 0.2, 0.5], 37 * columns);
    const corners = [24 - 16, 20 - 8, 24 + 16, 20 + 8].map((side) => expect.closeTo(side, 4));
    expect(found(recognised(recognise([1, cells, columns])), [output], 0.4)).toEqual([
      { classId: 2, score: expect.closeTo(0.45, 5), corners },
    ]);
    expect(found(recognised(recognise([1, cells, columns])), [output], 0.46)).toEqual([]);
  });

  it.each([
    { what: 'relative to its cells', isDecoded: false },
    { what: 'in pixels', isDecoded: true },
  ])('finds what the plain definition finds in any numbers, boxes $what', ({ isDecoded }) => {
    const decoder = recognised(recognise([1, cells, columns], { hints: isDecoded ? decoded : {} }));
    let some = 0;
    fc.assert(
      fc.property(wildLogits(cells * columns).map(soundScores), anyThreshold, (output, threshold) => {
        const expected = allowed(plain(output, smallInput, isDecoded), threshold);
        expect(found(decoder, [output], threshold)).toEqual(expected);
        some += expected.length;
      }),
      { numRuns: 100 },
    );
    expect(some).toBeGreaterThan(0);
  });

  it('reads a few boxes in pixels among rows of zeros, without an Exp', () => {
    const shown = new Float32Array(cells * columns);
    shown.set([30, 18, 20, 16, 1, 0, 0.9, 0], 3 * columns);
    shown.set([10, 9, 8, 8, 0.4, 0.9, 0, 0], 9 * columns);
    const decoder = recognised(yolox.recognise({ ...headOf([[1, cells, columns]]), firstRun: [shown] }));
    expect(decoder.because).toMatch(/in pixels, as some of their sizes would be larger than any picture/);
    expect(found(decoder, [shown], 0.5)).toMatchObject([{ classId: 1, corners: [20, 10, 40, 26] }]);
  });

  it('finds boxes among ten thousand', () => {
    const input = { widthPx: 704, heightPx: 704 };
    const many = 10_164;
    const output = soundScores(manyWildNumbers(many * columns));
    const expected = allowed(plain(output, input, false), 0.25);
    expect(expected.length).toBeGreaterThan(500);
    expect(found(recognised(recognise([1, many, columns], { input })), [output], 0.25)).toEqual(expected);
  });

  it('judges scores', () => {
    const { judgeScores } = recognised(recognise([1, cells, columns]));
    const output = new Float32Array(cells * columns);
    expect(judgeScores([output])).toBe('all-zero');
    expect(judgeScores([output.fill(Number.NaN)])).toBe('not-finite');
    output[output.length - 1] = 1e-5;
    expect(judgeScores([output])).toBe('sound');
  });
});
