import { type InputConventions, imageNetScale, levelScale, ultralyticsInput } from '../preprocess/input-format.ts';
import type { Decoder, Head, LayoutRecogniser, NetworkHints, OutputShape, ScoreJudgement } from './decoder.ts';

/** Most classes that are told of one picture, as Ultralytics' `top5`. */
const mostClasses = 5;
/** Without labels and without a word on what it is for, fewer numbers than this may be anything: angles, a box, a speed. */
const fewestUnnamedClasses = 10;
/** Probabilities of half precision or from quantised networks sum to 1 with this error. */
const sumTolerance = 0.02;
const rangeTolerance = 1e-3;
/**
 * Larger than any picture in a network's pixels, also one that is cropped: as a box of it is clipped to the picture, it
 * becomes the whole of it.
 */
const farPx = 400_000;

/**
 * Networks that say of a whole picture what it shows: `[1, classes]` or `[1, classes, 1, 1]`, probabilities or logits, or after a
 * sigmoid several classes that do not exclude each other. Each of the best classes is a detection whose box is the whole picture, so
 * it is no place that a car could drive by. Without labels, other networks have as many numbers (`mayBeOther`).
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Classify)
 * @see https://docs.pytorch.org/vision/stable/models.html (how torchvision's networks are fed)
 */
export const classification: LayoutRecogniser = {
  layout: 'classification',
  task: 'classify',
  expected: () =>
    `classification: one output [1, classes], its classes named in the metadata or the card, or ${fewestUnnamedClasses} of them at least`,
  recognise({ outputs, hints, firstRun }: Head): Decoder | undefined {
    const output = outputs[0];
    if (output === undefined || outputs.length !== 1) return undefined;
    const [batch, classCount = 0, ...rest] = output.shape;
    const isFlat = rest.length === 0 || (rest.length === 2 && rest.every((side) => side === 1));
    if (batch !== 1 || !isFlat) return undefined;
    const reason = whyClasses(hints, output, classCount, firstRun?.[0]);
    if (reason === undefined) return undefined;
    const areApart = hints.outputOperators?.get(output.name) === 'Sigmoid';
    const order = new Int32Array(mostClasses);
    return {
      layout: 'classification',
      classCount,
      capacity: mostClasses,
      outputIndexes: [0],
      lengths: 'fixed',
      suppression: 'done',
      places: 'none',
      conventions: conventionsOf(hints, output, classCount),
      because: `"${output.name}" has one number for each of ${classCount} classes: ${reason}`,
      decode([values], scoreThreshold, into) {
        const toScore = areApart ? clamped : scoresOf(values!);
        if (toScore === undefined) return;
        const found = bestFirst(values!, order);
        for (let rank = 0; rank < found; rank++) {
          const classId = order[rank]!;
          const score = toScore(values![classId]!);
          if (score < scoreThreshold) return;
          into.addCorners(-farPx, -farPx, farPx, farPx, score, classId);
        }
      },
      judgeScores: ([values]) => judge(values!),
    };
  },
};

function clamped(value: number): number {
  return value >= 0 ? Math.min(value, 1) : 0;
}

/** Why these numbers are classes; undefined when nothing says so. */
function whyClasses(
  hints: NetworkHints,
  output: OutputShape,
  count: number,
  shown: Float32Array | undefined,
): string | undefined {
  const { task, statedClasses, operators, namedLayout } = hints;
  // One row of a detector with its NMS inside is as wide as a small classifier's output.
  if (count < 2 || operators.has('NonMaxSuppression')) return undefined;
  if (task === 'classify') return 'its metadata say that it is made to classify';
  if (statedClasses !== undefined) return statedClasses === count ? 'as many labels are named' : undefined;
  if (namedLayout === 'classification') return 'its card says so';
  if (count > 2 && operators.has('Softmax')) return 'a softmax makes probabilities of them';
  if (classesOfImageNet.includes(count) && !isForeign(hints, output)) return 'ImageNet has as many classes';
  if (count < fewestUnnamedClasses || mayBeOther(hints, output, count, shown)) return undefined;
  return 'nothing else that is known has so many numbers, each with weights of its own';
}

/** Operators behind which numbers are neither logits nor probabilities that exclude each other: of angles, places, features. */
const foreignOperators = new Set([
  ...['Sigmoid', 'HardSigmoid', 'Tanh', 'Exp', 'Div', 'LpNormalization', 'Concat', 'Clip'],
]);
/** TensorFlow's classifiers of ImageNet have a class more, the background, and take -1..1. */
const classesOfTensorflow = 1001;
const classesOfImageNet = [1000, classesOfTensorflow];
/** Of vectors by which pictures are compared. */
const featureWidths = [128, 256, 512, 768, 1024, 2048];

