import { plural } from '../../../platform/plural.ts';
import { type InputConventions, levelScale, stretchedInput, unitScale } from '../preprocess/input-format.ts';
import type { Decoder, Head, NetworkHints, OutputShape } from './decoder.ts';
import {
  cocoNumbers,
  type GuessedClasses,
  guessClasses,
  isWhole,
  readFinishedBoxes,
  sideUnitOf,
  weighedClasses,
} from './finished-boxes.ts';

/**
 * Takes pictures of any shape and fills up with its own mean, which 114 is near to.
 * @see https://github.com/pytorch/vision/blob/main/torchvision/models/detection/transform.py (GeneralizedRCNNTransform)
 */
const torchvisionInput: InputConventions = {
  ...{ channels: 'rgb', ...unitScale, fit: 'letterbox', paddingLevel: 114 },
};

/** @see https://learn.microsoft.com/azure/ai-services/custom-vision-service/export-your-model */
const azureInput: InputConventions = { ...stretchedInput, ...levelScale };

/** A project of Custom Vision has no more tags. They stand in a file beside the network, not in it. */
const mostTags = 500;

function tagsOf({ statedClasses }: NetworkHints): GuessedClasses {
  return statedClasses === undefined
    ? { classCount: mostTags, because: 'it states no labels: its card should, as its labels.txt does' }
    : { classCount: statedClasses, because: `it states ${plural(statedClasses, 'label')}` };
}

/**
 * Levels less Caffe's means, blue first, and grey behind the picture's right and lower end.
 * @see https://github.com/onnx/models/tree/main/validated/vision/object_detection_segmentation/faster-rcnn
 */
const modelZooRcnnInput: InputConventions = {
  ...{ channels: 'bgr', mean: [122.7717, 115.9465, 102.9801], deviation: [1, 1, 1] },
  ...{ fit: 'letterbox-top-left', paddingLevel: 115 },
};
const cocoClasses = 80;

/**
 * Its graph takes the mean off itself; levels, blue first.
 * @see https://github.com/facebookresearch/detectron2/blob/main/detectron2/modeling/meta_arch/rcnn.py (preprocess_image)
 * @see https://github.com/facebookresearch/detectron2/blob/main/detectron2/config/defaults.py (INPUT.FORMAT)
 */
const detectron2Input: InputConventions = {
  ...{ channels: 'bgr', ...levelScale, fit: 'letterbox-top-left', paddingLevel: 115 },
};

/**
 * The ONNX model zoo's Faster and Mask R-CNN, of maskrcnn-benchmark, have torchvision's outputs by numbers for names, and an
 * input `image` without a side for pictures. They count COCO's 80 classes without gaps, from 1.
 */
function isModelZooRcnn({ outputs, hints: { pictureName, boxHead, expects } }: Head): boolean {
  const isOther = expects === 'unit' || boxHead?.background === 'last' || boxHead?.classCount === cocoNumbers - 1;
  return pictureName === 'image' && !isOther && outputs.every(({ name }) => /^\d+$/.test(name));
}

interface Family extends GuessedClasses {
  readonly firstClass: number;
  readonly whose: string;
  readonly conventions: InputConventions;
}

/** Whose network it is of those that answer as torchvision's do, and what is different by that. */
function familyOf(head: Head, parts: Parts): Family {
  const { outputs, hints } = head;
  if (outputs.some(({ name }) => name === 'detected_boxes')) {
    return {
      ...tagsOf(hints),
      firstClass: hints.statedFirstClass ?? 0,
      whose: "Azure's detectors",
      conventions: azureInput,
    };
  }
  // Detectron2's exports have numbers for names too, and the size of the picture among them.
  if (isModelZooRcnn(head) && parts.imageSize === undefined) return ofModelZoo(hints);
  const why = whyDetectron2(head, parts);
  return why === undefined ? ofTorchvision(hints) : ofDetectron2(hints, why);
}

function ofModelZoo(hints: NetworkHints): Family {
  const { classCount, because } = guessClasses(hints, hints.boxHead?.classCount ?? cocoClasses);
  const firstClass = hints.statedFirstClass ?? (hints.statedBackground === true ? 0 : 1);
  return { classCount, because, firstClass, whose: "the model zoo's R-CNN", conventions: modelZooRcnnInput };
}

/** How it is known that a network is Detectron2's; undefined where it is torchvision's or like it. */
function whyDetectron2({ outputs, hints }: Head, { imageSize }: Parts): string | undefined {
  // Its own names for them. "classes" alone is also what people call torchvision's.
  if (outputs.some(({ name }) => /pred_classes/i.test(name))) return 'as its outputs are called';
  const { boxHead, expects } = hints;
  if (boxHead !== undefined) {
    return boxHead.background === 'last' ? 'as its weights have the background behind its classes' : undefined;
  }
  if (imageSize !== undefined) return `as "${imageSize.name}" is the size of its picture`;
  // torchvision's too where somebody put a division by 255 before it; but its means are red first.
  if (expects !== 'levels' || hints.meanOrder === 'rgb') return undefined;
  return 'as its first convolution takes levels of 0..255';
}

