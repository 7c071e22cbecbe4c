import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  anyThreshold,
  type Found,
  found,
  headOf,
  orShares,
  recognised,
  wildTensor,
} from '../../testing/decoder-checks.ts';
import { cornerGrids } from './corner-grids.ts';
import type { Decoder, NetworkHints } from './decoder.ts';
import { yolov6 } from './yolov6.ts';
import { yolov8 } from './yolov8.ts';
import { yolox } from './yolox.ts';

/** Of 64x32 pixels. */
const cells = 42;
const named = (name: string, shape: number[]) => ({ name, shape });

/** A decoder with the plain definition of the box and the scores of each cell, and of its centre where it may be a share. */
function check(
  decoder: Decoder,
  lengths: readonly number[],
  plain: (outputs: Float32Array[], cell: number) => Found,
  centreOf?: (outputs: Float32Array[], cell: number) => readonly [number, number],
) {
  fc.assert(
    fc.property(fc.tuple(...lengths.map(wildTensor)), anyThreshold, (outputs, threshold) => {
      const expected = Array.from({ length: cells }, (_, cell) => plain(outputs, cell));
      const positive = expected.filter(({ score }) => score > 0);
      const pixels = allowed(positive, threshold);
      const centres = Array.from({ length: cells }, (_, cell) => centreOf?.(outputs, cell) ?? ([9, 9] as const));
      expect(found(decoder, outputs, threshold)).toEqual(orShares(pixels, centres));
    }),
    { numRuns: 40 },
  );
}

function best(scores: readonly number[]): Pick<Found, 'classId' | 'score'> {
  const known = scores.map((score) => (Number.isNaN(score) ? -Infinity : score));
  const score = Math.max(...known);
  return { classId: Math.max(0, known.indexOf(score)), score };
}

const centred = ([x, y, wide, high]: number[]): number[] =>
  wide! > 0 && high! > 0 ? [x! - wide! / 2, y! - high! / 2, x! + wide! / 2, y! + high! / 2] : [];

