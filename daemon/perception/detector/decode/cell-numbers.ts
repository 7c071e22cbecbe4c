import type { Size } from '../preprocess/letterbox.ts';
import { sharesToPixels } from './box-unit.ts';
import { readClassRows } from './class-rows.ts';
import { type Decoder, gridCells, judgeRows, type OutputShape, strideSets } from './decoder.ts';
import { strayScore } from './score-range.ts';
import { readScoredRows } from './scored-rows.ts';

/**
 * An output with as many numbers for each cell of all grids: `[1, numbers, cells]`, as Ultralytics export it, or turned
 * round. Number i of a cell lies at `i * numberStep + cell * cellStep`.
 */
export interface CellNumbers {
  readonly strides: readonly number[];
  readonly cells: number;
  readonly numbers: number;
  readonly numberStep: number;
  readonly cellStep: number;
}

/** Undefined for an output that is not of the known grids' cells at this input size. */
export function cellNumbersOf({ shape }: OutputShape, input: Size): CellNumbers | undefined {
  const [batch, second = 0, third = 0, ...rest] = shape;
  if (batch !== 1 || rest.length > 0) return undefined;
  const stridesOf = (cells: number) => strideSets.find((set) => gridCells(input, set) === cells);
  const strides = stridesOf(third);
  if (strides !== undefined) return { strides, cells: third, numbers: second, numberStep: third, cellStep: 1 };
  const turned = stridesOf(second);
  return turned && { strides: turned, cells: second, numbers: third, numberStep: 1, cellStep: third };
}

/**
 * Reads centre x, centre y, width and height in network pixels, then one score in 0..1 a class, of the decoder's first
 * output. Numbers that follow are not read. A box's source is its cell.
 * @param input the network's, where boxes may also be shares of it
 */
export function readCellNumbers(
  { cells, numbers, numberStep, cellStep }: CellNumbers,
  classCount: number,
  input?: Size,
): Pick<Decoder, 'decode' | 'judgeScores' | 'strayScore'> {
  if (cellStep === 1) return readClassRows(classCount, cells, input === undefined ? {} : { input });
  const places = { boxes: cells, boxStep: cellStep, sideStep: numberStep, sides: 'centred' } as const;
  const reader = readScoredRows({
    ...{ classCount, rows: cells, scores: { output: 0, first: 4, columns: numbers } },
    add(into, [values], cell, score, classId) {
      const at = cell * numbers;
      into.addCentred(values![at]!, values![at + 1]!, values![at + 2]!, values![at + 3]!, score, classId, cell);
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
