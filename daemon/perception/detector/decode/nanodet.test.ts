import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  anyThreshold,
  found,
  headOf,
  manyWildNumbers,
  type OutputSpec,
  recognised,
  smallInput,
  wildTensor,
} from '../../testing/decoder-checks.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { nanodet } from './nanodet.ts';

/** Every cell's stride and corner, in the order of the rows. */
function cellsOf(input: Size, strides: readonly number[]) {
  return strides.flatMap((stride) => {
    const across = Math.ceil(input.widthPx / stride);
    const down = Math.ceil(input.heightPx / stride);
    return Array.from({ length: across * down }, (_, i) => ({ stride, x: i % across, y: Math.floor(i / across) }));
  });
}

/** What a row of scores and weights means, written as the paper has it. */
interface Definition {
  readonly input: Size;
  readonly classCount: number;
  readonly bins: number;
  readonly centre: number;
  readonly sigmoid?: boolean;
}

function expected(
  rows: readonly { stride: number; x: number; y: number; scores: number[]; weights: number[] }[],
  { input, bins, centre, sigmoid = false }: Definition,
  threshold: number,
) {
  const reach = (weights: number[]) => {
    if (bins === 1) return Number.isFinite(weights[0]) ? weights[0]! : Number.NaN;
    const largest = Math.max(...weights);
    const powers = weights.map((weight) => Math.exp(weight - largest));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.reduce((total, power, bin) => total + power * bin, 0) / sum;
  };
  return allowed(
    rows.map(({ stride, x, y, scores, weights }) => {
      const numbers = scores.map((score) => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score));
      const best = Math.max(...numbers);
      const score = sigmoid ? 1 / (1 + Math.exp(-best)) : best;
      const [left, top, right, bottom] = [0, 1, 2, 3].map(
        (side) => reach(weights.slice(side * bins, (side + 1) * bins)) * stride,
      );
      const [centreX, centreY] = [(x + centre) * stride, (y + centre) * stride];
      const corners = [
        ...[Math.max(0, centreX - left!), Math.max(0, centreY - top!)],
        ...[Math.min(input.widthPx, centreX + right!), Math.min(input.heightPx, centreY + bottom!)],
      ];
      return { classId: numbers.indexOf(best), score: score > 0 ? score : Number.NaN, corners };
    }),
    threshold,
  );
}

function joinedRows(output: Float32Array, strides: readonly number[], { input, classCount, bins }: Definition) {
  const columns = classCount + 4 * bins;
  return cellsOf(input, strides).map((cell, i) => {
    const numbers = [...output.subarray(i * columns, (i + 1) * columns)];
    return { ...cell, scores: numbers.slice(0, classCount), weights: numbers.slice(classCount) };
  });
}

const uneven: Size = { widthPx: 72, heightPx: 40 };
const generations = [
  { name: 'NanoDet', strides: [8, 16, 32], centre: 0.5, fit: 'letterbox' },
  { name: 'NanoDet-Plus', strides: [8, 16, 32, 64], centre: 0, fit: 'stretch' },
] as const;

describe.each(generations)('$name', ({ strides, centre, fit }) => {
  it.each([
    { bins: 8, input: smallInput, operators: [] },
    { bins: 11, input: uneven, operators: ['Conv', 'Sigmoid'] },
    { bins: 8, input: uneven, operators: ['Conv'] },
  ])('finds what the plain definition finds in any numbers: $bins bins, $operators', ({ bins, input, operators }) => {
    const definition = { input, classCount: 3, bins, centre, sigmoid: operators.length === 1 };
    const cells = cellsOf(input, strides).length;
    const head = headOf([[1, cells, 3 + 4 * bins]], {
      ...{ input, hints: { statedClasses: 3, operators: new Set(operators) } },
    });
    const decoder = recognised(nanodet.recognise(head));
    let some = 0;
    fc.assert(
      fc.property(wildTensor(cells * (3 + 4 * bins)), anyThreshold, (output, threshold) => {
        const plain = expected(joinedRows(output, strides, definition), definition, threshold);
        expect(found(decoder, [output], threshold)).toEqual(plain);
        some += plain.length;
      }),
      { numRuns: 15 },
    );
    expect(some).toBeGreaterThan(0);
  });

  it('finds boxes among ten thousand', () => {
    const input = { widthPx: 800, heightPx: 640 };
    const definition = { input, classCount: 2, bins: 8, centre };
    const cells = cellsOf(input, strides).length;
    expect(cells).toBeGreaterThan(10_000);
    const output = manyWildNumbers(cells * 34);
    const decoder = recognised(nanodet.recognise(headOf([[1, cells, 34]], { input, hints: { statedClasses: 2 } })));
    const plain = expected(joinedRows(output, strides, definition), definition, 0.25);
    expect(plain.length).toBeGreaterThan(300);
    expect(found(decoder, [output], 0.25)).toEqual(plain);
  });

  it('is fed blue first, by ImageNet, as it was trained', () => {
    const cells = cellsOf(smallInput, strides).length;
    const { conventions } = recognised(nanodet.recognise(headOf([[1, cells, 112]])));
    expect(conventions).toMatchObject({ channels: 'bgr', fit, paddingLevel: 0 });
    expect(conventions.mean.map((each) => each.toFixed(3))).toEqual(['123.675', '116.280', '103.530']);
    expect(conventions.deviation.map((each) => each.toFixed(3))).toEqual(['58.395', '57.120', '57.375']);
  });

  it('measures from where its cells are', () => {
    const cells = cellsOf(smallInput, strides);
    const decoder = recognised(nanodet.recognise(headOf([[1, cells.length, 112]])));
    const output = new Float32Array(cells.length * 112);
    // The cell of stride 16 that is third across and second down: two strides to each side, surely.
    const row = cells.findIndex(({ stride, x, y }) => stride === 16 && x === 2 && y === 1) * 112;
    output[row + 41] = 0.75;
    for (const side of [0, 1, 2, 3]) output[row + 80 + 8 * side + 1] = 100;
    const [x, y] = [(2 + centre) * 16, (1 + centre) * 16];
    const corners = [x - 16, y - 16, x + 16, Math.min(y + 16, smallInput.heightPx)];
    expect(found(decoder, [output], 0.5)).toEqual([{ classId: 41, score: 0.75, corners }]);
  });
});

