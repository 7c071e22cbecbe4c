import { ultralyticsInput } from '../preprocess/input-format.ts';
import { classesOfCells } from './class-parts.ts';
import type { Decoder, Head, LayoutRecogniser } from './decoder.ts';
import { guessClasses, sideUnitOf } from './finished-boxes.ts';
import { boxColumns, finishedRows, maySuppress, readFinishedRows, usualBoxes } from './finished-rows.ts';
import { createMaskReader, pairWithPrototypes } from './prototype-masks.ts';

/**
 * Segmentation by a network that chooses its boxes itself: YOLO26-seg, and Ultralytics' others exported with `nms=True`.
 * Rows `[1, boxes, 6 + masks]` begin as those of `nms-free.ts`; then a coefficient for each prototype of
 * `[1, masks, h, w]`.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Segment26)
 */
export const nmsFreeSeg: LayoutRecogniser = {
  layout: 'nms-free-seg',
  task: 'segment',
  expected: (input) =>
    `nms-free-seg: [1, boxes, 6 + masks] with up to ${usualBoxes} boxes and prototypes [1, masks, ${input.heightPx / 4}, ${input.widthPx / 4}]`,
  recognise(head: Head): Decoder | undefined {
    const rows = finishedRows(head.outputs);
    const pair = pairWithPrototypes(head);
    if (rows === undefined || pair === undefined || rows.columns !== boxColumns + pair.prototypes.channels) {
      return undefined;
    }
    if (!maySuppress(rows, head) && head.hints.namedLayout !== 'nms-free-seg') return undefined;
    const { classCount, because } = guessClasses(
      head.hints,
      80,
      classesOfCells(head.hints, rows.output, pair.prototypes.channels),
    );
    const readMask = createMaskReader(pair.prototypes);
    return {
      layout: 'nms-free-seg',
      classCount,
      outputIndexes: pair.outputIndexes,
      conventions: ultralyticsInput,
      because:
        `"${rows.output.name}" has no row for each cell, and six columns beside coefficients for ` +
        `${pair.prototypes.channels} prototypes of masks; ${because}`,
      ...readFinishedRows(rows.columns, sideUnitOf(head), head.hints.statedFirstClass).reader,
      detailsOf: 'pixels',
      details(source, outputs, letterbox, box) {
        const coefficients = { values: outputs[0]!, first: source * rows.columns + boxColumns, stride: 1 };
        return { mask: readMask(coefficients, outputs[1]!, letterbox, box) };
      },
    };
  },
};
