import type { CandidateBuffer } from '../candidates.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { type BoxPlaces, sharesToPixels } from './box-unit.ts';
import { type Decoder, judgeRows } from './decoder.ts';
import { strayScore } from './score-range.ts';

/** Adds the box that starts at `output[at]`, in row number `row`, to the candidates. */
export type AddRow = (
  into: CandidateBuffer,
  output: Float32Array,
  at: number,
  row: number,
  score: number,
  classId: number,
) => void;

/** The row's box is left, top, right and bottom. */
const addCorneredRow: AddRow = (into, output, at, row, score, classId) =>
  into.addCorners(output[at]!, output[at + 1]!, output[at + 2]!, output[at + 3]!, score, classId, row);

/** The row's box is centre x, centre y, width and height in network pixels already. */
const addDecodedRow: AddRow = (into, output, at, row, score, classId) =>
  into.addCentred(output[at]!, output[at + 1]!, output[at + 2]!, output[at + 3]!, score, classId, row);

export interface ObjectnessRows {
  readonly classCount: number;
  readonly rows: number;
  /** Numbers a row: five, the classes, and what may follow them and is not read here. */
  readonly columns?: number;
  readonly add?: AddRow;
  /** What the row's box is, where it is added as it stands; centre and size unless told. */
  readonly sides?: BoxPlaces['sides'];
  /** The network's input, where boxes may also be shares of it. */
  readonly input?: Size;
}

/**
 * The heads that score a box twice: a tensor `[1, rows, 5 + classes]`, each row four numbers of a box, its objectness and
 * then one score a class, both in 0..1. A box's score is the product of both. A box's source is its row.
 */
export function readObjectnessRows({
  classCount,
  rows,
  columns = 5 + classCount,
  sides = 'centred',
  add = sides === 'corners' ? addCorneredRow : addDecodedRow,
  input,
}: ObjectnessRows): Pick<Decoder, 'decode' | 'judgeScores' | 'strayScore'> {
  const places: BoxPlaces = { boxes: rows, boxStep: columns, sideStep: 1, sides };
  return {
    decode(outputs, scoreThreshold, into) {
      const output = outputs[0]!;
      const before = into.count;
      for (let row = 0, at = 0; row < rows; row++, at += columns) {
        const objectness = output[at + 4]!;
        // The product with a class score of at most 1 cannot be larger; NaN fails too.
        if (!(objectness >= scoreThreshold)) continue;
        let best = 0;
        let bestClass = 0;
        for (let classId = 0; classId < classCount; classId++) {
          const score = output[at + 5 + classId]!;
          if (score > best) {
            best = score;
            bestClass = classId;
          }
        }
        const score = objectness * best;
        if (score >= scoreThreshold && score > 0) add(into, output, at, row, score, bestClass);
      }
      if (input !== undefined) sharesToPixels(into, before, output, places, input);
    },
    judgeScores: (outputs) => judgeRows(outputs[0]!, columns, 4, 5 + classCount),
    strayScore: ([values]) =>
      strayScore(values!, { rows, first: 4, rowStep: columns, classCount: 1 + classCount, classStep: 1 }),
  };
}
