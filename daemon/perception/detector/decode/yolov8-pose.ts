import { ultralyticsInput } from '../preprocess/input-format.ts';
import { type CellNumbers, cellNumbersOf, readCellNumbers } from './cell-numbers.ts';
import { cellKind } from './cell-parts.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, type NetworkHints, strideSets } from './decoder.ts';
import { type KeypointShape, people, readKeypoints, speakOfKeypoints, statedKeypoints } from './keypoints.ts';

/** In a network for COCO's people: 4 + 1 class + 17 points of 3 numbers. */
const numbersOfPerson = 56;

/**
 * Ultralytics v8 pose and its kin (v11, v12): one output `[1, 4 + classes + points * dimensions, N]`, whose rows are those
 * of v8 and then x and y of each point in network pixels, and with three dimensions how visible it is; the export has
 * taken the sigmoid of that. It may be transposed.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Pose.kpts_decode)
 */
export const yolov8Pose: LayoutRecogniser = {
  layout: 'yolov8-pose',
  task: 'pose',
  expected: (input) =>
    `yolov8-pose: one output [1, 4 + classes + points * dimensions, ${gridCells(input, strideSets[0]!)}] with task "pose" and ` +
    `kpt_shape in its metadata, with "keypoints" in its card, or [1, ${numbersOfPerson}, ${gridCells(input, strideSets[0]!)}]`,
  recognise(head: Head): Decoder | undefined {
    const output = head.outputs[0];
    const place = output && cellNumbersOf(output, head.input);
    if (output === undefined || place === undefined || head.outputs.length !== 1) return undefined;
    const { cells, strides, numbers, numberStep, cellStep } = place;
    const shape = shapeOf(head.hints, place);
    if (shape === undefined) return undefined;
    // A detector of as many classes, which its graph makes all at once.
    const isToldByName = head.hints.task ?? head.hints.namedLayout ?? head.hints.keypoints;
    if (isToldByName === undefined && cellKind(head.hints, output, numbers, strides) === 'yolov8') return undefined;
    const { points, dimensions } = shape;
    const classCount = numbers - 4 - points * dimensions;
    if (classCount < 1) return undefined;
    const first = (4 + classCount) * numberStep;
    return {
      layout: 'yolov8-pose',
      classCount,
      capacity: cells,
      outputIndexes: [0],
      lengths: 'fixed',
      suppression: 'needed',
      conventions: ultralyticsInput,
      because: `"${output.name}" has numbers for each cell of strides ${strides.join(', ')}, with ${points} points of ${dimensions} numbers`,
      ...readCellNumbers(place, classCount),
      detailsOf: 'points',
      details: (source, outputs, letterbox) => {
        const points = { values: outputs[0]!, first: first + source * cellStep, stride: numberStep };
        return readKeypoints(shape, points, letterbox);
      },
    };
  },
};

function shapeOf(hints: NetworkHints, { numbers, cellStep }: CellNumbers): KeypointShape | undefined {
  if (speakOfKeypoints(hints)) return statedKeypoints(hints);
  // A detector of 52 classes has as many numbers, and transposed a YOLOX of 51; they name them.
  const { statedClasses, namedLayout } = hints;
  const mayBeOthers = cellStep === 1 ? statedClasses === numbersOfPerson - 4 : statedClasses !== 1;
  const isPerson = numbers === numbersOfPerson && (!mayBeOthers || namedLayout === 'yolov8-pose');
  return isPerson ? people : undefined;
}
