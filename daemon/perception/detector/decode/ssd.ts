import { type InputConventions, levelScale, stretchedInput } from '../preprocess/input-format.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { crossedShare, mostCrossed } from './box-corners.ts';
import {
  type Decoder,
  gridCells,
  type Head,
  judgeRows,
  type LayoutRecogniser,
  type NetworkHints,
  type OutputShape,
} from './decoder.ts';
import {
  cocoNumbers,
  type FinishedReader,
  guessClasses,
  numberedClasses,
  readFinishedBoxes,
} from './finished-boxes.ts';
import { recogniseListedBoxes } from './listed-boxes.ts';
import { areSharesByGraph } from './query-pair.ts';
import { anchorStrideSets } from './raw-heads.ts';
import { strayScore } from './score-range.ts';

/**
 * SSD and what answers like it, in three forms:
 * pytorch-ssd: `boxes [1, N, 4]` (x1, y1, x2, y2 in 0..1) and `scores [1, N, C]`, of which column 0 is the background (`backgroundOf`);
 * TensorFlow's detection API: `detection_boxes [1, K, 4]` (y1, x1, y2, x2 in 0..1), `detection_scores [1, K]`,
 * `detection_classes [1, K]` counted from 1, and `num_detections`, suppressed in the graph;
 * torchvision's and its kin's: boxes, labels and scores of each box, suppressed too (`listed-boxes.ts`).
 */
export const ssd: LayoutRecogniser = {
  layout: 'ssd',
  expected: () =>
    'ssd: boxes [1, N, 4] and scores [1, N, 1 + classes]; or detection_boxes [1, K, 4], detection_scores, ' +
    'detection_classes and num_detections; or boxes [K, 4] with labels and scores [K]',
  recognise: (head: Head): Decoder | undefined =>
    recogniseTensorflow(head) ?? recogniseTflite(head) ?? recogniseListedBoxes(head) ?? recognisePytorchSsd(head),
};

/**
 * As it was trained. jetson-inference feeds it levels less 127.5 by 127.5, the same within half a percent, and stretches
 * the picture alike.
 * @see https://github.com/qfgaohao/pytorch-ssd/blob/master/vision/ssd/config/mobilenetv1_ssd_config.py (image_mean, image_std)
 * @see https://github.com/dusty-nv/jetson-inference/blob/master/c/detectNet.cpp (preProcess, postProcessSSD_ONNX)
 */
const pytorchSsdInput: InputConventions = {
  ...{ channels: 'rgb', mean: [127, 127, 127], deviation: [128, 128, 128], fit: 'stretch', paddingLevel: 0 },
};

/**
 * Other heads have boxes and scores of these shapes, in pixels and without a background: those with a row for each cell,
 * as YOLO-NAS has, are left to others. An SSD has several boxes at each place, of strides that double nowhere near evenly.
 */
function recognisePytorchSsd({ input, outputs, hints, firstRun }: Head): Decoder | undefined {
  if (outputs.length !== 2) return undefined;
  const boxes = outputs.find(({ name }) => /box/i.test(name));
  const scores = outputs.find(({ name }) => /score|conf|prob/i.test(name));
  if (boxes === undefined || scores === undefined || boxes === scores) return undefined;
  const [batch, count = 0, sides] = boxes.shape;
  const [, , columns = 0] = scores.shape;
  const fits = boxes.shape.length === 3 && scores.shape.length === 3 && batch === 1 && scores.shape[0] === 1;
  if (!fits || sides !== 4 || scores.shape[1] !== count || count === 0 || columns < 2) return undefined;
  const isGrid = anchorStrideSets.some((strides) => [1, 3].includes(count / gridCells(input, strides)));
  if (isGrid && hints.namedLayout !== 'ssd') return undefined;
  if (hints.namedLayout !== 'ssd' && areSharesByGraph(hints, boxes)) return undefined;
  if (hints.namedLayout !== 'ssd' && areShifts(firstRun?.[outputs.indexOf(boxes)])) return undefined;
  const background = backgroundOf(hints, scores, columns);
  if (background === undefined) return undefined;
  const { firstColumn, firstClass } = background;
  const { widthPx, heightPx } = input;
  return {
    layout: 'ssd',
    classCount: columns - firstClass,
    capacity: count,
    outputIndexes: [outputs.indexOf(boxes), outputs.indexOf(scores)],
    lengths: 'fixed',
    suppression: 'needed',
    conventions: pytorchSsdInput,
    because: `"${boxes.name}" and "${scores.name}" have ${count} rows, ${isGrid ? 'and its card says so' : "which are no grid's"}; ${firstColumn === 1 ? 'column 0 is the background' : 'there is a score for each label'}`,
    decode([corners, values], scoreThreshold, into) {
      for (let box = 0; box < count; box++) {
        let best = 0;
        let bestColumn = -1;
        for (let column = firstColumn; column < columns; column++) {
          const score = values![box * columns + column]!;
          if (score > best) {
            best = score;
            bestColumn = column;
          }
        }
        if (bestColumn < 0 || best < scoreThreshold) continue;
        const at = 4 * box;
        into.addCorners(
          corners![at]! * widthPx,
          corners![at + 1]! * heightPx,
          corners![at + 2]! * widthPx,
          corners![at + 3]! * heightPx,
          best,
          bestColumn - firstClass,
          box,
        );
      }
    },
    judgeScores: ([, values]) => judgeRows(values!, columns, firstColumn),
    strayScore: ([, values]) =>
      strayScore(values!, { rows: count, first: 0, rowStep: columns, classCount: columns, classStep: 1 }),
  };
}

