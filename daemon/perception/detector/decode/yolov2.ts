import { stretchedInput } from '../preprocess/input-format.ts';
import { type AnchorChoice, statedAnchors } from './anchors.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, type NetworkHints } from './decoder.ts';
import { channelsOf, judgePlanes, type Plane, planeOf } from './grid-planes.ts';
import { leastLogit, sigmoid } from './logits.ts';
import { sureEverywhere } from './score-range.ts';

const stride = 32;
const anchorsOfCell = 5;

/** Width and height of each anchor in cells, as Darknet's files have them. @see https://github.com/pjreddie/darknet/tree/master/cfg */
const inCells = {
  /** yolov2-tiny-voc.cfg; the ONNX model zoo's Tiny YOLOv2. */
  tinyVoc: [1.08, 1.19, 3.42, 4.41, 6.63, 11.38, 9.42, 5.11, 16.62, 10.52],
  /** yolov2-voc.cfg */
  voc: [1.3221, 1.73145, 3.19275, 4.00944, 5.05587, 8.09892, 9.47112, 4.84053, 11.2364, 10.0071],
  /** yolov2.cfg and yolov2-tiny.cfg; also those of Azure Custom Vision's compact detectors. */
  coco: [0.57273, 0.677385, 1.87446, 2.06253, 3.33843, 5.47434, 7.88282, 3.52778, 9.77052, 9.16828],
} as const;

/**
 * Darknet's YOLOv2, before its `[region]` layer: one output `[1, 5 * (5 + classes), h, w]`, a grid of stride 32 with five anchors a cell,
 * or the same with its channels last. With s a number's sigmoid, a box's centre is (s + cell) strides and its size e^t anchors;
 * its score is s of objectness times the softmax of the classes. Anchors are no part of such a network: they are those of its
 * card, or the published ones of 20 classes (Pascal VOC), of 80 (COCO), and of Azure Custom Vision, which states how it takes pictures.
 * @see https://github.com/pjreddie/darknet/blob/master/src/region_layer.c (get_region_box, forward_region_layer)
 * @see https://github.com/onnx/models/tree/main/validated/vision/object_detection_segmentation/tiny-yolov2
 */
export const yolov2: LayoutRecogniser = {
  layout: 'yolov2',
  expected: ({ widthPx, heightPx }) =>
    `yolov2: one output [1, 5 * (5 + classes), ${Math.ceil(heightPx / stride)}, ${Math.ceil(widthPx / stride)}], of 20 or 80 classes or with "anchors" in its card`,
  recognise({ input, outputs, hints }: Head): Decoder | undefined {
    const [output] = outputs;
    if (output === undefined || outputs.length !== 1) return undefined;
    const plane = planeOf(output, 0, input, [stride]);
    if (plane === undefined || plane.channels % anchorsOfCell !== 0) return undefined;
    const classCount = plane.channels / anchorsOfCell - 5;
    if (classCount < 1 || classCount !== (hints.statedClasses ?? classCount)) return undefined;
    const chosen = anchorsFor(hints, classCount);
    if (chosen === undefined) return undefined;
    const { anchors, source } = chosen;
    return {
      layout: 'yolov2',
      classCount,
      capacity: anchorsOfCell * gridCells(input, [stride]),
      outputIndexes: [0],
      lengths: 'fixed',
      suppression: 'needed',
      conventions: stretchedInput,
      because: `"${output.name}" is a grid of stride ${stride} with ${anchorsOfCell} anchors a cell; they are ${source}`,
      ...readRegions(plane, classCount, Math.ceil(input.widthPx / stride), anchors[0]!),
    };
  },
};

function anchorsFor(hints: NetworkHints, classCount: number): AnchorChoice | undefined {
  const stated = statedAnchors(hints, [stride], anchorsOfCell);
  if (stated !== undefined) return stated;
  const published = (cells: readonly number[], whose: string): AnchorChoice => ({
    anchors: [cells.map((side) => side * stride)],
    source: whose,
  });
  if (hints.metadata['Image.BitmapPixelFormat'] !== undefined) return published(inCells.coco, "Azure Custom Vision's");
  if (classCount === 80) return published(inCells.coco, "YOLOv2's of COCO");
  if (classCount !== 20) return undefined;
  // Only the large one leads finer features past some of its layers.
  return hints.operators.has('Concat')
    ? published(inCells.voc, "YOLOv2's of Pascal VOC")
    : published(inCells.tinyVoc, "Tiny YOLOv2's of Pascal VOC");
}

function readRegions(
  plane: Plane,
  classCount: number,
  across: number,
  anchors: readonly number[],
): Pick<Decoder, 'decode' | 'judgeScores' | 'strayScore'> {
  const { cells, cellStep, channelStep } = plane;
  const columns = 5 + classCount;
  const parts = Array.from({ length: anchorsOfCell }, (_, anchor) => ({
    objectness: channelsOf(plane, anchor * columns + 4, 1),
    scores: channelsOf(plane, anchor * columns + 5, classCount),
  }));
  return {
    decode([values], scoreThreshold, into) {
      const least = leastLogit(scoreThreshold);
      for (let anchor = 0; anchor < anchorsOfCell; anchor++) {
        for (let cell = 0; cell < cells; cell++) {
          const at = plane.first + anchor * columns * channelStep + cell * cellStep;
          const sure = values![at + 4 * channelStep]!;
          if (!(sure >= least && sure < Number.POSITIVE_INFINITY)) continue;
          let best = Number.NEGATIVE_INFINITY;
          let bestClass = 0;
          for (let classId = 0; classId < classCount; classId++) {
            const value = values![at + (5 + classId) * channelStep]!;
            if (value > best) {
              best = value;
              bestClass = classId;
            }
          }
          let sum = 0;
          for (let classId = 0; classId < classCount; classId++) {
            sum += Math.exp(values![at + (5 + classId) * channelStep]! - best);
          }
          const score = sigmoid(sure) / sum;
          if (!(score >= scoreThreshold && score > 0)) continue;
          const x = values![at]!;
          const y = values![at + channelStep]!;
          // Sigmoids would make something finite of infinities.
          if (!Number.isFinite(x + y)) continue;
          into.addCentred(
            (sigmoid(x) + (cell % across)) * stride,
            (sigmoid(y) + Math.floor(cell / across)) * stride,
            Math.exp(values![at + 2 * channelStep]!) * anchors[2 * anchor]!,
            Math.exp(values![at + 3 * channelStep]!) * anchors[2 * anchor + 1]!,
            score,
            bestClass,
            anchor * cells + cell,
          );
        }
      }
    },
    judgeScores: (outputs) => judgePlanes(parts, outputs),
    strayScore: (outputs) =>
      sureEverywhere(
        parts.map(({ objectness }) => objectness),
        outputs,
      ),
  };
}
