import { stretchedInput } from '../preprocess/input-format.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { areUndecoded } from './box-corners.ts';
import { areInPixels } from './box-unit.ts';
import { type Decoder, gridCells, type Head, judgeRows, type LayoutRecogniser, type OutputShape } from './decoder.ts';
import { anchorsPerCell } from './raw-head-doubt.ts';
import { anchorStrideSets } from './raw-heads.ts';
import { strayScore } from './score-range.ts';

/**
 * Darknet's YOLOv3 and v4 as pytorch-YOLOv4 exports them, and those who followed: boxes `[1, N, 1, 4]` (left, top, right,
 * bottom, as shares of the network's input) and confs `[1, N, classes]`, objectness times class score in 0..1. Boxes
 * without their third dimension, `[1, N, 4]`, are taken when N is three times the cells of the grids: others have such
 * pairs too (SSD, DETR, YOLO-NAS). The two outputs may come in any order and under any names; only of two `[1, N, 4]` the
 * names must tell.
 *
 * Some exports put corners out in network pixels: values tell (`box-unit.ts`).
 * @see https://github.com/Tianxiaomo/pytorch-YOLOv4/blob/master/tool/yolo_layer.py (yolo_forward)
 */
export const darknetBoxes: LayoutRecogniser = {
  layout: 'darknet-boxes',
  expected(input) {
    const counts = [
      [8, 16, 32],
      [16, 32],
    ].map((strides) => anchorsPerCell * gridCells(input, strides));
    return `darknet-boxes: outputs [1, N, 1, 4] and [1, N, classes], N being ${counts.join(' or ')}`;
  },
  recognise({ input, outputs, hints, firstRun }: Head): Decoder | undefined {
    const [first, second] = outputs;
    if (first === undefined || second === undefined || outputs.length !== 2) return undefined;
    const pairs = [
      { boxes: first, confs: second },
      { boxes: second, confs: first },
    ].filter(({ boxes, confs }) => arePair(boxes, confs, input));
    const pair =
      pairs.length === 1 ? pairs[0] : pairs.find(({ confs }) => /conf|score|cls|class|prob/i.test(confs.name));
    if (pair === undefined) return undefined;
    const [, count = 0, classCount = 0] = pair.confs.shape;
    const shown = firstRun?.[outputs.indexOf(pair.boxes)];
    const strides = stridesOf(count, input);
    if (strides !== undefined) {
      const places = { boxes: count, boxStep: 4, sideStep: 1, strides };
      const meant = { layout: 'darknet-boxes', byGraph: true } as const;
      if (areUndecoded({ input, hints }, pair.boxes, shown, places, meant)) return undefined;
    }
    return {
      layout: 'darknet-boxes',
      classCount,
      capacity: count,
      outputIndexes: [outputs.indexOf(pair.boxes), outputs.indexOf(pair.confs)],
      lengths: 'fixed',
      suppression: 'needed',
      conventions: stretchedInput,
      because: `"${pair.boxes.name}" has the corners of ${count} boxes, "${pair.confs.name}" their scores; Darknet stretches pictures`,
      ...readCornerRows(count, classCount, input),
    };
  },
};

function arePair({ shape: boxes }: OutputShape, { shape: confs }: OutputShape, input: Size): boolean {
  const [batch, count = 0] = boxes;
  if (batch !== 1 || confs.length !== 3 || confs[0] !== 1 || confs[1] !== count || confs[2]! < 1) return false;
  // Nobody else has a dimension of 1 there, so that any number of anchors will do.
  if (boxes.length === 4) return boxes[2] === 1 && boxes[3] === 4 && count > 0;
  return boxes.length === 3 && boxes[2] === 4 && stridesOf(count, input) !== undefined;
}

function stridesOf(count: number, input: Size): readonly number[] | undefined {
  return anchorStrideSets.find((strides) => anchorsPerCell * gridCells(input, strides) === count);
}

function readCornerRows(
  count: number,
  classCount: number,
  input: Size,
): Pick<Decoder, 'decode' | 'judgeScores' | 'strayScore'> {
  return {
    decode(outputs, scoreThreshold, into) {
      const corners = outputs[0]!;
      const scores = outputs[1]!;
      const inPixels = areInPixels(corners, { boxes: count, boxStep: 4, sideStep: 1, sides: 'corners' });
      const unitX = inPixels ? 1 : input.widthPx;
      const unitY = inPixels ? 1 : input.heightPx;
      for (let box = 0, at = 0; box < count; box++, at += classCount) {
        let best = 0;
        let bestClass = 0;
        for (let classId = 0; classId < classCount; classId++) {
          const score = scores[at + classId]!;
          if (score >= scoreThreshold && score > best) {
            best = score;
            bestClass = classId;
          }
        }
        if (best === 0) continue;
        const side = 4 * box;
        into.addCorners(
          corners[side]! * unitX,
          corners[side + 1]! * unitY,
          corners[side + 2]! * unitX,
          corners[side + 3]! * unitY,
          best,
          bestClass,
          box,
        );
      }
    },
    judgeScores: (outputs) => judgeRows(outputs[1]!, classCount, 0),
    strayScore: ([, values]) =>
      strayScore(values!, { rows: count, first: 0, rowStep: classCount, classCount, classStep: 1 }),
  };
}
