import { plural } from '../../../platform/plural.ts';
import { ultralyticsInput } from '../preprocess/input-format.ts';
import { gridKind } from './cell-parts.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, strideSets } from './decoder.ts';
import { softmaxMean } from './distances.ts';
import { channelsOf, haveLogits, judgePlanes, type Plane, planeOf } from './grid-planes.ts';
import { leastLogit, sigmoid } from './logits.ts';
import { sureEverywhere } from './score-range.ts';

/** Weights of the distances 0, 1, …, 15 strides, for each of a box's sides (`reg_max`). */
const bins = 16;
const distanceChannels = 4 * bins;
/** Three outputs of as many channels are YOLOX's, cut likewise, of COCO's 80 classes. */
const channelsOfYolox = 85;

/** One stride's numbers. Planes are of the decoder's outputs. */
interface Level {
  readonly stride: number;
  readonly across: number;
  readonly cells: number;
  readonly distances: Plane;
  readonly scores: Plane;
}

/**
 * Ultralytics v8 and its kin cut before their decoding, as exports for small chips are: for each of strides 8, 16, 32 an
 * output `[1, 64 + classes, h, w]`, or two, `[1, 64, h, w]` and `[1, classes, h, w]`; beside these Rockchip's have a third of
 * one channel, the sum of the scores, which is not read. All may have their channels last, and come in any order. Of 16
 * weights for left, top, right and bottom the softmax's mean is how many strides the box reaches from its cell's middle.
 *
 * Some exports have taken the scores' sigmoid along. Values tell, as they do of raw heads with anchors (`raw-heads.ts`),
 * which have three outputs too: those are tried before.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Detect.forward, DFL)
 * @see https://github.com/airockchip/ultralytics_yolov8/blob/main/RKOPT_README.md
 */
export const yolov8RawHeads: LayoutRecogniser = {
  layout: 'yolov8-raw-heads',
  expected({ widthPx, heightPx }) {
    const sides = strideSets[0]!.map((stride) => `${Math.ceil(heightPx / stride)}, ${Math.ceil(widthPx / stride)}`);
    return `yolov8-raw-heads: for each of [${sides.join('], [')}] an output [1, 64 + classes, h, w], or [1, 64, h, w] and [1, classes, h, w]`;
  },
  recognise(head: Head): Decoder | undefined {
    const levels = findLevels(head);
    const [first] = levels ?? [];
    if (levels === undefined || first === undefined) return undefined;
    const classCount = first.scores.channels;
    const strides = levels.map(({ stride }) => stride);
    return {
      layout: 'yolov8-raw-heads',
      classCount,
      capacity: levels.reduce((sum, { cells }) => sum + cells, 0),
      outputIndexes: head.outputs.map((_, index) => index),
      lengths: 'fixed',
      suppression: 'needed',
      conventions: ultralyticsInput,
      because: `its outputs are grids of strides ${strides.join(', ')} with ${bins} weights for each side of a box and ${plural(classCount, 'score')}`,
      ...readLevels(levels, classCount),
    };
  },
};

function findLevels(head: Head): Level[] | undefined {
  const { input, outputs } = head;
  const strides = strideSets.find((set) => outputs.every((output) => planeOf(output, 0, input, set) !== undefined));
  if (strides === undefined || outputs.length === 0) return undefined;
  const planes = outputs.flatMap((output, index) => planeOf(output, index, input, strides) ?? []);
  const levels = strides.flatMap((stride): Level[] => {
    const parts = partsOf(
      planes.filter((plane) => plane.stride === stride),
      head,
    );
    if (parts === undefined) return [];
    return [{ stride, across: Math.ceil(input.widthPx / stride), cells: gridCells(input, [stride]), ...parts }];
  });
  const areAlike = levels.every(({ scores }) => scores.channels === levels[0]?.scores.channels);
  return levels.length === strides.length && areAlike ? levels : undefined;
}

