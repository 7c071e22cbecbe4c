import { ultralyticsInput } from '../preprocess/input-format.ts';
import type { Decoder, Head, LayoutRecogniser } from './decoder.ts';
import { guessClasses, readFinishedBoxes } from './finished-boxes.ts';

/**
 * YOLOv7's end-to-end export, and YOLOv5's and YOLOv6's like it: one output `[boxes, 7]`, as many boxes as there are
 * objects, none included: number of the picture in its batch, x0, y0, x1, y1 in network pixels, class, score in 0..1. One
 * box may come several times, once for each of its labels.
 *
 * A classifier of seven classes answers `[1, 7]`: a single row is taken only with a suppression in the graph.
 * @see https://github.com/WongKinYiu/yolov7/blob/main/models/experimental.py (ONNX_ORT)
 */
export const endToEnd: LayoutRecogniser = {
  layout: 'end-to-end',
  expected: () => 'end-to-end: one output [boxes, 7], any number of boxes',
  recognise(head: Head): Decoder | undefined {
    const [output] = head.outputs;
    if (output === undefined || head.outputs.length !== 1 || output.shape.length !== 2) return undefined;
    const [boxes, columns] = output.shape;
    const { task, operators, namedLayout } = head.hints;
    if (columns !== 7 || (task !== undefined && task !== 'detect')) return undefined;
    const suppresses = operators.has('NonMaxSuppression') || namedLayout === 'end-to-end';
    if (boxes === 1 && !suppresses) return undefined;
    const { classCount, because } = guessClasses(head.hints, 80);
    const column = (first: number) => ({ output: 0, first, columns: 7 });
    return {
      layout: 'end-to-end',
      classCount,
      outputIndexes: [0],
      conventions: ultralyticsInput,
      because: `"${output.name}" has rows of seven numbers; ${because}`,
      ...readFinishedBoxes({
        pictures: column(0),
        sides: column(1),
        sideOrder: 'xyxy',
        sideUnit: { xPx: 1, yPx: 1 },
        classes: column(5),
        scores: column(6),
        firstClass: 0,
      }),
    };
  },
};
