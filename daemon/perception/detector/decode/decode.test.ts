import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orShares } from '../../testing/decoder-checks.ts';
import { yolov5Head, yolov8Head } from '../../testing/tiny-network.ts';
import { CandidateBuffer } from '../candidates.ts';
import { type Decoder, gridCells, type Head, type NetworkHints } from './decoder.ts';
import { yolov5 } from './yolov5.ts';
import { yolov8 } from './yolov8.ts';

const input = { widthPx: 64, heightPx: 32 };
const noHints: NetworkHints = {
  task: undefined,
  statedClasses: undefined,
  metadata: {},
  operators: new Set(),
  expects: undefined,
};
/** 8x4 + 4x2 + 2x1. */
const cells = 42;

function head(...shapes: number[][]): Head {
  return { input, outputs: shapes.map((shape, i) => ({ name: `output${i}`, type: 'float32', shape })), hints: noHints };
}

function recognised(decoder: Decoder | undefined): Decoder {
  if (decoder === undefined) throw new Error('not recognised');
  return decoder;
}

interface Found {
  readonly classId: number;
  readonly score: number;
  readonly corners: readonly number[];
}

function listed(buffer: CandidateBuffer): Found[] {
  return Array.from({ length: buffer.count }, (_, i) => ({
    classId: buffer.classId[i]!,
    score: buffer.score[i]!,
    corners: [buffer.left[i]!, buffer.top[i]!, buffer.right[i]!, buffer.bottom[i]!],
  }));
}

/** One cell or row of a head: its box and its scores, already multiplied. The definition of what is to be found. */
function expected(
  anchors: readonly { box: readonly number[]; scores: readonly number[] }[],
  threshold: number,
): Found[] {
  const plain = new CandidateBuffer(anchors.length);
  for (const { box, scores } of anchors) {
    const numbers = scores.map((score) => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score));
    const best = Math.max(...numbers);
    if (best < threshold || best <= 0) continue;
    plain.addCentred(box[0]!, box[1]!, box[2]!, box[3]!, best, numbers.indexOf(best));
  }
  return listed(plain);
}

const centre = ({ box }: { box: readonly number[] }) => [box[0]!, box[1]!] as const;
const sorted = (found: Found[]) => found.map((each) => JSON.stringify(each)).sort();

/** What a network gone mad may put out. */
const wild = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: 0, max: 1, noNaN: true }) },
  { weight: 2, arbitrary: fc.float({ min: -100, max: 100, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 1e30, 1e-40, 1) },
);
const classCount = 3;
const usual = fc.constantFrom(0.25, 0.5, 0.9);
const threshold = fc.oneof(usual, fc.constant(0));

describe('grid cells', () => {
  it('of the shipped detector and of common sizes', () => {
    expect(gridCells({ widthPx: 384, heightPx: 288 }, [8, 16, 32])).toBe(2268);
    expect(gridCells({ widthPx: 640, heightPx: 640 }, [8, 16, 32])).toBe(8400);
    expect(gridCells(input, [8, 16, 32])).toBe(cells);
  });
});

describe('yolov8', () => {
  it('is recognised by the cells of its grids, with or without a fourth stride', () => {
    expect(yolov8.recognise(head([1, 84, cells]))).toMatchObject({ layout: 'yolov8', classCount: 80, capacity: cells });
    expect(yolov8.recognise(head([1, 5, gridCells(input, [4, 8, 16, 32])]))?.classCount).toBe(1);
  });

  it.each([
    { why: 'another number of cells', shapes: [[1, 84, cells + 3]] },
    { why: 'no class', shapes: [[1, 4, cells]] },
    { why: 'rows and columns swapped, of a YOLOX', shapes: [[1, cells, 85]] },
    {
      why: 'a second output',
      shapes: [
        [1, 84, cells],
        [1, 32, 8, 16],
      ],
    },
    { why: 'a batch', shapes: [[2, 84, cells]] },
    { why: 'two dimensions', shapes: [[84, cells]] },
    { why: 'no output', shapes: [] },
  ])('is not recognised with $why', ({ shapes }) => {
    expect(yolov8.recognise(head(...shapes))).toBeUndefined();
  });

  it('finds the boxes that were put in', () => {
    const decoder = recognised(yolov8.recognise(head([1, 4 + classCount, cells])));
    const buffer = new CandidateBuffer(decoder.capacity);
    const output = yolov8Head(classCount, cells, [
      { centreX: 10, centreY: 20, width: 4, height: 6, classId: 2, score: 0.5 },
      { centreX: 30, centreY: 8, width: 8, height: 8, classId: 0, score: 0.25 },
    ]);
    decoder.decode([output], 0.5, buffer);
    expect(listed(buffer)).toEqual([{ classId: 2, score: 0.5, corners: [8, 17, 12, 23] }]);
    buffer.clear();
    decoder.decode([output], 0.25, buffer);
    expect(listed(buffer)).toHaveLength(2);
  });

  it('finds what the plain definition finds in any numbers, again and again', () => {
    const decoder = recognised(yolov8.recognise(head([1, 4 + classCount, cells])));
    const buffer = new CandidateBuffer(decoder.capacity);
    const length = (4 + classCount) * cells;
    fc.assert(
      fc.property(fc.array(wild, { minLength: length, maxLength: length }), threshold, (values, scoreThreshold) => {
        const output = Float32Array.from(values);
        const column = (cell: number) =>
          Array.from({ length: 4 + classCount }, (_, row) => output[row * cells + cell]!);
        const anchors = Array.from({ length: cells }, (_, cell) => ({
          box: column(cell).slice(0, 4),
          scores: column(cell).slice(4),
        }));
        buffer.clear();
        decoder.decode([output], scoreThreshold, buffer);
        const found = orShares(expected(anchors, scoreThreshold), anchors.map(centre), input);
        expect(sorted(listed(buffer))).toEqual(sorted(found));
      }),
      { numRuns: 30 },
    );
  });
});

