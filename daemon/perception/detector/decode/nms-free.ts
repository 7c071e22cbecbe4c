import { ultralyticsInput } from '../preprocess/input-format.ts';
import type { Decoder, Head, LayoutRecogniser, NetworkHints } from './decoder.ts';
import { isDetrOfUltralytics } from './detr.ts';
import { type GuessedClasses, guessClasses, numberedClasses, sideUnitOf } from './finished-boxes.ts';
import { boxColumns, finishedRows, maySuppress, type Rows, readFinishedRows, usualBoxes } from './finished-rows.ts';

/**
 * Networks that choose their boxes themselves: YOLOv10, YOLO26, and Ultralytics' others exported with `nms=True`. One
 * output `[1, boxes, 6]`, any number of boxes: x1, y1, x2, y2 in network pixels or shares of its input, score in 0..1,
 * class. What is not filled is rows of zeros, or of scores near 0. With a suppression in the graph, `[boxes, 6]` as well, any number of them.
 *
 * EfficientDet by effdet has the same rows, its classes counted from 1.
 *
 * A YOLOv5 or YOLOX of one class has six columns too, but a row for each of its anchors or cells; and nobody chooses more
 * boxes than there are cells.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Detect.postprocess)
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/engine/exporter.py (NMSModel; `end2end` in the metadata)
 */
export const nmsFree: LayoutRecogniser = {
  layout: 'nms-free',
  expected: () => `nms-free: one output [1, boxes, 6] with up to ${usualBoxes} boxes`,
  recognise(head: Head): Decoder | undefined {
    const { task, namedLayout } = head.hints;
    const rows = finishedRows(head.outputs) ?? looseRows(head);
    if (rows === undefined || head.outputs.length !== 1 || rows.columns !== 6) return undefined;
    if ((task !== undefined && task !== 'detect') || isDetrOfUltralytics(head.hints)) return undefined;
    if (!maySuppress(rows, head) && namedLayout !== 'nms-free') return undefined;
    const { classCount, firstClass, because } = classesOf(head.hints);
    return {
      layout: 'nms-free',
      classCount,
      outputIndexes: [0],
      conventions: ultralyticsInput,
      because: `"${rows.output.name}" has six columns and no row for each cell; ${because}`,
      ...readFinishedRows(rows.columns, sideUnitOf(head), firstClass).reader,
    };
  },
};

/** EfficientDet's rows differ from others' in nothing but what their classes are counted from. */
function classesOf(hints: NetworkHints): GuessedClasses & { firstClass: number } {
  if (hints.countsClassesFromOne === true) {
    const { because, ...numbered } = numberedClasses(hints);
    return { ...numbered, because: `${because}, counted from 1, as its graph adds 1 to them` };
  }
  const { classCount, because } = guessClasses(hints, 80);
  const doubt =
    hints.statedClasses === undefined
      ? ', counted from 0: where it counts from 1, as EfficientDet does, its card should list its labels, "classes", the first of them "background"'
      : ', counted from 0';
  return { classCount, firstClass: 0, because: `${because}${doubt}` };
}

/** What people write who put torchvision's suppression behind a network: its rows without a side for the batch. */
function looseRows({ outputs: [output], hints }: Head): Rows | undefined {
  if (output === undefined || output.shape.length !== 2 || output.shape[1] !== boxColumns) return undefined;
  const suppresses = hints.operators.has('NonMaxSuppression') || hints.namedLayout === 'nms-free';
  return suppresses ? { output, boxes: output.shape[0]!, columns: boxColumns } : undefined;
}
