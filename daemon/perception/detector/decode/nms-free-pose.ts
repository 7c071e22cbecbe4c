import { ultralyticsInput } from '../preprocess/input-format.ts';
import { classesOfCells } from './class-parts.ts';
import type { Decoder, Head, LayoutRecogniser } from './decoder.ts';
import { guessClasses, sideUnitOf } from './finished-boxes.ts';
import { boxColumns, finishedRows, maySuppress, readFinishedRows, usualBoxes } from './finished-rows.ts';
import { people, readKeypoints, speakOfKeypoints, statedKeypoints } from './keypoints.ts';

/**
 * Poses by a network that chooses its boxes itself: YOLO26-pose, and Ultralytics' others exported with `nms=True`. Rows
 * `[1, boxes, 6 + points * dimensions]` begin as those of `nms-free.ts`; then x and y of each point, in pixels or shares as its box's
 * sides are, and, with three dimensions, how visible it is.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Pose26)
 */
export const nmsFreePose: LayoutRecogniser = {
  layout: 'nms-free-pose',
  task: 'pose',
  expected: () =>
    `nms-free-pose: one output [1, boxes, 6 + points * dimensions] with up to ${usualBoxes} boxes, with kpt_shape in its metadata, "keypoints" in its card, or 57 columns`,
  recognise(head: Head): Decoder | undefined {
    const rows = finishedRows(head.outputs);
    const shape = speakOfKeypoints(head.hints) ? statedKeypoints(head.hints) : people;
    if (rows === undefined || head.outputs.length !== 1 || shape === undefined) return undefined;
    const numbers = shape.points * shape.dimensions;
    if (rows.columns !== boxColumns + numbers) return undefined;
    if (!maySuppress(rows, head) && head.hints.namedLayout !== 'nms-free-pose') return undefined;
    const { classCount, because } = guessClasses(head.hints, 1, classesOfCells(head.hints, rows.output, numbers));
    const { reader, sideUnit } = readFinishedRows(rows.columns, sideUnitOf(head), head.hints.statedFirstClass);
    return {
      layout: 'nms-free-pose',
      classCount,
      outputIndexes: [0],
      conventions: ultralyticsInput,
      because:
        `"${rows.output.name}" has no row for each cell, and six columns beside ${shape.points} points of ` +
        `${shape.dimensions} numbers; ${because}`,
      ...reader,
      detailsOf: 'points',
      details(source, outputs, letterbox) {
        const first = source * rows.columns + boxColumns;
        return readKeypoints(shape, { values: outputs[0]!, first, stride: 1, unit: sideUnit() }, letterbox);
      },
    };
  },
};
