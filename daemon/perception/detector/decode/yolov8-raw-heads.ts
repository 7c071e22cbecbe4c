import { plural } from '../../../platform/plural.ts';
import { ultralyticsInput } from '../preprocess/input-format.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, strideSets } from './decoder.ts';
import { type DistanceLevel, findDistanceLevels, sides } from './distance-levels.ts';
import { softmaxMean } from './distances.ts';
import { haveLogits, judgePlanes, type Plane } from './grid-planes.ts';
import { leastLogit, sigmoid } from './logits.ts';
import { sureEverywhere } from './score-range.ts';

/**
 * Ultralytics v8 and its kin cut before their decoding, as exports for small chips are: for each of strides 8, 16, 32 an
 * output `[1, 64 + classes, h, w]`, or two, `[1, 64, h, w]` and `[1, classes, h, w]`; beside these Rockchip's have a third of
 * one channel, the sum of the scores, which is not read. All may have their channels last, and come in any order. Or the two hold
 * the cells of all grids, `[1, 64, cells]` and `[1, classes, cells]`. Of 16 weights for left, top, right and bottom the
 * softmax's mean is how many strides the box reaches from its cell's middle.
 *
 * YOLO26 has that number itself, 4 channels beside those of the classes, as YOLOv6 and PP-YOLOE have. Others' shifts of an anchor
 * look so too, and distances in pixels: the first run must show them to be distances, or the card name the layout.
 *
 * Some exports have taken the scores' sigmoid along. Values tell, as they do of raw heads with anchors (`raw-heads.ts`),
 * which have three outputs too: those are tried before.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Detect.forward, DFL)
 * @see https://github.com/airockchip/ultralytics_yolov8/blob/main/RKOPT_README.md
 */
export const yolov8RawHeads: LayoutRecogniser = {
  layout: 'yolov8-raw-heads',
  expected(input) {
    const { widthPx, heightPx } = input;
    const grids = strideSets[0]!.map((stride) => `${Math.ceil(heightPx / stride)}, ${Math.ceil(widthPx / stride)}`);
    const cells = gridCells(input, strideSets[0]!);
    return (
      `yolov8-raw-heads: for each of [${grids.join('], [')}] an output [1, 64 + classes, h, w], or [1, 64, h, w] and ` +
      `[1, classes, h, w]; or [1, 64, ${cells}] and [1, classes, ${cells}]; 4 distances instead of 64 weights where an empty picture shows that they are`
    );
  },
  recognise(head: Head): Decoder | undefined {
    const levels = findDistanceLevels(head);
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
      because: `its outputs are grids of strides ${strides.join(', ')} with ${partsOf(first)} for each side of a box and ${plural(classCount, 'score')}`,
      ...readLevels(levels, classCount),
    };
  },
};

function partsOf({ distances: { channels } }: DistanceLevel): string {
  return channels === sides ? 'a distance' : `${channels / sides} weights`;
}

function readLevels(
  levels: readonly DistanceLevel[],
  classCount: number,
): Pick<Decoder, 'decode' | 'judgeScores' | 'strayScore'> {
  const scorePlanes = levels.map(({ scores }) => scores);
  const best = new Float32Array(Math.max(...levels.map(({ cells }) => cells)));
  const bestClass = new Int32Array(best.length);
  const reach = new Float64Array(sides);
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
  const { first, channels, channelStep, cellStep } = plane;
  const bins = channels / sides;
  for (let side = 0; side < sides; side++) {
    const start = first + side * bins * channelStep + cell * cellStep;
    into[side] = bins === 1 ? values[start]! : softmaxMean(values, start, bins, channelStep);
  }
}
