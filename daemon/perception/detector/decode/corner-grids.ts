import { type InputConventions, imageNetScale, stretchedInput, ultralyticsInput } from '../preprocess/input-format.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { areUndecoded, crossedShare, isTelling, mostCrossed } from './box-corners.ts';
import {
  type Decoder,
  gridCells,
  type Head,
  judgeRows,
  type LayoutRecogniser,
  type NetworkHints,
  type OutputShape,
  strideSets,
  strideSetsOfYolov8,
} from './decoder.ts';
import { isUltralytics } from './raw-head-family.ts';
import { strayScore } from './score-range.ts';
import { readScoredRows } from './scored-rows.ts';

const usualStrides = strideSets[0]!;
const picoDetStrides = '8,16,32,64';

/** PP-YOLOE+ stretches and takes 0..1, PicoDet ImageNet's mean and deviation; YOLO-NAS letterboxes as Ultralytics do. */
const picoDetInput: InputConventions = { ...stretchedInput, ...imageNetScale };

/**
 * Two outputs for the cells of strides 8, 16, 32 (and 64: PicoDet) or of others that v8s have, in any order: boxes `[1, N, 4]` in network pixels and scores in 0..1
 * `[1, N, classes]` (YOLO-NAS), either of them transposed (PP-YOLOE cut before its suppression has scores
 * `[1, classes, N]`; v8 cut in two for the sake of its quantisation, both). Where both have four columns their names must
 * tell.
 *
 * Boxes are x1, y1, x2, y2, or as v8 has them centre x, centre y, width, height. Values tell: the second corner of every
 * box lies behind the first, but most boxes are narrower than they are far from the picture's edge; and of those for an empty picture,
 * however large, the first two numbers or their middles are where the cells are.
 * @see https://github.com/Deci-AI/super-gradients/blob/master/documentation/source/models_export.md
 * @see https://github.com/PaddlePaddle/PaddleDetection/blob/release/2.8/ppdet/modeling/heads/ppyoloe_head.py (post_process)
 */
export const cornerGrids: LayoutRecogniser = {
  layout: 'corner-grids',
  expected: (input) => {
    const cells = gridCells(input, usualStrides);
    return `corner-grids: boxes [1, ${cells}, 4] and scores [1, ${cells}, classes], either transposed or not`;
  },
  recognise({ input, outputs, hints, firstRun }: Head): Decoder | undefined {
    const [first, second] = outputs;
    if (first === undefined || second === undefined || outputs.length !== 2) return undefined;
    for (const strides of strideSetsOfYolov8) {
      const decoder = recogniseGrids(first, second, strides, { input, outputs, hints, firstRun });
      if (decoder !== undefined) return decoder;
    }
    return undefined;
  },
};

function recogniseGrids(
  first: OutputShape,
  second: OutputShape,
  strides: readonly number[],
  { input, outputs, hints, firstRun }: Head,
): Decoder | undefined {
  const cells = gridCells(input, strides);
  const pairs = [
    { boxes: first, scores: second },
    { boxes: second, scores: first },
  ].filter(({ boxes, scores }) => columnsOf(boxes, cells) === 4 && columnsOf(scores, cells) !== undefined);
  const pair =
    pairs.length === 1 ? pairs[0] : pairs.find(({ scores }) => /score|cls|class|prob|conf/i.test(scores.name));
  if (pair === undefined) return undefined;
  const { boxes, scores } = pair;
  const classCount = columnsOf(scores, cells)!;
  const readers = {
    corners: createReader('corners', cells, classCount),
    centred: createReader('centred', cells, classCount),
  };
  const boxRows = asRows(boxes, cells);
  const scoreRows = asRows(scores, cells);
  const shown = firstRun?.[outputs.indexOf(boxes)];
  const boxPlaces = { boxes: cells, boxStep: 4, sideStep: 1, strides };
  const shownRows = shown && boxRows(shown);
  if (areUndecoded({ input, hints }, boxes, shownRows, boxPlaces, { layout: 'corner-grids' })) return undefined;
  const isCentred = shownRows !== undefined && (areCentred(shownRows) || beginAtCells(shownRows, input, strides));
  return {
    layout: 'corner-grids',
    classCount,
    capacity: cells,
    outputIndexes: [outputs.indexOf(boxes), outputs.indexOf(scores)],
    lengths: 'fixed',
    suppression: 'needed',
    conventions: conventionsOf(hints, {
      isCentred,
      isPicoDet: String(strides) === picoDetStrides,
      isPaddle: scores.shape[2] === cells && boxes.shape[1] === cells,
    }),
    because: `"${boxes.name}" has a box for each of ${cells} cells, "${scores.name}" their scores`,
    decode([boxValues, scoreValues], scoreThreshold, into) {
      const sides = boxRows(boxValues!);
      const reader = isCentred || areCentred(sides) ? readers.centred : readers.corners;
      reader.decode([sides, scoreRows(scoreValues!)], scoreThreshold, into);
    },
    judgeScores: ([, values]) => judgeRows(values!, values!.length, 0),
    strayScore: ([, values]) =>
      strayScore(scoreRows(values!), { rows: cells, first: 0, rowStep: classCount, classCount, classStep: 1 }),
  };
}

