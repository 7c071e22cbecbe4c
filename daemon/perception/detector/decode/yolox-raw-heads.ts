import { plural } from '../../../platform/plural.ts';
import { gridKind } from './cell-parts.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, type NetworkHints } from './decoder.ts';
import { areDistanceHeads } from './distance-heads.ts';
import { channelsOf, haveLogits, judgePlanes, type Plane, planeOf } from './grid-planes.ts';
import { leastLogit, sigmoid } from './logits.ts';
import { areAnchors } from './raw-head-doubt.ts';
import { sureEverywhere } from './score-range.ts';
import { strideSetsOfYolox, yoloxConventions } from './yolox.ts';

/** Of networks that name no labels. */
const classesOfCoco = 80;
/** Outputs of 64 and more channels may be v8's, with distances in them. */
const fewestChannelsOfV8 = 65;
/** Centre x and y in strides from the cell's corner, logarithms of width and height in strides. */
const boxChannels = 4;

/** One stride's numbers. Planes are of the decoder's outputs. */
interface Level {
  readonly stride: number;
  readonly across: number;
  readonly cells: number;
  readonly boxes: Plane;
  readonly objectness: Plane;
  readonly scores: Plane;
}

/**
 * YOLOX cut before its grids are joined, as exports for small chips are: for each stride an output `[1, 5 + classes, h, w]`, a
 * box, its objectness and the classes' scores, or three of 4, 1 and as many channels as classes. All may have their channels
 * last, and come in any order. Whether objectness and scores have their sigmoid already is told by their values.
 *
 * Heads of v8 and those with anchors may have as many channels: without stated labels the graph tells (`gridKind`), else COCO's
 * classes are believed, or fewer channels than v8 has that are no anchors' (`areAnchors`). Three outputs a stride may be FCOS's too (`areDistanceHeads`).
 * @see https://github.com/Megvii-BaseDetection/YOLOX/blob/main/yolox/models/yolo_head.py (forward)
 */
export const yoloxRawHeads: LayoutRecogniser = {
  layout: 'yolox-raw-heads',
  expected({ widthPx, heightPx }) {
    const sides = strideSetsOfYolox[0]!.map(
      (stride) => `${Math.ceil(heightPx / stride)}, ${Math.ceil(widthPx / stride)}`,
    );
    return `yolox-raw-heads: for each of [${sides.join('], [')}] an output [1, 5 + classes, h, w], or three of 4, 1 and classes`;
  },
  recognise(head: Head): Decoder | undefined {
    // Networks of Ultralytics state it, and none of them is a YOLOX.
    if (head.hints.task !== undefined && head.hints.namedLayout !== 'yolox-raw-heads') return undefined;
    const levels = findLevels(head);
    const classCount = levels?.[0]?.scores.channels;
    if (levels === undefined || classCount === undefined) return undefined;
    const { conventions, because } = yoloxConventions(head.hints);
    return {
      layout: 'yolox-raw-heads',
      classCount,
      capacity: levels.reduce((sum, { cells }) => sum + cells, 0),
      outputIndexes: head.outputs.map((_, index) => index),
      lengths: 'fixed',
      suppression: 'needed',
      conventions,
      because:
        `its outputs are grids of strides ${levels.map(({ stride }) => stride).join(', ')} with a box, its objectness and ` +
        `${plural(classCount, 'score')}; ${because}`,
      ...readLevels(levels, classCount),
      ...(isGuessed(head, boxChannels + 1 + classCount) && {
        strayScore: (outputs: readonly Float32Array[]) => strayNumber(levels, outputs),
      }),
    };
  },
};

/** Nothing but three grids of as many channels speaks for it: others have such too, cut before their decoding. */
function isGuessed({ outputs, hints }: Head, channels: number): boolean {
  const areJoined = !outputs.some(({ shape }) => shape[1] === 1 || shape[3] === 1);
  const isShown = outputs.every((output) => gridKind(hints, output, channels) === 'yolox');
  return areJoined && !isShown && hints.statedClasses === undefined && hints.namedLayout === undefined;
}

function findLevels(head: Head): Level[] | undefined {
  const { input, outputs } = head;
  for (const strides of strideSetsOfYolox) {
    const planes = outputs.flatMap((output, index) => planeOf(output, index, input, strides) ?? []);
    if (planes.length !== outputs.length) continue;
    const levels = strides.flatMap((stride): Level[] => {
      const parts = partsOf(
        planes.filter((plane) => plane.stride === stride),
        head,
        (index) => outputs[index]?.name ?? '',
      );
      if (parts === undefined) return [];
      return [{ stride, across: Math.ceil(input.widthPx / stride), cells: gridCells(input, [stride]), ...parts }];
    });
    const areAlike = levels.every(({ scores }) => scores.channels === levels[0]?.scores.channels);
    if (levels.length !== strides.length || !areAlike) continue;
    const areApart = planes.length > strides.length;
    if (areApart && head.hints.namedLayout !== 'yolox-raw-heads' && areDistanceHeads(head, strides)) continue;
    return levels;
  }
  return undefined;
}

type Parts = Pick<Level, 'boxes' | 'objectness' | 'scores'>;

function partsOf(planes: readonly Plane[], head: Head, nameOf: (index: number) => string): Parts | undefined {
  const [joined] = planes;
  if (joined === undefined) return undefined;
  if (planes.length === 3) return separateParts(planes, head.hints, nameOf);
  const classCount = joined.channels - boxChannels - 1;
  if (planes.length > 1 || classCount < 1 || !isMeant(joined, classCount, head)) return undefined;
  return {
    boxes: channelsOf(joined, 0, boxChannels),
    objectness: channelsOf(joined, boxChannels, 1),
    scores: channelsOf(joined, boxChannels + 1, classCount),
  };
}

