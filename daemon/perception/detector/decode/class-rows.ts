import type { Size } from '../preprocess/letterbox.ts';
import { type BoxPlaces, sharesToPixels } from './box-unit.ts';
import { type Decoder, judgeRows } from './decoder.ts';
import { strayScore } from './score-range.ts';

/**
 * The anchor-free head of Ultralytics v8 and its kin: a tensor `[1, rows, cells]` whose first four rows are centre x,
 * centre y, width and height in network pixels, then one row of scores in 0..1 a class. Rows that follow are not read.
 * A box's source is its cell.
 * @param input the network's, where boxes may also be shares of it
 * @param sides `corners`: the first four rows are left, top, right and bottom
 */
export function readClassRows(
  classCount: number,
  cells: number,
  { input, sides = 'centred' }: { readonly input?: Size; readonly sides?: BoxPlaces['sides'] } = {},
): Pick<Decoder, 'decode' | 'judgeScores' | 'strayScore'> {
  const places: BoxPlaces = { boxes: cells, boxStep: 1, sideStep: cells, sides };
  const bestScore = new Float32Array(cells);
  const bestClass = new Int32Array(cells);
  /** Cells with a score over the threshold, in the order they were met. */
  const hits = new Int32Array(cells);
  let hitCount = 0;
  /** The output's own memory, as bits. */
  let bits: Int32Array = new Int32Array(0);
  const thresholdBits = new Float32Array(1);
  return {
    decode(outputs, scoreThreshold, into) {
      const output = outputs[0]!;
      if (bits.buffer !== output.buffer || bits.byteOffset !== output.byteOffset) {
        bits = new Int32Array(output.buffer, output.byteOffset, output.length);
      }
      hitCount = 0;
      const before = into.count;
      thresholdBits[0] = scoreThreshold;
      const below = new Int32Array(thresholdBits.buffer)[0]! - 1;
      // Along the rows, as the numbers lie in memory. Nearly every score is below the threshold, and as floats of one sign
      // order like their bits, four at a time are passed over by whole-number arithmetic: the difference has its sign
      // bit set where a score is at the threshold or above. Negative ones may show up as well; `note` sorts them out.
      const first = 4 * cells;
      for (let classId = 0; classId < classCount; classId++) {
        const start = first + classId * cells;
        const end = start + cells;
        let at = start;
        for (; at + 4 <= end; at += 4) {
          if (((below - bits[at]!) | (below - bits[at + 1]!) | (below - bits[at + 2]!) | (below - bits[at + 3]!)) < 0) {
            for (let each = at; each < at + 4; each++) note(output[each]!, scoreThreshold, each - start, classId);
          }
        }
        for (; at < end; at++) note(output[at]!, scoreThreshold, at - start, classId);
      }
      for (let hit = 0; hit < hitCount; hit++) {
        const cell = hits[hit]!;
        const first = output[cell]!;
        const second = output[cells + cell]!;
        const third = output[2 * cells + cell]!;
        const fourth = output[3 * cells + cell]!;
        const score = bestScore[cell]!;
        const classId = bestClass[cell]!;
        if (sides === 'corners') into.addCorners(first, second, third, fourth, score, classId, cell);
        else into.addCentred(first, second, third, fourth, score, classId, cell);
      }
      bestScore.fill(0);
      if (input !== undefined) sharesToPixels(into, before, output, places, input);
    },
    judgeScores: (outputs) =>
      judgeRows(outputs[0]!.subarray(0, (4 + classCount) * cells), (4 + classCount) * cells, 4 * cells),
    strayScore: ([values]) =>
      strayScore(values!, { rows: cells, first: 4 * cells, rowStep: 1, classCount, classStep: cells }),
  };

  /** Keeps a cell's best class. A NaN is not above anything. */
  function note(score: number, scoreThreshold: number, cell: number, classId: number): void {
    const best = bestScore[cell]!;
    if (!(score >= scoreThreshold && score > best)) return;
    if (best === 0) hits[hitCount++] = cell;
    bestScore[cell] = score;
    bestClass[cell] = classId;
  }
}