/**
 * Scores with the cells of one class after another beside boxes that have it the other way round are PaddleDetection's; both
 * alike are YOLO-NAS's or v8's. Centres and sizes are v8's alone.
 */
function conventionsOf(
  { metadata, expects }: NetworkHints,
  { isCentred, isPicoDet, isPaddle }: { isCentred: boolean; isPicoDet: boolean; isPaddle: boolean },
): InputConventions {
  if (isUltralytics(metadata) || isCentred) return ultralyticsInput;
  if (isPicoDet) return picoDetInput;
  // DAMO-YOLO's scores stand as YOLO-NAS's do; it takes levels.
  return isPaddle || expects === 'levels' ? stretchedInput : ultralyticsInput;
}

/** Numbers for each cell; undefined for an output that is not of these cells. */
function columnsOf({ shape: [batch, rows, columns, ...rest] }: OutputShape, cells: number): number | undefined {
  if (batch !== 1 || rest.length > 0 || (rows === cells) === (columns === cells)) return undefined;
  return rows === cells ? columns : rows;
}

function createReader(sides: 'corners' | 'centred', cells: number, classCount: number): Pick<Decoder, 'decode'> {
  return readScoredRows({
    ...{ classCount, rows: cells, scores: { output: 1, first: 0, columns: classCount } },
    add(into, [values], row, score, classId) {
      const at = 4 * row;
      const box = [values![at]!, values![at + 1]!, values![at + 2]!, values![at + 3]!] as const;
      if (sides === 'centred') into.addCentred(...box, score, classId, row);
      else into.addCorners(...box, score, classId, row);
    },
  });
}

function areCentred(sides: Float32Array): boolean {
  return crossedShare(sides, { boxes: sides.length / 4, boxStep: 4, sideStep: 1 }) > mostCrossed;
}

const mostAtCells = 0.75;
/** Fewer boxes may lie anywhere. */
const fewestTelling = 32;

/** Whether the first two numbers of most boxes are nearer to the middle of their cell than the middle is that they have as corners. */
function beginAtCells(sides: Float32Array, { widthPx, heightPx }: Size, strides: readonly number[]): boolean {
  const places = { boxes: sides.length / 4, boxStep: 4, sideStep: 1 };
  let at = 0;
  let telling = 0;
  let nearer = 0;
  for (const stride of strides) {
    for (let y = stride / 2; y < heightPx + stride / 2; y += stride) {
      for (let x = stride / 2; x < widthPx + stride / 2; x += stride, at += 4) {
        if (!isTelling(sides, places, at / 4)) continue;
        telling++;
        const [a, b, c, d] = [sides[at]! - x, sides[at + 1]! - y, sides[at + 2]! - x, sides[at + 3]! - y];
        if (Math.hypot(a, b) < Math.hypot((a + c) / 2, (b + d) / 2)) nearer++;
      }
    }
  }
  return telling >= fewestTelling && nearer > mostAtCells * telling;
}

/** The numbers of a cell after one another, in a buffer made once where the output has them apart. */
function asRows(
  { shape: [, rows = 0, columns = 0] }: OutputShape,
  cells: number,
): (values: Float32Array) => Float32Array {
  if (rows === cells) return (values) => values;
  const transposed = new Float32Array(rows * columns);
  return (values) => {
    for (let row = 0; row < rows; row++) {
      for (let cell = 0; cell < cells; cell++) transposed[cell * rows + row] = values[row * cells + cell]!;
    }
    return transposed;
  };
}
