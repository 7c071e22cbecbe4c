import { ultralyticsInput } from '../preprocess/input-format.ts';
import {
  type Decoder,
  gridCells,
  type Head,
  judgeRows,
  type LayoutRecogniser,
  type OutputShape,
  strideSets,
} from './decoder.ts';

/** Anchor boxes a grid cell. */
export const anchorsPerCell = 3;

/**
 * Ultralytics YOLOv5 (and YOLOv7 exported without its NMS): an output `[1, N, 5 + classes]`, N three times the cells of
 * all grids. Row i is centre x, centre y, width, height in network pixels, objectness, then one score in 0..1 a class;
 * a box's score is the product of both. Exports with the raw heads beside it (`[1, 3, h, w, 5 + classes]`) are read alike.
 * @see https://github.com/ultralytics/yolov5/blob/master/models/yolo.py (Detect)
 */
export const yolov5: LayoutRecogniser = {
  layout: 'yolov5',
  expected: (input) => `yolov5: an output [1, ${anchorsPerCell * gridCells(input, strideSets[0]!)}, 5 + classes]`,
  recognise(head: Head): Decoder | undefined {
    const joined = head.outputs.filter((output) => output.shape.length === 3);
    const output = joined[0];
    if (output === undefined || joined.length > 1 || output.shape[0] !== 1) return undefined;
    const [, boxes = 0, columns = 0] = output.shape;
    const strides = strideSets.find((set) => anchorsPerCell * gridCells(head.input, set) === boxes);
    if (strides === undefined || columns < 6) return undefined;
    if (!head.outputs.every((other) => other === output || isRawHead(other, columns))) return undefined;
    const because = `"${output.name}" has a row for each of ${anchorsPerCell} anchors a cell of strides ${strides.join(', ')}`;
    return {
      layout: 'yolov5',
      classCount: columns - 5,
      capacity: boxes,
      outputIndexes: [head.outputs.indexOf(output)],
      lengths: 'fixed',
      suppression: 'needed',
      conventions: ultralyticsInput,
      because,
      ...readAnchorRows(columns - 5, boxes, columns),
    };
  },
};

function isRawHead(output: OutputShape, columns: number): boolean {
  return output.shape.length === 5 && output.shape[1] === anchorsPerCell && output.shape[4] === columns;
}

/**
 * Rows of `columns` numbers: centre x, centre y, width, height, objectness, one score a class, and whatever follows. A
 * box's source is its row.
 */
export function readAnchorRows(
  classCount: number,
  boxes: number,
  columns: number,
): Pick<Decoder, 'decode' | 'judgeScores'> {
  return {
    decode(outputs, scoreThreshold, into) {
      const output = outputs[0]!;
      for (let row = 0; row < boxes * columns; row += columns) {
        const objectness = output[row + 4]!;
        // The product with a class score of at most 1 cannot be larger; NaN fails too.
        if (!(objectness >= scoreThreshold)) continue;
        let best = 0;
        let bestClass = 0;
        for (let column = 0; column < classCount; column++) {
          const score = output[row + 5 + column]!;
          if (score > best) {
            best = score;
            bestClass = column;
          }
        }
        const score = objectness * best;
        if (!(score >= scoreThreshold)) continue;
        const source = row / columns;
        into.addCentred(output[row]!, output[row + 1]!, output[row + 2]!, output[row + 3]!, score, bestClass, source);
      }
    },
    judgeScores: (outputs) => judgeRows(outputs[0]!, columns, 4, 5 + classCount),
  };
}
