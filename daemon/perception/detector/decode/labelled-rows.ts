import { ultralyticsInput } from '../preprocess/input-format.ts';
import { classesOfCells } from './class-parts.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, strideSets } from './decoder.ts';
import { guessClasses, sideUnitOf } from './finished-boxes.ts';
import { boxColumns, finishedRows, readFinishedRows } from './finished-rows.ts';
import { anchorsPerCell } from './raw-head-doubt.ts';

/**
 * DeepStream-Yolo's exports: one output `[1, N, 6]`, N the cells of all grids, or three times as many: a row for each of them, x1, y1,
 * x2, y2 in network pixels, the score of its best class, and the number of that. Nothing is suppressed yet. A YOLOv5 or YOLOX of one
 * class has such rows too, with an objectness and a score: the numbers of the first run tell.
 * @see https://github.com/marcoslucianops/DeepStream-Yolo/blob/master/utils/export_yoloV8.py (DeepStreamOutput)
 */
export const labelledRows: LayoutRecogniser = {
  layout: 'labelled-rows',
  expected: (input) =>
    `labelled-rows: one output [1, ${gridCells(input, strideSets[0]!)}, 6] or three times as many rows, each of a box, its score and its class`,
  recognise(head: Head): Decoder | undefined {
    const rows = finishedRows(head.outputs);
    const { task, namedLayout } = head.hints;
    if (rows === undefined || head.outputs.length !== 1 || rows.columns !== boxColumns) return undefined;
    if (task !== undefined && task !== 'detect') return undefined;
    const strides = strideSets.find((set) => [1, anchorsPerCell].includes(rows.boxes / gridCells(head.input, set)));
    if (strides === undefined) return undefined;
    if (namedLayout !== 'labelled-rows' && !endInClasses(head.firstRun?.[0], head)) return undefined;
    const { classCount, because } = guessClasses(head.hints, 80, classesOfCells(head.hints, rows.output));
    return {
      layout: 'labelled-rows',
      classCount,
      outputIndexes: [0],
      conventions: ultralyticsInput,
      because: `"${rows.output.name}" has a row for each cell of strides ${strides.join(', ')}, of a box, its score and its class; ${because}`,
      ...readFinishedRows(rows.columns, sideUnitOf(head), head.hints.statedFirstClass).reader,
      capacity: rows.boxes,
      suppression: 'needed',
    };
  },
};

/** Operators by which the best class is found. */
const choosers = ['ArgMax', 'TopK'];
/** No network tells more classes apart that has a row for each of its cells. */
const mostClasses = 10_000;

/** Whether rows end in a share and a class number. Of one number alone the graph must show that it was chosen: scores may be lost. */
function endInClasses(values: Float32Array | undefined, { hints: { operators } }: Head): boolean {
  if (values === undefined) return false;
  const classes = new Set<number>();
  let someShares = false;
  for (let at = 0; at + boxColumns <= values.length; at += boxColumns) {
    const score = values[at + 4]!;
    const classId = values[at + 5]!;
    if (!Number.isInteger(classId) || classId < 0 || classId > mostClasses || !(score >= 0 && score <= 1)) return false;
    if (!Number.isInteger(score)) someShares = true;
    classes.add(classId);
  }
  return someShares && (classes.size > 1 || choosers.some((operator) => operators.has(operator)));
}