describe('nanodet is recognised', () => {
  it.each([
    { why: 'as 80 classes and 32 weights', columns: 112, classCount: 80 },
    { why: 'as labels say', columns: 35, stated: 3, classCount: 3 },
    { why: 'as its card says', columns: 35, named: 'nanodet' as const, classCount: 3 },
    { why: 'with more bins', columns: 3 + 44, stated: 3, classCount: 3 },
  ])('$why', ({ columns, stated, named, classCount }) => {
    const hints = { statedClasses: stated, namedLayout: named };
    expect(nanodet.recognise(headOf([[1, 42, columns]], { hints }))).toMatchObject({
      ...{ layout: 'nanodet', classCount, capacity: 42, lengths: 'fixed', suppression: 'needed' },
    });
  });

  it.each<{ why: string; outputs: OutputSpec[]; stated?: number }>([
    { why: 'what YOLOX of 80 classes answers', outputs: [[1, 42, 85]] },
    { why: 'what YOLOX of the stated classes answers', outputs: [[1, 42, 112]], stated: 107 },
    { why: 'classes that nobody states', outputs: [[1, 42, 35]] },
    { why: 'a single bin', outputs: [[1, 42, 7]], stated: 3 },
    { why: "YOLOv8's sixteen bins", outputs: [[1, 42, 67]], stated: 3 },
    { why: 'other cells', outputs: [[1, 41, 112]] },
    { why: 'rows and columns swapped', outputs: [[1, 112, 42]] },
    {
      why: 'a second output',
      outputs: [
        [1, 42, 112],
        [1, 4],
      ],
    },
    { why: 'no room for boxes', outputs: [[1, 44, 32]] },
  ])('but not with $why', ({ outputs, stated }) => {
    const hints = stated === undefined ? {} : { statedClasses: stated };
    expect(nanodet.recognise(headOf(outputs, { hints }))).toBeUndefined();
  });
});

describe('nanodet with outputs for each stride', () => {
  const strides = [8, 16, 32];
  const counts = [32, 8, 2];
  const named = (bins: number) => [
    ...strides.map((stride, i) => ({ name: `dis_pred_stride_${stride}`, shape: [1, counts[i]!, 4 * bins] })),
    ...strides.map((stride, i) => ({ name: `cls_pred_stride_${stride}`, shape: [1, counts[i]!, 2] })),
  ];
  it.each([{ bins: 8 }, { bins: 1 }])('finds what the plain definition finds: $bins bins', ({ bins }) => {
    const decoder = recognised(nanodet.recognise(headOf(named(bins))));
    // As the decoder asks for them: scores and distances of a stride after one another.
    expect(decoder.outputIndexes).toEqual([3, 0, 4, 1, 5, 2]);
    const tensors = counts.flatMap((count) => [wildTensor(2 * count), wildTensor(4 * bins * count)]);
    const cells = cellsOf(smallInput, strides);
    fc.assert(
      fc.property(fc.tuple(...tensors), anyThreshold, (outputs, threshold) => {
        const rows = cells.map((cell) => {
          const level = strides.indexOf(cell.stride);
          const row = cell.y * (smallInput.widthPx / cell.stride) + cell.x;
          const scores = [...outputs[2 * level]!.subarray(2 * row, 2 * row + 2)];
          return {
            ...cell,
            scores,
            weights: [...outputs[2 * level + 1]!.subarray(4 * bins * row, 4 * bins * (row + 1))],
          };
        });
        const definition = { input: smallInput, classCount: 2, bins, centre: 0.5 };
        expect(found(decoder, outputs, threshold)).toEqual(expected(rows, definition, threshold));
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    { why: 'a stride without its distances', outputs: named(8).slice(1) },
    { why: 'another output', outputs: [...named(8), { name: 'x', shape: [1] }] },
    { why: 'cells of another size', outputs: named(8).map((each) => ({ ...each, shape: [1, 9, each.shape[2]!] })) },
    { why: 'sides that do not come in fours', outputs: named(0.75) },
  ])('is not recognised with $why', ({ outputs }) => {
    expect(nanodet.recognise(headOf(outputs))).toBeUndefined();
  });
});

describe('scores of NanoDet', () => {
  const cells = 42;
  it.each([
    { operators: [], score: 1e-6, verdict: 'sound' },
    { operators: [], score: 0, verdict: 'all-zero' },
    { operators: [], score: Number.NaN, verdict: 'not-finite' },
    { operators: ['Conv'], score: -5, verdict: 'sound' },
  ])('are judged, not its weights: $operators $score', ({ operators, score, verdict }) => {
    const decoder = recognised(
      nanodet.recognise(headOf([[1, cells, 112]], { hints: { operators: new Set(operators) } })),
    );
    const output = Float32Array.from({ length: cells * 112 }, (_, i) => (i % 112 < 80 ? score : 3));
    expect(decoder.judgeScores([output])).toBe(verdict);
  });
});