function isMeant({ index, channels }: Plane, classCount: number, head: Head): boolean {
  const { statedClasses, namedLayout } = head.hints;
  if (statedClasses !== undefined) return classCount === statedClasses;
  if (namedLayout !== undefined) return namedLayout === 'yolox-raw-heads';
  const kind = gridKind(head.hints, head.outputs[index]!, channels);
  if (kind !== undefined) return kind === 'yolox';
  return classCount === classesOfCoco || (channels < fewestChannelsOfV8 && areAnchors(head, channels) === false);
}

/**
 * Of one class, objectness and score are alike: the product is the same either way. Of four, names must tell the boxes.
 *
 * Exports for Rockchip's chips have three such outputs of other networks too: YOLOv6's distances and classes, and beside
 * them the sum of the classes, held to 0..1, by which empty cells are passed over. No YOLOX sums.
 * @see https://github.com/airockchip/rknn_model_zoo/blob/main/examples/yolov6/README.md
 */
function separateParts(
  planes: readonly Plane[],
  { statedClasses, namedLayout, operators }: NetworkHints,
  nameOf: (index: number) => string,
): Parts | undefined {
  if (namedLayout === undefined && operators.has('ReduceSum') && operators.has('Clip')) return undefined;
  const ofBoxes = planes.filter(({ channels }) => channels === boxChannels);
  const named = ofBoxes.filter(({ index }) => /box|reg/i.test(nameOf(index)));
  const boxes = ofBoxes.length === 1 ? ofBoxes[0] : named.length === 1 ? named[0] : undefined;
  const rest = planes.filter((plane) => plane !== boxes);
  const objectness = rest.find(({ channels }) => channels === 1);
  const scores = rest.find((plane) => plane !== objectness);
  if (boxes === undefined || objectness === undefined || scores === undefined) return undefined;
  return statedClasses === undefined || statedClasses === scores.channels ? { boxes, objectness, scores } : undefined;
}

function readLevels(levels: readonly Level[], classCount: number): Pick<Decoder, 'decode' | 'judgeScores'> {
  const objectnessPlanes = levels.map(({ objectness }) => objectness);
  const scorePlanes = levels.map(({ scores }) => scores);
  return {
    decode(outputs, scoreThreshold, into) {
      const ofObjectness = haveLogits(objectnessPlanes, outputs);
      const ofScores = haveLogits(scorePlanes, outputs);
      // The product with a score of at most 1 cannot be larger: of nearly every cell this is all that is read.
      const least = ofObjectness ? leastLogit(scoreThreshold) : scoreThreshold;
      let firstCell = 0;
      for (const { stride, across, cells, boxes, objectness, scores } of levels) {
        const values = outputs[scores.index]!;
        for (let cell = 0; cell < cells; cell++) {
          const sure = outputs[objectness.index]![objectness.first + cell * objectness.cellStep]!;
          if (!(sure >= least && sure < Number.POSITIVE_INFINITY)) continue;
          let best = Number.NEGATIVE_INFINITY;
          let bestClass = 0;
          for (let classId = 0; classId < classCount; classId++) {
            const value = values[scores.first + classId * scores.channelStep + cell * scores.cellStep]!;
            if (value > best && value < Number.POSITIVE_INFINITY) {
              best = value;
              bestClass = classId;
            }
          }
          const score = (ofObjectness ? sigmoid(sure) : sure) * (ofScores ? sigmoid(best) : best);
          if (!(score >= scoreThreshold && score > 0)) continue;
          const box = outputs[boxes.index]!;
          const at = boxes.first + cell * boxes.cellStep;
          into.addCentred(
            (box[at]! + (cell % across)) * stride,
            (box[at + boxes.channelStep]! + Math.floor(cell / across)) * stride,
            Math.exp(box[at + 2 * boxes.channelStep]!) * stride,
            Math.exp(box[at + 3 * boxes.channelStep]!) * stride,
            score,
            bestClass,
            firstCell + cell,
          );
        }
        firstCell += cells;
      }
    },
    judgeScores: (outputs) => judgePlanes(levels, outputs),
  };
}

/** A box of more strides from its cell, or of a size with a larger logarithm, reaches out of every picture. */
const farthestInStrides = 64;
const largestLogarithm = 8;
/** Of a plane, so many numbers may be beyond before they are none of its own. */
const mostBeyond = 0.1;

/**
 * A number that no YOLOX puts out for an empty picture, of a plane in which such are common: a box that reaches out of every
 * picture, as distances and corners in pixels do, or objectness in most cells, where there is no object.
 */
function strayNumber(levels: readonly Level[], outputs: readonly Float32Array[]): number | undefined {
  for (const { cells, boxes } of levels) {
    for (let channel = 0; channel < boxChannels; channel++) {
      const isBeyond =
        channel < 2 ? (x: number) => Math.abs(x) > farthestInStrides : (x: number) => x > largestLogarithm;
      const start = boxes.first + channel * boxes.channelStep;
      const values = Array.from({ length: cells }, (_, cell) => outputs[boxes.index]![start + cell * boxes.cellStep]!);
      const found = values.filter(isBeyond);
      if (found.length > mostBeyond * cells) return found[0];
    }
  }
  return sureEverywhere(
    levels.map(({ objectness }) => objectness),
    outputs,
  );
}
