import { ultralyticsInput } from '../preprocess/input-format.ts';
import { mayBeAngleBins } from './angles.ts';
import { areUndecoded, sidesOf } from './box-corners.ts';
import {
  type Decoder,
  gridCells,
  type Head,
  type LayoutRecogniser,
  type NetworkHints,
  type OutputShape,
  strideSets,
} from './decoder.ts';
import { readObjectnessRows } from './objectness-rows.ts';
import { anchorsPerCell } from './raw-head-doubt.ts';

/** Those of two grids are networks that were given fewer; of strides 16 and 32, they are Darknet's (`darknet.ts`). */
const strideSetsOfYolov5 = [...strideSets, [8, 16], [4, 8, 16]];

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
    const strides = strideSetsOfYolov5.find((set) => anchorsPerCell * gridCells(head.input, set) === boxes);
    if (strides === undefined || columns < 6 || isPose(head.hints, columns)) return undefined;
    if (head.hints.namedLayout !== 'yolov5' && mayBeAngleBins(head.hints, columns - 5)) return undefined;
    if (!head.outputs.every((other) => other === output || isRawHead(other, columns))) return undefined;
    const shown = head.firstRun?.[head.outputs.indexOf(output)];
    const places = { boxes, boxStep: columns, sideStep: 1 };
    if (areUndecoded(head, output, shown, { ...places, strides }, { layout: 'yolov5', byGraph: true }))
      return undefined;
    const sides = sidesOf(shown, places, head.input);
    const because = `"${output.name}" has a row for each of ${anchorsPerCell} anchors a cell of strides ${strides.join(', ')}`;
    return {
      layout: 'yolov5',
      classCount: columns - 5,
      capacity: boxes,
      outputIndexes: [head.outputs.indexOf(output)],
      lengths: 'fixed',
      suppression: 'needed',
      conventions: ultralyticsInput,
      because: sides === 'corners' ? `${because}; its boxes are corners, as those for an empty picture show` : because,
      ...readObjectnessRows({ classCount: columns - 5, rows: boxes, input: head.input, sides }),
    };
  },
};

/** YOLOv7's poses: 17 points of three numbers behind the one class. A detector of 52 classes has as many; it names them. */
function isPose({ statedClasses, namedLayout }: NetworkHints, columns: number): boolean {
  return columns === 5 + 1 + 17 * 3 && statedClasses !== columns - 5 && namedLayout !== 'yolov5';
}

/** The same numbers before their decoding, which some exports have beside them. */
export function isRawHead(output: OutputShape, columns: number): boolean {
  return output.shape.length === 5 && output.shape[1] === anchorsPerCell && output.shape[4] === columns;
}
