import { ultralyticsInput } from '../preprocess/input-format.ts';
import { classesOfCells } from './class-parts.ts';
import type { Decoder, Head, LayoutRecogniser, OutputShape } from './decoder.ts';
import { guessClasses, isWhole, readFinishedBoxes, sideUnitOf } from './finished-boxes.ts';

interface Parts {
  readonly count: OutputShape;
  readonly boxes: OutputShape;
  readonly scores: OutputShape;
  readonly classes: OutputShape;
}

/**
 * The four outputs of TensorRT's EfficientNMS plugin, which YOLOv6 to v9 are exported with, and which plain ONNX operators
 * can give as well: `num_dets [1, 1]`, `det_boxes [1, K, 4]`, `det_scores [1, K]`, `det_classes [1, K]`; what follows the
 * first `num_dets` boxes is of no meaning. The outputs are told apart by their names where those and the shapes agree, else
 * by shapes and types alone.
 *
 * Boxes are x1, y1, x2, y2: the plugin hands through what it was given, pixels by those exports, shares of the input by
 * others, and nothing in the file says which.
 * @see https://github.com/NVIDIA/TensorRT/tree/main/plugin/efficientNMSPlugin
 * @see https://github.com/WongKinYiu/yolov7/blob/main/models/experimental.py (ONNX_TRT)
 */
export const tensorrtNms: LayoutRecogniser = {
  layout: 'tensorrt-nms',
  expected: () =>
    'tensorrt-nms: four outputs num_dets [1, 1] and det_classes [1, K] of whole numbers, det_boxes [1, K, 4], det_scores [1, K]',
  recognise(head: Head): Decoder | undefined {
    if (head.outputs.length !== 4) return undefined;
    const byName = pairByName(head.outputs);
    const parts = byName ?? pairByType(head.outputs);
    if (parts === undefined) return undefined;
    const { count, boxes, scores, classes } = parts;
    const { classCount, because } = guessClasses(head.hints, 80, classesOfCells(head.hints, scores));
    return {
      layout: 'tensorrt-nms',
      classCount,
      outputIndexes: [count, boxes, scores, classes].map((output) => head.outputs.indexOf(output)),
      wholeOutputs: [0, 3],
      conventions: ultralyticsInput,
      because: `"${boxes.name}", "${scores.name}" and "${classes.name}" stand beside a count, by ${byName === undefined ? 'type' : 'name'}; ${because}`,
      ...readFinishedBoxes({
        countOutput: 0,
        sides: { output: 1, first: 0, columns: 4 },
        sideOrder: 'xyxy',
        sideUnit: sideUnitOf(head),
        scores: { output: 2, first: 0, columns: 1 },
        classes: { output: 3, first: 0, columns: 1 },
        firstClass: head.hints.statedFirstClass ?? 0,
      }),
    };
  },
};

/** TensorFlow's networks have names, but neither types nor numbers, in common: `detection_classes` are floats there. */
function pairByName(outputs: readonly OutputShape[]): Parts | undefined {
  const [count, ...counts] = outputs.filter(({ name }) => /num/i.test(name));
  const [boxes, ...moreBoxes] = outputs.filter(({ name }) => /box/i.test(name));
  const [scores, ...moreScores] = outputs.filter(({ name }) => /score|conf/i.test(name));
  const [classes, ...moreClasses] = outputs.filter(({ name }) => /class|label/i.test(name));
  if (counts.length + moreBoxes.length + moreScores.length + moreClasses.length > 0) return undefined;
  return fitted(count, boxes, scores, classes);
}

function pairByType(outputs: readonly OutputShape[]): Parts | undefined {
  const boxes = outputs.find(({ shape }) => shape.length === 3);
  const scores = outputs.find((output) => output.shape.length === 2 && !isWhole(output));
  const [first, second] = outputs.filter(isWhole);
  return fitted(first, boxes, scores, second) ?? fitted(second, boxes, scores, first);
}

function fitted(
  count: OutputShape | undefined,
  boxes: OutputShape | undefined,
  scores: OutputShape | undefined,
  classes: OutputShape | undefined,
): Parts | undefined {
  if (count === undefined || boxes === undefined || scores === undefined || classes === undefined) return undefined;
  const [batch, most, sides] = boxes.shape;
  const perBox = [scores, classes].every(({ shape }) => shape.length === 2 && shape[0] === 1 && shape[1] === most);
  const fits =
    new Set([count, boxes, scores, classes]).size === 4 &&
    boxes.shape.length === 3 &&
    batch === 1 &&
    sides === 4 &&
    perBox &&
    isWhole(count) &&
    count.shape.length <= 2 &&
    count.shape.every((side) => side === 1) &&
    // The older BatchedNMS plugin numbers classes by floats, and names them as nobody else does.
    (isWhole(classes) || /^nmsed_/.test(classes.name)) &&
    !isWhole(boxes) &&
    !isWhole(scores);
  return fits ? { count, boxes, scores, classes } : undefined;
}
