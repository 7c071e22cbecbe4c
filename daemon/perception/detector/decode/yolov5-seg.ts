import { ultralyticsInput } from '../preprocess/input-format.ts';
import { areOfGrids } from './cell-parts.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, strideSets } from './decoder.ts';
import { readObjectnessRows } from './objectness-rows.ts';
import { areScores, createMaskReader, isStated, pairWithPrototypes } from './prototype-masks.ts';
import { anchorsPerCell } from './raw-head-doubt.ts';
import { isRawHead } from './yolov5.ts';

/**
 * YOLOv5 segmentation: `[1, N, 5 + classes + masks]`, whose columns are those of v5 and then a coefficient for each
 * prototype, beside the prototypes `[1, masks, h, w]`. Exports with the raw heads beside them (`[1, 3, h, w, 5 + classes + masks]`) are read alike.
 * @see https://github.com/ultralytics/yolov5/blob/master/models/yolo.py (Segment)
 */
export const yolov5Seg: LayoutRecogniser = {
  layout: 'yolov5-seg',
  task: 'segment',
  expected: (input) =>
    `yolov5-seg: [1, ${anchorsPerCell * gridCells(input, strideSets[0]!)}, 5 + classes + masks] and prototypes [1, masks, ${input.heightPx / 4}, ${input.widthPx / 4}]`,
  recognise(head: Head): Decoder | undefined {
    const pair = pairWithPrototypes(head, (other, rows) => isRawHead(other, rows.shape[2]!));
    if (pair === undefined) return undefined;
    const { rows, prototypes, outputIndexes } = pair;
    const [, boxes = 0, columns = 0] = rows.shape;
    const strides = strideSets.find((set) => anchorsPerCell * gridCells(head.input, set) === boxes);
    const classCount = columns - 5 - prototypes.channels;
    if (strides === undefined || classCount < 1) return undefined;
    if (!isStated(head.hints) && areOfGrids(head.hints, rows, strides)) {
      const coefficients = { rows: boxes, first: 5 + classCount, rowStep: columns, columns: prototypes.channels };
      // A v5 of more classes beside a map of another kind.
      if (areScores(head.firstRun?.[outputIndexes[0]], { ...coefficients, columnStep: 1 })) return undefined;
    }
    const readMask = createMaskReader(prototypes);
    return {
      layout: 'yolov5-seg',
      classCount,
      capacity: boxes,
      outputIndexes,
      lengths: 'fixed',
      suppression: 'needed',
      conventions: ultralyticsInput,
      because: `"${rows.name}" has a row for each of ${anchorsPerCell} anchors a cell of strides ${strides.join(', ')}, with coefficients for ${prototypes.channels} prototypes of masks`,
      ...readObjectnessRows({ classCount, rows: boxes, columns, input: head.input }),
      detailsOf: 'pixels',
      details(source, outputs, letterbox, box) {
        const coefficients = { values: outputs[0]!, first: source * columns + 5 + classCount, stride: 1 };
        return { mask: readMask(coefficients, outputs[1]!, letterbox, box) };
      },
    };
  },
};
