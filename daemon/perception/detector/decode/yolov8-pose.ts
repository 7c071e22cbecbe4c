import { ultralyticsInput } from '../preprocess/input-format.ts';
import { cellKind } from './cell-parts.ts';
import { readClassRows } from './class-rows.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, type NetworkHints, strideSets } from './decoder.ts';
import { type KeypointShape, people, readKeypoints, statedKeypoints } from './keypoints.ts';

/** Of a network for COCO's people: 4 + 1 class + 17 points of 3 numbers. */
const rowsOfPeople = 56;

/**
 * Ultralytics v8 pose and its kin (v11, v12): one output `[1, 4 + classes + points * dimensions, N]`, whose rows are those
 * of v8 and then x and y of each point in network pixels, and with three dimensions how visible it is; the export has
 * taken the sigmoid of that.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Pose.kpts_decode)
 */
export const yolov8Pose: LayoutRecogniser = {
  layout: 'yolov8-pose',
  task: 'pose',
  expected: (input) =>
    `yolov8-pose: one output [1, 4 + classes + points * dimensions, ${gridCells(input, strideSets[0]!)}] with task "pose" and ` +
    `kpt_shape in its metadata, or [1, ${rowsOfPeople}, ${gridCells(input, strideSets[0]!)}]`,
  recognise(head: Head): Decoder | undefined {
    const output = head.outputs[0];
    if (output === undefined || head.outputs.length !== 1 || output.shape.length !== 3 || output.shape[0] !== 1) {
      return undefined;
    }
    const [, rows = 0, cells = 0] = output.shape;
    const strides = strideSets.find((set) => gridCells(head.input, set) === cells);
    const shape = shapeOf(head.hints, rows);
    if (strides === undefined || shape === undefined) return undefined;
    // A detector of as many classes, which its graph makes all at once.
    const isToldByName = head.hints.task ?? head.hints.namedLayout;
    if (isToldByName === undefined && cellKind(head.hints, output, rows, strides) === 'yolov8') return undefined;
    const { points, dimensions } = shape;
    const classCount = rows - 4 - points * dimensions;
    if (classCount < 1) return undefined;
    const first = (4 + classCount) * cells;
    return {
      layout: 'yolov8-pose',
      classCount,
      capacity: cells,
      outputIndexes: [0],
      lengths: 'fixed',
      suppression: 'needed',
      conventions: ultralyticsInput,
      because: `"${output.name}" has a column for each cell of strides ${strides.join(', ')}, with ${points} points of ${dimensions} numbers`,
      ...readClassRows(classCount, cells),
      detailsOf: 'points',
      details: (source, outputs, letterbox) =>
        readKeypoints(shape, { values: outputs[0]!, first: first + source, stride: cells }, letterbox),
    };
  },
};

function shapeOf(hints: NetworkHints, rows: number): KeypointShape | undefined {
  if (hints.metadata['kpt_shape'] !== undefined) return statedKeypoints(hints);
  // A detector of 52 classes has as many rows; it names them.
  return rows === rowsOfPeople && hints.statedClasses !== rowsOfPeople - 4 ? people : undefined;
}
