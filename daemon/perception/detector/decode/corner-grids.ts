import { type InputConventions, unitScale } from '../preprocess/input-format.ts';
import { type Decoder, gridCells, type Head, judgeRows, type LayoutRecogniser, strideSets } from './decoder.ts';
import { readScoredRows } from './scored-rows.ts';

/** PP-YOLOE+ and YOLO-NAS both take 0..1, and the former stretches. */
const cornerGridInput: InputConventions = { ...{ channels: 'rgb', ...unitScale, fit: 'stretch', paddingLevel: 0 } };

/**
 * Two outputs with a row for each cell of strides 8, 16, 32: boxes `[1, N, 4]` of x1, y1, x2, y2 in network pixels, and scores
 * in 0..1 `[1, N, classes]` (YOLO-NAS) or `[1, classes, N]` (PP-YOLOE cut before its suppression), in any order. Where
 * both have four columns their names must tell.
 * @see https://github.com/Deci-AI/super-gradients/blob/master/documentation/source/models_export.md
 * @see https://github.com/PaddlePaddle/PaddleDetection/blob/release/2.8/ppdet/modeling/heads/ppyoloe_head.py (post_process)
 */
export const cornerGrids: LayoutRecogniser = {
  layout: 'corner-grids',
  expected: (input) => {
    const cells = gridCells(input, strideSets[0]!);
    return `corner-grids: boxes [1, ${cells}, 4] and scores [1, ${cells}, classes] or [1, classes, ${cells}]`;
  },
  recognise({ input, outputs }: Head): Decoder | undefined {
    const [first, second] = outputs;
    if (first === undefined || second === undefined || outputs.length !== 2) return undefined;
    const cells = gridCells(input, strideSets[0]!);
    const isBoxes = ({ shape }: typeof first) => String(shape) === `1,${cells},4`;
    const isScores = ({ shape: [batch, a, b, ...rest] }: typeof first) =>
      batch === 1 && rest.length === 0 && (a === cells) !== (b === cells);
    const pairs = [
      { boxes: first, scores: second },
      { boxes: second, scores: first },
    ].filter(({ boxes, scores }) => isBoxes(boxes) && isScores(scores));
    const pair =
      pairs.length === 1 ? pairs[0] : pairs.find(({ scores }) => /score|cls|class|prob|conf/i.test(scores.name));
    if (pair === undefined) return undefined;
    const { boxes, scores } = pair;
    const isTurned = scores.shape[2] === cells;
    const classCount = scores.shape[isTurned ? 1 : 2]!;
    const turned = new Float32Array(isTurned ? cells * classCount : 0);
    const reader = readScoredRows({
      ...{ classCount, rows: cells, scores: { output: 1, first: 0, columns: classCount } },
      add(into, [sides], row, score, classId) {
        const at = 4 * row;
        into.addCorners(sides![at]!, sides![at + 1]!, sides![at + 2]!, sides![at + 3]!, score, classId, row);
      },
    });
    return {
      layout: 'corner-grids',
      classCount,
      capacity: cells,
      outputIndexes: [outputs.indexOf(boxes), outputs.indexOf(scores)],
      lengths: 'fixed',
      suppression: 'needed',
      conventions: cornerGridInput,
      because: `"${boxes.name}" has the corners of a box for each of ${cells} cells, "${scores.name}" their scores`,
      decode([sides, values], scoreThreshold, into) {
        if (isTurned) turn(values!, cells, turned);
        reader.decode([sides!, isTurned ? turned : values!], scoreThreshold, into);
      },
      judgeScores: ([, values]) => judgeRows(values!, values!.length, 0),
    };
  },
};

/** From a row a class to a row a cell. */
function turn(values: Float32Array, cells: number, into: Float32Array): void {
  const classCount = values.length / cells;
  for (let classId = 0; classId < classCount; classId++) {
    for (let cell = 0; cell < cells; cell++) into[cell * classCount + classId] = values[classId * cells + cell]!;
  }
}