describe('yolov5', () => {
  const rows = 3 * cells;

  it('is recognised by its anchors, alone or beside its raw heads', () => {
    expect(yolov5.recognise(head([1, rows, 85]))).toMatchObject({
      layout: 'yolov5',
      classCount: 80,
      outputIndexes: [0],
    });
    const raw = [
      [1, 3, 4, 8, 85],
      [1, rows, 85],
      [1, 3, 2, 4, 85],
    ];
    expect(yolov5.recognise(head(...raw))).toMatchObject({ layout: 'yolov5', outputIndexes: [1] });
  });

  it.each([
    { why: 'one anchor a cell, as YOLOX has', shapes: [[1, cells, 85]] },
    { why: 'no class', shapes: [[1, rows, 5]] },
    {
      why: 'an output that is no raw head',
      shapes: [
        [1, rows, 85],
        [1, 32, 16, 8],
      ],
    },
    {
      why: 'two heads',
      shapes: [
        [1, rows, 85],
        [1, rows, 4],
      ],
    },
  ])('is not recognised with $why', ({ shapes }) => {
    expect(yolov5.recognise(head(...shapes))).toBeUndefined();
  });

  it('finds the boxes that were put in', () => {
    const decoder = recognised(yolov5.recognise(head([1, rows, 5 + classCount])));
    const buffer = new CandidateBuffer(decoder.capacity);
    const box = { centreX: 10, centreY: 20, width: 4, height: 6, classId: 1, score: 0.45 };
    decoder.decode([yolov5Head(classCount, rows, [box])], 0.4, buffer);
    expect(listed(buffer)).toEqual([{ classId: 1, score: expect.closeTo(0.45, 5), corners: [8, 17, 12, 23] }]);
  });

  it('finds what the plain definition finds in any numbers', () => {
    const decoder = recognised(yolov5.recognise(head([1, rows, 5 + classCount])));
    const buffer = new CandidateBuffer(decoder.capacity);
    const columns = 5 + classCount;
    // Sound objectness; a class score above 1 may lift a row over the threshold that its objectness alone fails.
    const score = fc.oneof(fc.float({ min: 0, max: 1, noNaN: true }), fc.constantFrom(Number.NaN, 0, 1, -Infinity));
    const row = fc.tuple(wild, wild, wild, wild, score, ...Array.from({ length: classCount }, () => score));
    fc.assert(
      fc.property(fc.array(row, { minLength: rows, maxLength: rows }), usual, (values, scoreThreshold) => {
        const output = Float32Array.from(values.flat());
        const anchors = Array.from({ length: rows }, (_, i) => {
          const numbers = output.subarray(i * columns, (i + 1) * columns);
          return { box: [...numbers.slice(0, 4)], scores: [...numbers.slice(5)].map((each) => numbers[4]! * each) };
        });
        buffer.clear();
        decoder.decode([output], scoreThreshold, buffer);
        const found = orShares(expected(anchors, scoreThreshold), anchors.map(centre), input);
        expect(listed(buffer).map(({ corners }) => corners)).toEqual(found.map(({ corners }) => corners));
      }),
      { numRuns: 20 },
    );
  });
});

describe('scores', () => {
  const decoders = [
    { decoder: recognised(yolov8.recognise(head([1, 7, cells]))), length: 7 * cells },
    { decoder: recognised(yolov5.recognise(head([1, 3 * cells, 8]))), length: 8 * 3 * cells },
  ];
  it.each(decoders)('are judged: $decoder.layout', ({ decoder, length }) => {
    const output = new Float32Array(length);
    expect(decoder.judgeScores([output])).toBe('all-zero');
    output.fill(Number.NaN);
    expect(decoder.judgeScores([output])).toBe('not-finite');
    output[length - 1] = 1e-5;
    expect(decoder.judgeScores([output])).toBe('sound');
  });
});
