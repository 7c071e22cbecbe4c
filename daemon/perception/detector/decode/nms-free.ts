import { type InputConventions, imageNetScale, levelScale, ultralyticsInput } from '../preprocess/input-format.ts';
import type { Decoder, Head, LayoutRecogniser, NetworkHints } from './decoder.ts';
import { isDetrOfUltralytics } from './detr.ts';
import { sideUnitOf } from './finished-boxes.ts';
import {
  areCrossed,
  beginWithClass,
  boxColumns,
  endInFractions,
  finishedRows,
  maySuppress,
  type Rows,
  readFinishedRows,
  usualBoxes,
} from './finished-rows.ts';
import { classesOfRows, isOfUltralytics } from './row-classes.ts';

/**
 * Networks that choose their boxes themselves: YOLOv10, YOLO26, and Ultralytics' others exported with `nms=True`. One
 * output `[1, boxes, 6]`, any number of boxes: x1, y1, x2, y2 in network pixels or shares of its input, score in 0..1,
 * class. What is not filled is rows of zeros, or of scores near 0. With a suppression in the graph, `[boxes, 6]` as well, any number of them.
 *
 * EfficientDet by effdet has the same rows, its classes counted from 1 (`row-classes.ts`).
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
    const shown = head.firstRun?.[head.outputs.indexOf(rows.output)];
    // Of an empty picture even a network that says what it is may have boxes that are none, but no other classes.
    const mayMislead = areCrossed(shown, boxColumns) || showNothing(head.hints, shown);
    const isElse =
      !maySuppress(rows, head) ||
      endInFractions(shown, boxColumns) ||
      beginWithClass(shown, boxColumns) ||
      (mayMislead && !isOfUltralytics(head.hints));
    if (isElse && namedLayout !== 'nms-free') return undefined;
    const { classCount, firstClass, because } = classesOfRows(head, rows);
    return {
      layout: 'nms-free',
      classCount,
      outputIndexes: [0],
      conventions: conventionsOf(head.hints),
      because: `"${rows.output.name}" has six columns and no row for each cell; ${because}`,
      ...readFinishedRows(rows.columns, sideUnitOf(head), firstClass).reader,
    };
  },
};

/**
 * A letterbox at the top left, filled with the mean, which becomes 0.
 * @see https://github.com/rwightman/efficientdet-pytorch/blob/master/effdet/data/transforms.py (ResizePad)
 */
const efficientDetInput: InputConventions = {
  ...{ channels: 'rgb', ...imageNetScale, fit: 'letterbox-top-left', paddingLevel: 116 },
};

function conventionsOf(hints: NetworkHints): InputConventions {
  const { isEfficientDet, firstClass, expects } = hints;
  if (isEfficientDet !== true && (firstClass !== 1 || isOfUltralytics(hints))) return ultralyticsInput;
  return expects === 'levels' ? { ...efficientDetInput, ...levelScale } : efficientDetInput;
}

/** Operators that a graph needs to choose some of its boxes by itself, however many there are. */
const choosing = ['TopK', 'Loop', 'Scan', 'If'];

/**
 * Whether nothing tells in what order a row's numbers are: neither the rows of an empty picture, which are all of zeros, nor the graph
 * by where it has the class. Keras' SSDs begin with it (`beginWithClass`), and suppress in a loop, class by class; a graph that chooses
 * no boxes is none of theirs.
 */
export function showNothing(
  { backbone, firstClass, operators }: NetworkHints,
  shown: Float32Array | undefined,
): boolean {
  const mayBeKeras = choosing.some((operator) => operators.has(operator));
  const isTold = firstClass !== undefined || operators.has('NonMaxSuppression') || !mayBeKeras;
  if (backbone === undefined || isTold || shown === undefined || shown.length === 0) return false;
  return shown.every((value) => value === 0);
}

/** What people write who put torchvision's suppression behind a network: its rows without a side for the batch. */
function looseRows({ outputs: [output], hints }: Head): Rows | undefined {
  if (output === undefined || output.shape.length !== 2 || output.shape[1] !== boxColumns) return undefined;
  const suppresses = hints.operators.has('NonMaxSuppression') || hints.namedLayout === 'nms-free';
  return suppresses ? { output, boxes: output.shape[0]!, columns: boxColumns } : undefined;
}