function ofDetectron2(hints: NetworkHints, why: string): Family {
  const { classCount, because } = guessClasses(hints, hints.boxHead?.classCount ?? cocoClasses);
  const firstClass = hints.statedFirstClass ?? 0;
  return {
    ...{ classCount, firstClass, whose: "Detectron2's", conventions: detectron2Input },
    because:
      `${because}, counted from ${firstClass}, ${why}; where it counts from 1, its card should say "firstClass": 1, or the ` +
      'first label in it is "background"',
  };
}

function ofTorchvision(hints: NetworkHints): Family {
  const shared = { whose: "torchvision's detectors", conventions: torchvisionInput };
  const { because, ...numbered } = weighedClasses(hints);
  const doubt =
    hints.boxHead === undefined && hints.statedFirstClass === undefined
      ? '; where it counts from 0, as Detectron2 does, its card should say "firstClass": 0'
      : '';
  return { ...shared, ...numbered, because: `${because}, counted from ${hints.statedFirstClass ?? 1}${doubt}` };
}

interface Parts {
  readonly boxes: OutputShape;
  readonly labels: OutputShape;
  readonly scores: OutputShape;
  /** Height and width of the picture, which Detectron2's exports put out again. */
  readonly imageSize: OutputShape | undefined;
}

/**
 * Masks and keypoints beside the boxes are not read, whether they have names or what PyTorch gives instead: a keypoint is three numbers,
 * and each has a score.
 */
function withoutDetails(all: readonly OutputShape[]): readonly OutputShape[] {
  const arePoints = ({ shape }: OutputShape) => shape.length === 3 && shape[2] === 3;
  const points = all.find(arePoints)?.shape[1];
  const areScores = ({ shape }: OutputShape) => shape.length === 2 && shape[1] === points && points !== 4;
  return all.filter((output) => {
    const isMask = /^\d+$/.test(output.name) && output.shape.length === 4;
    return !(isMask || /mask|keypoint/i.test(output.name) || arePoints(output) || areScores(output));
  });
}

function partsOf(all: readonly OutputShape[]): Parts | undefined {
  const outputs = withoutDetails(all);
  const boxes = outputs.find(({ shape }) => shape.length === 2);
  const [labels, size] = outputs.filter((output) => output.shape.length === 1 && isWhole(output)).sort(sizeLast);
  const scores = outputs.find((output) => output.shape.length === 1 && !isWhole(output));
  if (boxes === undefined || labels === undefined || scores === undefined) return undefined;
  const imageSize = outputs.length === 4 && size?.shape[0] === 2 ? size : undefined;
  if (outputs.length !== (imageSize === undefined ? 3 : 4)) return undefined;
  const [count, sides] = boxes.shape;
  if (isWhole(boxes) || sides !== 4 || labels.shape[0] !== count || scores.shape[0] !== count) return undefined;
  return { boxes, labels, scores, imageSize };
}

/** Of two boxes there are two labels as well: then names tell, else the size comes last, as it is exported. */
function sizeLast(first: OutputShape, second: OutputShape): number {
  const rank = ({ name, shape }: OutputShape) => (/size/i.test(name) ? 2 : shape[0] === 2 ? 1 : 0);
  return rank(first) - rank(second);
}

/**
 * Networks that list as many boxes as there are objects, suppressed in the graph: boxes `[K, 4]` (x1, y1, x2, y2 in network
 * pixels), labels `[K]` and scores `[K]`; beside them may stand masks or keypoints, which are not read. torchvision's count
 * their labels from 1, and so does the model zoo's R-CNN. Detectron2's count from 0, call them `classes`, and have the picture's size
 * behind them; Azure Custom Vision's are called `detected_…`, and have shares of the picture and labels counted from 0.
 */
export function recogniseListedBoxes(head: Head): Decoder | undefined {
  const parts = partsOf(head.outputs);
  if (parts === undefined) return undefined;
  const { boxes, labels, scores } = parts;
  const { classCount, firstClass, because, whose, conventions } = familyOf(head, parts);
  return {
    layout: 'ssd',
    classCount,
    outputIndexes: [boxes, scores, labels].map((output) => head.outputs.indexOf(output)),
    wholeOutputs: [2],
    conventions,
    because: `"${boxes.name}", "${labels.name}" and "${scores.name}" are as ${whose} have them; ${because}`,
    ...readFinishedBoxes({
      sides: { output: 0, first: 0, columns: 4 },
      sideOrder: 'xyxy',
      sideUnit: sideUnitOf(head),
      scores: { output: 1, first: 0, columns: 1 },
      classes: { output: 2, first: 0, columns: 1 },
      firstClass,
    }),
  };
}
