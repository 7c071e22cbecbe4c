import type { CandidateBuffer } from '../candidates.ts';
import { type Decoder, gridCells, type Head, judgeRows, type LayoutRecogniser, strideSets } from './decoder.ts';

/**
 * Ultralytics v8 and its kin (v9, v11, v12): one output `[1, 4 + classes, N]`, N the cells of all grids. Column i is
 * centre x, centre y, width, height in network pixels, then one score in 0..1 a class; there is no objectness.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Detect)
 */
export const yolov8: LayoutRecogniser = {
  layout: 'yolov8',
  expected: (input) => `yolov8: one output [1, 4 + classes, ${gridCells(input, strideSets[0]!)}]`,
  recognise(head: Head): Decoder | undefined {
    const output = head.outputs[0];
    if (output === undefined || head.outputs.length !== 1 || output.shape.length !== 3 || output.shape[0] !== 1) {
      return undefined;
    }
    const [, rows = 0, cells = 0] = output.shape;
    const strides = strideSets.find((set) => gridCells(head.input, set) === cells);
    if (strides === undefined || rows < 5) return undefined;
    return createDecoder(
      rows - 4,
      cells,
      `"${output.name}" has a column for each cell of strides ${strides.join(', ')}`,
    );
  },
};

function createDecoder(classCount: number, cells: number, because: string): Decoder {
  const bestScore = new Float32Array(cells);
  const bestClass = new Int32Array(cells);
  /** Cells with a score over the threshold, in the order they were met. */
  const hits = new Int32Array(cells);
  return {
    layout: 'yolov8',
    classCount,
    capacity: cells,
    outputIndexes: [0],
    because,
    decode(outputs, scoreThreshold, into) {
      const output = outputs[0]!;
      let hitCount = 0;
      let at = 4 * cells;
      // Along the rows, as the numbers lie in memory: nearly every score fails this one comparison.
      for (let classId = 0; classId < classCount; classId++) {
        for (let cell = 0; cell < cells; cell++, at++) {
          const score = output[at]!;
          if (score < scoreThreshold) continue;
          // A NaN gets here, but is not above anything.
          const best = bestScore[cell]!;
          if (score > best) {
            if (best === 0) hits[hitCount++] = cell;
            bestScore[cell] = score;
            bestClass[cell] = classId;
          }
        }
      }
      addHits(output, hits.subarray(0, hitCount), into);
      bestScore.fill(0);
    },
    judgeScores: (outputs) => judgeRows(outputs[0]!, (4 + classCount) * cells, 4 * cells),
  };

  function addHits(output: Float32Array, hitCells: Int32Array, into: CandidateBuffer): void {
    for (const cell of hitCells) {
      into.addCentred(
        output[cell]!,
        output[cells + cell]!,
        output[2 * cells + cell]!,
        output[3 * cells + cell]!,
        bestScore[cell]!,
        bestClass[cell]!,
      );
    }
  }
}