describe('corner-grids', () => {
  it('is fed as those who have its shapes feed it', () => {
    const fed = (shapes: number[][], hints: Partial<NetworkHints> = {}) => {
      const [boxes = [], scores = []] = shapes;
      const head = headOf([named('boxes', boxes), named('scores', scores)], { hints });
      const { fit, mean } = recognised(cornerGrids.recognise(head)).conventions;
      return { fit, isImageNet: mean[0] > 0 };
    };
    const [boxes, ofCells, ofClasses] = [
      [1, cells, 4],
      [1, cells, 3],
      [1, 3, cells],
    ];
    // YOLO-NAS, DAMO-YOLO, PP-YOLOE, v8 cut in two, PicoDet.
    expect(fed([boxes, ofCells])).toEqual({ fit: 'letterbox', isImageNet: false });
    expect(fed([boxes, ofCells], { expects: 'levels' })).toEqual({ fit: 'stretch', isImageNet: false });
    expect(fed([boxes, ofClasses])).toEqual({ fit: 'stretch', isImageNet: false });
    expect(fed([[1, 4, cells], ofClasses])).toEqual({ fit: 'letterbox', isImageNet: false });
    expect(
      fed([
        [1, cells + 1, 4],
        [1, 3, cells + 1],
      ]),
    ).toEqual({ fit: 'stretch', isImageNet: true });
  });

  const rows = [named('pred_bboxes', [1, cells, 4]), named('pred_scores', [1, cells, 3])];
  const swapped = [named('scores', [1, 3, cells]), named('boxes', [1, cells, 4])];

  const crossed = (boxes: Float32Array) =>
    Array.from({ length: cells }, (_, cell) => boxes.subarray(4 * cell, 4 * cell + 4)).filter(
      ([a, b, c, d]) => c! < a! || d! < b!,
    ).length;
  const sidesOf = (boxes: Float32Array, cell: number) => {
    const sides = [...boxes.subarray(4 * cell, 4 * cell + 4)];
    return crossed(boxes) > cells / 4 ? centred(sides) : sides;
  };

  it('finds what its definition says, with a row or a column of scores for each cell', () => {
    check(recognised(cornerGrids.recognise(headOf(rows))), [4 * cells, 3 * cells], (outputs, cell) => ({
      ...best([...outputs[1]!.subarray(3 * cell, 3 * cell + 3)]),
      corners: sidesOf(outputs[0]!, cell),
    }));
    const decoder = recognised(cornerGrids.recognise(headOf(swapped)));
    expect(decoder.outputIndexes).toEqual([1, 0]);
    check(decoder, [4 * cells, 3 * cells], (outputs, cell) => ({
      ...best([0, 1, 2].map((classId) => outputs[1]![classId * cells + cell]!)),
      corners: sidesOf(outputs[0]!, cell),
    }));
  });

  it('sees by the values whether boxes are corners or centres and sizes', () => {
    const decoder = recognised(
      cornerGrids.recognise(headOf([named('scores', [1, 1, cells]), named('boxes', [1, 4, cells])])),
    );
    const scores = new Float32Array(cells);
    scores[0] = 0.75;
    const byCell = (row: readonly number[]) =>
      Float32Array.from({ length: 4 * cells }, (_, at) => row[Math.floor(at / cells)]!);
    const expected = [{ corners: [20, 12, 28, 20], score: 0.75, classId: 0 }];
    expect(found(decoder, [byCell([20, 12, 28, 20]), scores], 0.25)).toEqual(expected);
    expect(found(decoder, [byCell([24, 16, 8, 8]), scores], 0.25)).toEqual(expected);
  });

  it.each([
    ['v3-tiny', 10],
    ['of a grid more', 4 * 32 + cells],
    ['of the coarsest grids of four', 11],
  ])('is of the grids that v8s have: %s', (_, count) => {
    const head = headOf([named('boxes', [1, count, 4]), named('scores', [1, count, 3])]);
    expect(cornerGrids.recognise(head)).toMatchObject({ classCount: 3, capacity: count });
  });

  it('takes boxes of centre and size for those of a v8, however many grids it has', () => {
    const count = cells + 1;
    const outputs = [named('boxes', [1, count, 4]), named('scores', [1, count, 3])];
    const fitOf = (box: readonly number[]) => {
      const boxes = Float32Array.from({ length: 4 * count }, (__, at) => box[at % 4]!);
      const firstRun = [boxes, new Float32Array(3 * count)];
      return recognised(cornerGrids.recognise({ ...headOf(outputs), firstRun })).conventions.fit;
    };
    expect(fitOf([24, 16, 8, 8])).toBe('letterbox');
    expect(fitOf([20, 12, 28, 20])).toBe('stretch');
  });

  it.each(['centred', 'corners'] as const)(
    'sees that boxes larger than the picture are %s by where the cells are',
    (sides) => {
      const middles = [8, 16, 32].flatMap((stride) =>
        Array.from({ length: (64 / stride) * (32 / stride) }, (_, cell) => [
          ((cell % (64 / stride)) + 0.5) * stride,
          (Math.floor(cell / (64 / stride)) + 0.5) * stride,
        ]),
      );
      const [wide, high] = [90, 70];
      const boxes = Float32Array.from(
        middles.flatMap(([x, y]) =>
          sides === 'centred' ? [x!, y!, wide, high] : [x! - wide / 2, y! - high / 2, x! + wide / 2, y! + high / 2],
        ),
      );
      const scores = new Float32Array(3 * cells);
      const head = { ...headOf(rows), firstRun: [boxes, scores] };
      const decoder = recognised(cornerGrids.recognise(head));
      const seen = scores.slice();
      seen[0] = 0.75;
      expect(found(decoder, [boxes, seen], 0.25)).toEqual([{ classId: 0, score: 0.75, corners: [-41, -31, 49, 39] }]);
    },
  );

  it('sees so by the few boxes that are any, where all others are of zeros or alike', () => {
    const decoder = recognised(
      cornerGrids.recognise(headOf([named('boxes', [1, cells, 4]), named('scores', [1, cells, 3])])),
    );
    const scores = new Float32Array(3 * cells);
    scores[7] = 0.9;
    const boxes = (fill: number, ...box: number[]) => {
      const all = new Float32Array(4 * cells).fill(fill);
      all.set(box, 8);
      return all;
    };
    const corners = [20, 10, 40, 26];
    for (const fill of [0, 1]) {
      expect(found(decoder, [boxes(fill, 20, 10, 40, 26), scores], 0.5)).toMatchObject([{ classId: 1, corners }]);
      expect(found(decoder, [boxes(fill, 30, 18, 20, 16), scores], 0.5)).toMatchObject([{ classId: 1, corners }]);
    }
  });

  it('takes the same corners in all cells for corners, wherever they are', () => {
    const boxes = Float32Array.from({ length: 4 * cells }, (_, at) => [50, 24, 60, 30][at % 4]!);
    const scores = new Float32Array(3 * cells);
    const outputs = [named('boxes', [1, cells, 4]), named('scores', [1, cells, 3])];
    const decoder = recognised(cornerGrids.recognise({ ...headOf(outputs), firstRun: [boxes, scores] }));
    const seen = scores.slice();
    seen[7] = 0.9;
    expect(found(decoder, [boxes, seen], 0.5)).toMatchObject([{ classId: 1, corners: [50, 24, 60, 30] }]);
  });

  it('tells boxes from the scores of four classes by their names', () => {
    const four = [named('scores', [1, cells, 4]), named('boxes', [1, cells, 4])];
    expect(cornerGrids.recognise(headOf(four))?.outputIndexes).toEqual([1, 0]);
    expect(cornerGrids.recognise(headOf([named('a', [1, cells, 4]), named('b', [1, cells, 4])]))).toBeUndefined();
    expect(cornerGrids.recognise(headOf([named('a', [1, 41, 4]), named('b', [1, 41, 3])]))).toBeUndefined();
  });
});

