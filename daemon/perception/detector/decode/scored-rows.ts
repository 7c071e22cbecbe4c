import type { CandidateBuffer } from '../candidates.ts';
import type { Decoder } from './decoder.ts';

export interface ScoredRows {
  readonly classCount: number;
  readonly rows: number;
  /** Where a row's scores begin, one a class, in an output of so many numbers a row. */
  readonly scores: { readonly output: number; readonly first: number; readonly columns: number };
  /** What a number in that place is worth; undefined: the number itself. Larger numbers are worth more. */
  readonly worth?: (value: number) => number;
  /** Adds the box of this row. */
  readonly add: (
    into: CandidateBuffer,
    outputs: readonly Float32Array[],
    row: number,
    score: number,
    classId: number,
  ) => void;
}

/** Heads with a row for each box and in it one score a class, without an objectness. A box's class is its best one. */
export function readScoredRows({
  classCount,
  rows,
  scores,
  worth = (value) => value,
  add,
}: ScoredRows): Pick<Decoder, 'decode'> {
  return {
    decode(outputs, scoreThreshold, into) {
      const values = outputs[scores.output]!;
      for (let row = 0; row < rows; row++) {
        const at = scores.first + row * scores.columns;
        let best = Number.NEGATIVE_INFINITY;
        let bestClass = 0;
        for (let classId = 0; classId < classCount; classId++) {
          const value = values[at + classId]!;
          if (value > best) {
            best = value;
            bestClass = classId;
          }
        }
        const score = worth(best);
        if (score >= scoreThreshold && score > 0) add(into, outputs, row, score, bestClass);
      }
    },
  };
}