/**
 * The first column that is no background's, and which of our classes column 0 is. Of a softmax column 0 is the background, also
 * where it has a label; scores that had a sigmoid each need none, as those of RetinaNet and EfficientDet, and TensorFlow's have one:
 * then the labels tell, and undefined is where there are none.
 */
function backgroundOf(
  { statedClasses, statedBackground, outputOperators, namedLayout }: NetworkHints,
  { name }: OutputShape,
  columns: number,
): { firstColumn: number; firstClass: number } | undefined {
  const areApart = outputOperators?.get(name) === 'Sigmoid';
  const isKept = statedClasses === columns || (statedClasses === undefined && columns === cocoNumbers);
  if (areApart && statedClasses === columns && statedBackground !== true) return { firstColumn: 0, firstClass: 0 };
  if (areApart && statedClasses === undefined && columns !== cocoNumbers && namedLayout !== 'ssd') return undefined;
  return { firstColumn: 1, firstClass: isKept ? 0 : 1 };
}

/** Whether four numbers a box are shifts of an anchor that were not yet made a box of. */
function areShifts(sides: Float32Array | undefined): boolean {
  if (sides === undefined) return false;
  return crossedShare(sides, { boxes: Math.floor(sides.length / 4), boxStep: 4, sideStep: 1 }) > mostCrossed;
}

/** The graph scales its input itself. @see https://github.com/tensorflow/models (object_detection/exporter_lib_v2.py) */
const tensorflowInput: InputConventions = { ...stretchedInput, ...levelScale };

function recogniseTensorflow({ input, outputs, hints }: Head): Decoder | undefined {
  // tf2onnx keeps TensorFlow's ":0"; further outputs (raw_detection_boxes, …) may stand beside.
  const find = (wanted: string) => outputs.find(({ name }) => name.replace(/:0$/, '') === wanted);
  const count = find('num_detections');
  const boxes = find('detection_boxes');
  const scores = find('detection_scores');
  const classes = find('detection_classes');
  if (count === undefined || boxes === undefined || scores === undefined || classes === undefined) return undefined;
  const [batch, most, sides] = boxes.shape;
  const perBox = [scores, classes].every(({ shape }) => shape.length === 2 && shape[0] === 1 && shape[1] === most);
  if (boxes.shape.length !== 3 || batch !== 1 || sides !== 4 || !perBox) return undefined;
  if (!count.shape.every((side) => side === 1)) return undefined;
  const { classCount, firstClass, because } = numberedClasses(hints);
  return {
    layout: 'ssd',
    classCount,
    outputIndexes: [boxes, scores, classes, count].map((output) => outputs.indexOf(output)),
    wholeOutputs: [2, 3],
    conventions: tensorflowInput,
    because: `its outputs have the names of TensorFlow's detection API; ${because}`,
    ...readTensorflowBoxes(input, firstClass),
  };
}

/** Boxes in shares of the picture, scores, classes and a count. */
function readTensorflowBoxes({ widthPx, heightPx }: Size, firstClass: number): FinishedReader {
  return readFinishedBoxes({
    sides: { output: 0, first: 0, columns: 4 },
    sideOrder: 'yxyx',
    sideUnit: { xPx: widthPx, yPx: heightPx },
    scores: { output: 1, first: 0, columns: 1 },
    classes: { output: 2, first: 0, columns: 1 },
    firstClass,
    countOutput: 3,
  });
}

/** As TensorFlow's, and scaled to -1..1 where it takes floats. */
const tfliteInput: InputConventions = {
  ...stretchedInput,
  ...{ mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5] },
};

/**
 * TensorFlow Lite's operator of that name, as tf2onnx leaves it: boxes `[1, K, 4]`, classes `[1, K]` counted from 0 without the
 * background, scores `[1, K]`, and a count, all floats.
 * @see https://github.com/tensorflow/tensorflow/blob/master/tensorflow/lite/kernels/detection_postprocess.cc
 */
function recogniseTflite({ input, outputs, hints }: Head): Decoder | undefined {
  const find = (end: string) => outputs.find(({ name }) => name === `TFLite_Detection_PostProcess${end}`);
  const [boxes, classes, scores, count] = [find(''), find(':1'), find(':2'), find(':3')];
  if (boxes === undefined || classes === undefined || scores === undefined || count === undefined) return undefined;
  const [batch, , sides] = boxes.shape;
  if (boxes.shape.length !== 3 || batch !== 1 || sides !== 4) return undefined;
  // Without labels, or by labels that begin with the background, COCO's number of the first class, a person, is 1.
  const { classCount, because } = guessClasses(hints, cocoNumbers);
  const hasBackground = hints.statedClasses === undefined || hints.statedBackground === true;
  const firstClass = hints.statedFirstClass ?? (hasBackground ? -1 : 0);
  return {
    layout: 'ssd',
    classCount,
    outputIndexes: [boxes, scores, classes, count].map((output) => outputs.indexOf(output)),
    wholeOutputs: [2, 3],
    conventions: tfliteInput,
    because: `its outputs have the names of TensorFlow Lite's own suppression; ${because}`,
    ...readTensorflowBoxes(input, firstClass),
  };
}