describe('yolov8 transposed', () => {
  it('finds what its definition says', () => {
    const decoder = recognised(yolov8.recognise(headOf([[1, cells, 7]], { hints: { statedClasses: 3 } })));
    const rowOf = ([values]: Float32Array[], cell: number) => [...values!.subarray(7 * cell, 7 * cell + 7)];
    check(
      decoder,
      [7 * cells],
      (outputs, cell) => {
        const row = rowOf(outputs, cell);
        return { ...best(row.slice(4)), corners: centred(row) };
      },
      (outputs, cell) => [rowOf(outputs, cell)[0]!, rowOf(outputs, cell)[1]!],
    );
  });

  it.each([
    ['the labels say so', 7, { statedClasses: 3 }, true],
    ['it is of one class', 5, {}, true],
    ['it would have 80 classes', 84, {}, true],
    ['the card says so', 9, { namedLayout: 'yolov8' }, true],
    ['nobody says so', 9, {}, false],
    ['the labels say that it has an objectness', 7, { statedClasses: 2 }, false],
  ] as const)('%s: %i columns, %o', (_, columns, hints, isRecognised) => {
    const head = headOf([[1, cells, columns]], { hints });
    expect(yolov8.recognise(head) !== undefined).toBe(isRecognised);
  });
});

it('yolov8 is found beside the feature maps it was made of, and of two heads the second is taken', () => {
  const maps = [4, 2, 1].map((down) => [1, 66, down, 2 * down]);
  expect(yolov8.recognise(headOf([...maps, [1, 6, cells]]))?.outputIndexes).toEqual([3]);
  expect(yolov8.recognise(headOf([[1, 6, cells], [1, 6, cells], ...maps]))?.outputIndexes).toEqual([1]);
  expect(
    yolov8.recognise(
      headOf([
        [1, 6, cells],
        [1, 32, 8, 16],
      ]),
    ),
  ).toBeUndefined();
  expect(yolov8.recognise(headOf([[1, 6, 10]]))?.because).toMatch(/strides 16, 32/);
});

it('yolov6 is told from a YOLOX by what its graph is made of', () => {
  const head = (operators: string[]) => headOf([[1, cells, 85]], { hints: { operators: new Set(operators) } });
  expect(yolov6.recognise(head(['Conv', 'Sub', 'Add']))).toMatchObject({ classCount: 80 });
  expect(yolox.recognise(head(['Conv', 'Sub', 'Add']))).toBeUndefined();
  for (const others of [['Conv'], ['Conv', 'Sub', 'Exp']]) {
    expect(yolov6.recognise(head(others))).toBeUndefined();
    expect(yolox.recognise(head(others))).toMatchObject({ classCount: 80 });
  }
});
