import { type InputConventions, imageNetScale, levelScale, ultralyticsInput } from '../preprocess/input-format.ts';
import type { Decoder, Head, LayoutRecogniser, NetworkHints, ScoreJudgement } from './decoder.ts';

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
 * Networks that say of a whole picture what it shows: `[1, classes]` or `[1, classes, 1, 1]`, probabilities or logits. Each
 * of the best classes is a detection whose box is the whole picture, so it is no place that a car could drive by.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Classify)
 * @see https://docs.pytorch.org/vision/stable/models.html (how torchvision's networks are fed)
 */
export const classification: LayoutRecogniser = {
  layout: 'classification',
  task: 'classify',
  expected: () =>
    `classification: one output [1, classes], its classes named in the metadata or the card, or ${fewestUnnamedClasses} of them at least`,
  recognise({ outputs, hints }: Head): Decoder | undefined {
    const output = outputs[0];
    if (output === undefined || outputs.length !== 1) return undefined;
    const [batch, classCount = 0, ...rest] = output.shape;
    const isFlat = rest.length === 0 || (rest.length === 2 && rest.every((side) => side === 1));
    if (batch !== 1 || !isFlat) return undefined;
    const reason = whyClasses(hints, classCount);
    if (reason === undefined) return undefined;
    const order = new Int32Array(mostClasses);
    return {
      layout: 'classification',
      classCount,
      capacity: mostClasses,
      outputIndexes: [0],
      lengths: 'fixed',
      suppression: 'done',
      places: 'none',
      conventions: conventionsOf(hints, classCount),
      because: `"${output.name}" has one number for each of ${classCount} classes: ${reason}`,
      decode([values], scoreThreshold, into) {
        const toScore = scoresOf(values!);
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

/** Why these numbers are classes; undefined when nothing says so. */
function whyClasses({ task, statedClasses, operators }: NetworkHints, count: number): string | undefined {
  // One row of a detector with its NMS inside is as wide as a small classifier's output.
  if (count < 2 || operators.has('NonMaxSuppression')) return undefined;
  if (task === 'classify') return 'its metadata say that it is made to classify';
  if (statedClasses !== undefined) return statedClasses === count ? 'as many labels are named' : undefined;
  if (count >= fewestUnnamedClasses) return 'no other kind of network has so many numbers and nothing else';
  return count > 2 && operators.has('Softmax') ? 'a softmax makes probabilities of them' : undefined;
}

/** TensorFlow's classifiers of ImageNet have a class more, the background, and take -1..1. */
const classesOfTensorflow = 1001;
const tensorflowScale: Pick<InputConventions, 'mean' | 'deviation'> = {
  ...{ mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5] },
};

/** Ultralytics trains on 0..1, nearly everyone else on ImageNet's mean and deviation; some put the scaling into the network. */
function conventionsOf({ task, expects }: NetworkHints, classCount: number): InputConventions {
  const cropped: InputConventions = { ...ultralyticsInput, fit: 'crop' };
  if (task === 'classify') return cropped;
  if (expects === 'levels') return { ...cropped, ...levelScale };
  return { ...cropped, ...(classCount === classesOfTensorflow ? tensorflowScale : imageNetScale) };
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
