import { ultralyticsInput } from '../preprocess/input-format.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, strideSets } from './decoder.ts';
import { guessClasses, readFinishedBoxes } from './finished-boxes.ts';

/** Boxes that Ultralytics' networks choose unless they are told another number (`max_det`). */
const usualBoxes = 300;

/**
 * Networks that choose their boxes themselves: YOLOv10, YOLO26, and Ultralytics' others exported with `nms=True`. One
 * output `[1, boxes, 6]`, any number of boxes: x1, y1, x2, y2 in network pixels, score in 0..1, class. What is not
 * filled is rows of zeros, or of scores near 0.
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
    const [output] = head.outputs;
    if (output === undefined || head.outputs.length !== 1 || output.shape.length !== 3) return undefined;
    const [batch, boxes = 0, columns] = output.shape;
    if (batch !== 1 || columns !== 6) return undefined;
    const { task, metadata, namedLayout } = head.hints;
    if (task !== undefined && task !== 'detect') return undefined;
    const cells = strideSets.map((strides) => gridCells(head.input, strides));
    const isGrid = cells.some((each) => boxes === each || boxes === 3 * each);
    const saysSo = metadata['end2end'] === 'True' || namedLayout === 'nms-free';
    if (!saysSo && (isGrid || boxes > Math.max(usualBoxes, cells[0]!))) return undefined;
    const { classCount, because } = guessClasses(head.hints, 80);
    const column = (first: number) => ({ output: 0, first, columns: 6 });
    return {
      layout: 'nms-free',
      classCount,
      outputIndexes: [0],
      conventions: ultralyticsInput,
      because: `"${output.name}" has six columns and no row for each cell; ${because}`,
      ...readFinishedBoxes({
        sides: column(0),
        sideOrder: 'xyxy',
        sideUnit: { xPx: 1, yPx: 1 },
        scores: column(4),
        classes: column(5),
        firstClass: 0,
      }),
    };
  },
};