/**
 * Whether numbers without labels and without a softmax may be something else than classes: where not each of them has weights of its
 * own, as in a grid that was laid flat; a YOLOv1's grid that has; what ends in an operator of other numbers; or features.
 */
function mayBeOther(hints: NetworkHints, output: OutputShape, count: number, shown: Float32Array | undefined): boolean {
  const widths = hints.lastProducts?.get(output.name) ?? [];
  if (widths.some((width) => width !== count)) return true;
  if (isForeign(hints, output)) return true;
  return classesOfYolov1(count) !== undefined || featureWidths.includes(count) || areUnitVector(shown);
}

function isForeign({ outputOperators }: NetworkHints, { name }: OutputShape): boolean {
  return foreignOperators.has(outputOperators?.get(name) ?? '');
}

/** Cells of a YOLOv1's grid, and numbers of a cell's two boxes. */
const cellsOfYolov1 = 7 * 7;
const boxNumbersOfYolov1 = 2 * 5;

/**
 * How many classes a YOLOv1 of so many numbers has; undefined where none has so many. Darknet's have 1470, of Pascal VOC's 20.
 * @see https://github.com/pjreddie/darknet/blob/master/cfg/yolov1.cfg (detection)
 */
export function classesOfYolov1(count: number): number | undefined {
  const classCount = count / cellsOfYolov1 - boxNumbersOfYolov1;
  return Number.isInteger(classCount) && classCount > 0 ? classCount : undefined;
}

/** Of length 1, and no probabilities, which are none of them below 0. */
function areUnitVector(values: Float32Array | undefined): boolean {
  if (values === undefined || !values.some((value) => value < 0)) return false;
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return Math.abs(length - 1) <= rangeTolerance;
}

const tensorflowScale: Pick<InputConventions, 'mean' | 'deviation'> = {
  ...{ mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5] },
};

/** Ultralytics trains on 0..1, nearly everyone else on ImageNet's mean and deviation; some put the scaling into the network. */
function conventionsOf(hints: NetworkHints, { name }: OutputShape, classCount: number): InputConventions {
  const { task, expects } = hints;
  const cropped: InputConventions = { ...ultralyticsInput, fit: 'crop' };
  if (task === 'classify' || isNamedAsUltralytics(hints, name)) return cropped;
  if (expects === 'levels') return { ...cropped, ...levelScale };
  return { ...cropped, ...(classCount === classesOfTensorflow ? tensorflowScale : imageNetScale) };
}

/** Where the metadata are lost, names and the softmax are left. YOLOv5's have the same names, ImageNet's mean, and no softmax. */
function isNamedAsUltralytics({ pictureName, operators }: NetworkHints, output: string): boolean {
  return pictureName === 'images' && output === 'output0' && operators.has('Softmax');
}

/** How a value becomes a probability: as it is, or as its share in the softmax. Undefined when there is no sense in them. */
function scoresOf(values: Float32Array): ((value: number) => number) | undefined {
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    sum += value;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  // A sum is NaN when a value is. A logit of minus infinity is a class that is ruled out.
  if (Number.isNaN(sum) || !Number.isFinite(most)) return undefined;
  const isProbability = least >= -rangeTolerance && most <= 1 + rangeTolerance && Math.abs(sum - 1) <= sumTolerance;
  if (isProbability) return (value) => value;
  let total = 0;
  for (const value of values) total += Math.exp(value - most);
  return (value) => Math.exp(value - most) / total;
}

/** Puts the classes of the largest values into `order`, largest first, the earlier one where they are equal. */
function bestFirst(values: Float32Array, order: Int32Array): number {
  let count = 0;
  for (let classId = 0; classId < values.length; classId++) {
    const value = values[classId]!;
    if (count === order.length && value <= values[order[count - 1]!]!) continue;
    let rank = count < order.length ? count++ : count - 1;
    for (; rank > 0 && values[order[rank - 1]!]! < value; rank--) order[rank] = order[rank - 1]!;
    order[rank] = classId;
  }
  return count;
}

function judge(values: Float32Array): ScoreJudgement {
  if (scoresOf(values) === undefined) return 'not-finite';
  return values.every((value) => value === 0) ? 'all-zero' : 'sound';
}
