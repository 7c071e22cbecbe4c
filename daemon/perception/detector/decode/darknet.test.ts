import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  anyThreshold,
  type Found,
  found,
  headOf,
  manyWildNumbers,
  type OutputSpec,
  orShares,
  recognised,
  wildTensor,
} from '../../testing/decoder-checks.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { darknet } from './darknet.ts';
import { darknetBoxes } from './darknet-boxes.ts';

const classCount = 3;
/** Three anchors a cell: 4x2 + 2x1 cells of strides 16 and 32. */
const tinyRows = 30;

describe('darknet', () => {
  const columns = 5 + classCount;
  const recognise = (...outputs: number[][]) => darknet.recognise(headOf(outputs));

  it('is recognised by three rows a cell of two grids, alone or beside its raw heads', () => {
    expect(recognise([1, tinyRows, 85])).toMatchObject({
      ...{ layout: 'darknet', classCount: 80, capacity: tinyRows, outputIndexes: [0], conventions: { fit: 'stretch' } },
    });
    expect(recognise([1, 3, 2, 4, 85], [1, 3, 1, 2, 85], [1, tinyRows, 85])?.outputIndexes).toEqual([2]);
  });

  it("letterboxes for Ultralytics' own YOLOv3-tiny", () => {
    const metadata = { names: "{0: 'cone'}", stride: '32' };
    const decoder = darknet.recognise(headOf([[1, tinyRows, 6]], { hints: { metadata } }));
    expect(decoder?.conventions).toMatchObject({ fit: 'letterbox', paddingLevel: 114 });
    expect(decoder?.because).toMatch(/Ultralytics/);
  });

  it.each([
    { why: 'the rows of three grids, which are of YOLOv5', outputs: [[1, 126, 85]] },
    { why: 'one row a cell', outputs: [[1, 10, 85]] },
    { why: 'no class', outputs: [[1, tinyRows, 5]] },
    { why: 'a batch', outputs: [[2, tinyRows, 85]] },
    {
      why: 'an output that is no raw head',
      outputs: [
        [1, tinyRows, 85],
        [1, 32, 8, 16],
      ],
    },
    { why: 'no rows', outputs: [[1, 85]] },
  ])('is not recognised with $why', ({ outputs }) => {
    expect(recognise(...outputs)).toBeUndefined();
  });

  it('finds what the plain definition finds in any numbers', () => {
    const decoder = recognised(recognise([1, tinyRows, columns]));
    fc.assert(
      fc.property(wildTensor(tinyRows * columns), anyThreshold, (numbers, threshold) => {
        // Class scores are at most 1, so that an objectness under the threshold settles it.
        const output = numbers.map((value, at) => (at % columns > 4 && value > 1 ? 1 : value));
        const boxes = Array.from({ length: tinyRows }, (_, row): Found[] => {
          const [x = 0, y = 0, width = 0, height = 0, objectness = 0, ...classes] = output.subarray(
            row * columns,
            (row + 1) * columns,
          );
          const best = Math.max(0, ...classes.filter((score) => score > 0));
          const corners = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
          const box = { classId: Math.max(0, classes.indexOf(best)), score: objectness * best, corners };
          return width > 0 && height > 0 && box.score > 0 ? [box] : [];
        });
        const centres = Array.from({ length: tinyRows }, (_, row) => {
          const [x = 0, y = 0] = output.subarray(row * columns);
          return [x, y] as const;
        });
        const expected = orShares(allowed(boxes.flat(), threshold), centres);
        expect(found(decoder, [output], threshold)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

describe('darknet-boxes', () => {
  const named = (name: string, ...shape: number[]): OutputSpec => ({ name, shape });
  const recognise = (...outputs: OutputSpec[]) => darknetBoxes.recognise(headOf(outputs));

  it.each<{ what: string; outputs: OutputSpec[]; outputIndexes: number[] }>([
    {
      what: 'as pytorch-YOLOv4 names them',
      outputs: [named('boxes', 1, 30, 1, 4), named('confs', 1, 30, 3)],
      outputIndexes: [0, 1],
    },
    {
      what: 'the other way round',
      outputs: [
        [1, 30, 3],
        [1, 30, 1, 4],
      ],
      outputIndexes: [1, 0],
    },
    {
      what: 'under crossed names',
      outputs: [named('confs', 1, 30, 4), named('boxes', 1, 30, 3)],
      outputIndexes: [0, 1],
    },
    {
      what: 'with any number of anchors',
      outputs: [
        [1, 50, 1, 4],
        [1, 50, 3],
      ],
      outputIndexes: [0, 1],
    },
    {
      what: 'of three grids',
      outputs: [
        [1, 126, 3],
        [1, 126, 4],
      ],
      outputIndexes: [1, 0],
    },
    {
      what: 'of four classes by their names',
      outputs: [named('scores', 1, 30, 4), named('a', 1, 30, 4)],
      outputIndexes: [1, 0],
    },
    {
      what: 'of four classes by their shape',
      outputs: [
        [1, 30, 4],
        [1, 30, 1, 4],
      ],
      outputIndexes: [1, 0],
    },
  ])('pairs boxes and scores $what', ({ outputs, outputIndexes }) => {
    expect(recognise(...outputs)).toMatchObject({
      ...{ layout: 'darknet-boxes', outputIndexes, conventions: { fit: 'stretch' }, suppression: 'needed' },
    });
  });

  it.each<{ why: string; outputs: OutputSpec[] }>([
    {
      why: 'rows of no grid, as SSD has',
      outputs: [
        [1, 50, 4],
        [1, 50, 3],
      ],
    },
    {
      why: 'one row a cell, as YOLO-NAS has',
      outputs: [
        [1, 42, 4],
        [1, 42, 80],
      ],
    },
    {
      why: 'scores of other boxes',
      outputs: [
        [1, 30, 1, 4],
        [1, 31, 3],
      ],
    },
    {
      why: 'scores class by class',
      outputs: [
        [1, 30, 1, 4],
        [1, 3, 30],
      ],
    },
    {
      why: 'two pairs that nothing tells apart',
      outputs: [
        [1, 30, 4],
        [1, 30, 4],
      ],
    },
    {
      why: 'prototypes of masks',
      outputs: [
        [1, 116, 42],
        [1, 32, 8, 16],
      ],
    },
    {
      why: 'a third output',
      outputs: [
        [1, 30, 1, 4],
        [1, 30, 3],
        [1, 30],
      ],
    },
    { why: 'boxes alone', outputs: [[1, 30, 1, 4]] },
  ])('is not recognised with $why', ({ outputs }) => {
    expect(recognise(...outputs)).toBeUndefined();
  });

  /** Every box with its best score. */
  function plain(corners: Float32Array, scores: Float32Array, unit: Size): Found[] {
    const boxes = Array.from({ length: corners.length / 4 }, (_, box) => {
      const [left = 0, top = 0, right = 0, bottom = 0] = corners.subarray(4 * box, 4 * box + 4);
      const classes = [...scores.subarray(classCount * box, classCount * (box + 1))];
      const best = Math.max(...classes.map((score) => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score)));
      const { widthPx, heightPx } = unit;
      return {
        ...{ classId: classes.indexOf(best), score: best },
        corners: [left * widthPx, top * heightPx, right * widthPx, bottom * heightPx],
      };
    });
    return boxes.filter(({ score }) => score > 0);
  }
  const input = { widthPx: 64, heightPx: 32 };
  const decoder = recognised(recognise([1, tinyRows, 1, 4], [1, tinyRows, classCount]));

  /** Boxes whose centres are spread over the picture, as cells are, with wild sizes and now and then nonsense. */
  const spread = (unit: Size) =>
    wildTensor(4 * tinyRows).map((numbers) =>
      numbers.map((value, at) => {
        if (at % 4 > 1 || Math.floor(at / 4) % 3 === 0) return value;
        const side = at % 2 === 0 ? unit.widthPx : unit.heightPx;
        const centre = (Math.floor(at / 4) / tinyRows) * side;
        return Number.isFinite(value) ? centre - (value % 1) * side : value;
      }),
    );

  it.each([
    { what: 'shares', size: { widthPx: 1, heightPx: 1 }, unit: input },
    { what: 'pixels', size: input, unit: { widthPx: 1, heightPx: 1 } },
  ])('finds what the plain definition finds, corners in $what', ({ size, unit }) => {
    let some = 0;
    fc.assert(
      fc.property(spread(size), wildTensor(classCount * tinyRows), anyThreshold, (lefts, scores, threshold) => {
        // The right and bottom edges lie where they must for the centres to be those of cells.
        const corners = lefts.map((value, at) => {
          const box = Math.floor(at / 4);
          if (at % 4 < 2 || box % 3 === 0) return value;
          return 2 * (box / tinyRows + 0.1) * (at % 2 === 0 ? size.widthPx : size.heightPx) - lefts[at - 2]!;
        });
        const expected = allowed(plain(corners, scores, unit), threshold);
        expect(found(decoder, [corners, scores], threshold)).toEqual(expected);
        some += expected.length;
      }),
      { numRuns: 100 },
    );
    expect(some).toBeGreaterThan(0);
  });

  it('takes corners out of 0..1 for shares all the same when their boxes are large', () => {
    const corners = Float32Array.from({ length: 4 * tinyRows }, (_, at) => (at % 4 < 2 ? -3 : 4));
    const scores = new Float32Array(classCount * tinyRows);
    scores[2] = 0.75;
    expect(found(decoder, [corners, scores], 0.5)).toEqual([
      { classId: 2, score: 0.75, corners: [-192, -96, 256, 128] },
    ]);
  });

  it('finds boxes among ten thousand', () => {
    const many = 10_000;
    const large = recognised(recognise([1, many, 1, 4], [1, many, classCount]));
    const corners = manyWildNumbers(4 * many);
    const scores = manyWildNumbers(classCount * many);
    const expected = allowed(plain(corners, scores, input), 0.25);
    expect(expected.length).toBeGreaterThan(500);
    expect(found(large, [corners, scores], 0.25)).toEqual(expected);
  });

  it('judges scores, not boxes', () => {
    const corners = new Float32Array(4 * tinyRows).fill(0.5);
    const scores = new Float32Array(classCount * tinyRows);
    expect(decoder.judgeScores([corners, scores])).toBe('all-zero');
    expect(decoder.judgeScores([corners, scores.fill(Number.NaN)])).toBe('not-finite');
    scores[4] = 1e-5;
    expect(decoder.judgeScores([corners, scores])).toBe('sound');
  });
});