function partsOf(planes: readonly Plane[], head: Head): Pick<Level, 'distances' | 'scores'> | undefined {
  const { statedClasses } = head.hints;
  const [joined, second, third] = planes;
  if (joined === undefined || planes.length > 3) return undefined;
  if (second === undefined) {
    const classCount = joined.channels - distanceChannels;
    const isMeant = statedClasses === undefined ? !mayBeOthers(joined, head) : statedClasses === classCount;
    if (classCount < 1 || !isMeant) return undefined;
    return {
      distances: channelsOf(joined, 0, distanceChannels),
      scores: channelsOf(joined, distanceChannels, classCount),
    };
  }
  // Of two planes with 64 channels the first is the boxes', as everyone has them.
  const distances = planes.find(({ channels }) => channels === distanceChannels);
  const [scores, sum] = planes.filter((plane) => plane !== distances);
  if (distances === undefined || scores === undefined) return undefined;
  if (third !== undefined && (sum?.channels !== 1 || !maySum(sum, scores, head))) return undefined;
  const isMeant = statedClasses === undefined || statedClasses === scores.channels;
  return isMeant ? { distances, scores } : undefined;
}

const summing = new Set(['ReduceSum', 'Clip', 'Min', 'Max']);

/** Whether a plane may be the sum of the scores, held to 0..1, and not an angle or a centre-ness of its own. */
function maySum(sum: Plane, scores: Plane, { outputs, hints }: Head): boolean {
  const [ofSum, ofScores] = [sum, scores].map(({ index }) => hints.lastProducts?.get(outputs[index]!.name));
  if (ofSum === undefined || ofScores === undefined) return true;
  const maker = hints.outputOperators?.get(outputs[sum.index]!.name) ?? '';
  return String(ofSum) === String(ofScores) && summing.has(maker);
}

/** Without labels the graph tells whose a grid is (`gridKind`), else what is known of outputs with other heads' channels. */
function mayBeOthers({ index, channels }: Plane, { outputs, hints }: Head): boolean {
  if (hints.namedLayout === 'yolov8-raw-heads') return false;
  const kind = gridKind(hints, outputs[index]!, channels);
  return kind === undefined ? channels === channelsOfYolox : kind !== 'yolov8';
}

function readLevels(
  levels: readonly Level[],
  classCount: number,
): Pick<Decoder, 'decode' | 'judgeScores' | 'strayScore'> {
  const scorePlanes = levels.map(({ scores }) => scores);
  const best = new Float32Array(Math.max(...levels.map(({ cells }) => cells)));
  const bestClass = new Int32Array(best.length);
  const reach = new Float64Array(4);
  return {
    decode(outputs, scoreThreshold, into) {
      const areLogits = haveLogits(scorePlanes, outputs);
      const least = areLogits ? leastLogit(scoreThreshold) : scoreThreshold;
      let firstCell = 0;
      for (const { stride, across, cells, scores, distances } of levels) {
        const values = outputs[scores.index]!;
        best.fill(Number.NEGATIVE_INFINITY);
        for (let classId = 0; classId < classCount; classId++) {
          const start = scores.first + classId * scores.channelStep;
          for (let cell = 0, at = start; cell < cells; cell++, at += scores.cellStep) {
            const value = values[at]!;
            if (value > best[cell]! && value < Number.POSITIVE_INFINITY) {
              best[cell] = value;
              bestClass[cell] = classId;
            }
          }
        }
        for (let cell = 0; cell < cells; cell++) {
          if (!(best[cell]! >= least)) continue;
          const score = areLogits ? sigmoid(best[cell]!) : best[cell]!;
          if (!(score >= scoreThreshold && score > 0)) continue;
          readReach(outputs[distances.index]!, distances, cell, reach);
          const x = (cell % across) + 0.5;
          const y = Math.floor(cell / across) + 0.5;
          into.addCorners(
            (x - reach[0]!) * stride,
            (y - reach[1]!) * stride,
            (x + reach[2]!) * stride,
            (y + reach[3]!) * stride,
            score,
            bestClass[cell]!,
            firstCell + cell,
          );
        }
        firstCell += cells;
      }
    },
    judgeScores: (outputs) => judgePlanes(levels, outputs),
    strayScore: (outputs) => sureEverywhere(scorePlanes, outputs),
  };
}

/** How far a cell's box reaches to the left, up, to the right and down, in strides; NaN where its weights are no numbers. */
function readReach(values: Float32Array, plane: Plane, cell: number, into: Float64Array): void {
  const { first, channelStep, cellStep } = plane;
  for (let side = 0; side < 4; side++) {
    const start = first + side * bins * channelStep + cell * cellStep;
    into[side] = softmaxMean(values, start, bins, channelStep);
  }
}
