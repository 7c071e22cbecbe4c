import { type InputConventions, unitScale } from '../preprocess/input-format.ts';
import { type Decoder, type Head, judgeRows, type LayoutRecogniser, type OutputShape } from './decoder.ts';
import { mostFinishedBoxes } from './finished-boxes.ts';
import { strayScore } from './score-range.ts';

/** @see https://github.com/onnx/models/blob/main/vision/object_detection_segmentation/yolov3/README.md (letterbox_image) */
const kerasInput: InputConventions = { ...{ channels: 'rgb', ...unitScale, fit: 'letterbox', paddingLevel: 128 } };

/**
 * The ONNX model zoo's YOLOv3 and Tiny YOLOv3, made from Keras: `boxes [1, N, 4]` of y1, x1, y2, x2; `scores [1, C, N]` in
 * 0..1; and what its suppression chose of them, `indices [n, 3]` or `[1, n, 3]` of whole numbers: picture, class, box.
 *
 * The graph is told the size of the picture before it was fitted, and undoes the letterbox with it
 * (`yolo_correct_boxes`: less the padding, over the share that the picture takes, times its size). Told that the picture is
 * as large as its input, it finds no padding and a share of 1: its boxes are network pixels, padding and all, from which
 * our own letterbox leads back. That saves feeding it another size with every picture.
 * @see https://github.com/qqwweee/keras-yolo3/blob/master/yolo3/model.py
 */
export const modelZooYolov3: LayoutRecogniser = {
  layout: 'model-zoo-yolov3',
  expected: () =>
    'model-zoo-yolov3: an input image_shape and three outputs, boxes [1, N, 4], scores [1, classes, N] and whole numbers [boxes, 3] or [1, boxes, 3]',
  recognise(head: Head): Decoder | undefined {
    const { otherInputs = [], namedLayout } = head.hints;
    // Whoever puts a suppression of his own behind a network has such outputs too, of boxes in any order and unit.
    if (!otherInputs.includes('image_shape') && namedLayout !== 'model-zoo-yolov3') return undefined;
    if (head.outputs.length !== 3) return undefined;
    const indices = head.outputs.find(isIndices);
    const [first, second] = head.outputs.filter((output) => output !== indices);
    if (indices === undefined || first === undefined || second === undefined) return undefined;
    const [boxes, scores] = areBoxesOf(first, second) ? [first, second] : [second, first];
    if (!areBoxesOf(boxes, scores)) return undefined;
    const [, classCount = 0, boxCount = 0] = scores.shape;
    return {
      layout: 'model-zoo-yolov3',
      classCount,
      capacity: mostFinishedBoxes,
      outputIndexes: [boxes, scores, indices].map((output) => head.outputs.indexOf(output)),
      wholeOutputs: [2],
      lengths: 'varying',
      suppression: 'done',
      conventions: kerasInput,
      because: `"${indices.name}" points at the boxes in "${boxes.name}" and the scores in "${scores.name}"`,
      decode([sides, values, chosen], scoreThreshold, into) {
        for (let at = 0; at + 3 <= chosen!.length; at += 3) {
          const classId = chosen![at + 1]!;
          const box = chosen![at + 2]!;
          if (chosen![at] !== 0 || !(classId >= 0 && classId < classCount && box >= 0 && box < boxCount)) continue;
          const score = values![classId * boxCount + box]!;
          if (!(score >= scoreThreshold)) continue;
          const side = 4 * box;
          into.addCorners(sides![side + 1]!, sides![side]!, sides![side + 3]!, sides![side + 2]!, score, classId, box);
        }
      },
      judgeScores: ([, values]) => judgeRows(values!, values!.length, 0),
      strayScore: ([, values]) =>
        strayScore(values!, { rows: boxCount, first: 0, rowStep: 1, classCount, classStep: boxCount }),
    };
  },
};

function isIndices({ type, shape }: OutputShape): boolean {
  const isList = shape.length === 2 || (shape.length === 3 && shape[0] === 1);
  return (type === 'int32' || type === 'int64') && isList && shape.at(-1) === 3;
}

function areBoxesOf(boxes: OutputShape, scores: OutputShape): boolean {
  const [batch, count = 0, sides] = boxes.shape;
  return (
    [boxes, scores].every(({ type, shape }) => shape.length === 3 && (type === 'float32' || type === 'float16')) &&
    [batch, scores.shape[0]].every((each) => each === 1) &&
    sides === 4 &&
    count > 0 &&
    scores.shape[2] === count &&
    scores.shape[1]! > 0
  );
}
