import type { Size } from '../preprocess/letterbox.ts';
import { type BoxPlaces, sharesToPixels } from './box-unit.ts';
import { readClassRows } from './class-rows.ts';
import { type Decoder, gridCells, judgeRows, type OutputShape, strideSets, strideSetsOfYolov8 } from './decoder.ts';
import { anchorsPerCell } from './raw-head-doubt.ts';
import { strayScore } from './score-range.ts';
import { readScoredRows } from './scored-rows.ts';

/**
 * An output with as many numbers for each cell of all grids: `[1, numbers, cells]`, as Ultralytics export it, or transposed,
 * `[1, cells, numbers]`. Number i of a cell lies at `i * numberStep + cell * cellStep`.
 */
export interface CellNumbers {
  readonly strides: readonly number[];
  readonly cells: number;
  readonly numbers: number;
  readonly numberStep: number;
  readonly cellStep: number;
}

/** Undefined for an output that is not of the known grids' cells at this input size. Of two the more usual grids are taken. */
export function cellNumbersOf({ shape }: OutputShape, input: Size): CellNumbers | undefined {
  const [batch, second = 0, third = 0, ...rest] = shape;
  if (batch !== 1 || rest.length > 0) return undefined;
  // Rows of anchors may have as many numbers as a few grids have cells.
  const areAnchors = strideSets.some((set) => second === anchorsPerCell * gridCells(input, set));
  for (const strides of areAnchors ? strideSets : strideSetsOfYolov8) {
    const cells = gridCells(input, strides);
    if (third === cells) return { strides, cells, numbers: second, numberStep: cells, cellStep: 1 };
    if (second === cells) return { strides, cells, numbers: third, numberStep: 1, cellStep: third };
  }
  return undefined;
}

/**
 * Reads centre x, centre y, width and height in network pixels, then one score in 0..1 a class, of the decoder's first
 * output. Numbers that follow are not read. A box's source is its cell.
 * @param input the network's, where boxes may also be shares of it
 * @param sides `corners`: the first four numbers are left, top, right and bottom
 */
export function readCellNumbers(
  { cells, numbers, numberStep, cellStep }: CellNumbers,
  classCount: number,
  { input, sides = 'centred' }: { readonly input?: Size; readonly sides?: BoxPlaces['sides'] } = {},
): Pick<Decoder, 'decode' | 'judgeScores' | 'strayScore'> {
  if (cellStep === 1) return readClassRows(classCount, cells, { sides, ...(input !== undefined && { input }) });
  const places: BoxPlaces = { boxes: cells, boxStep: cellStep, sideStep: numberStep, sides };
  const reader = readScoredRows({
    ...{ classCount, rows: cells, scores: { output: 0, first: 4, columns: numbers } },
    add(into, [values], cell, score, classId) {
      const at = cell * numbers;
      const [first, second, third, fourth] = [values![at]!, values![at + 1]!, values![at + 2]!, values![at + 3]!];
      if (sides === 'corners') into.addCorners(first, second, third, fourth, score, classId, cell);
      else into.addCentred(first, second, third, fourth, score, classId, cell);
    },
  });
  return {
    decode(outputs, scoreThreshold, into) {
      const before = into.count;
      reader.decode(outputs, scoreThreshold, into);
      if (input !== undefined) sharesToPixels(into, before, outputs[0]!, places, input);
    },
    judgeScores: ([values]) => judgeRows(values!, numbers, 4, 4 + classCount),
    strayScore: ([values]) =>
      strayScore(values!, { rows: cells, first: 4, rowStep: numbers, classCount, classStep: 1 }),
  };
}
