import { ultralyticsInput } from '../preprocess/input-format.ts';
import { classesOfCells } from './class-parts.ts';
import type { Decoder, Head, LayoutRecogniser } from './decoder.ts';
import { guessClasses, readFinishedBoxes, sideUnitOf } from './finished-boxes.ts';

/**
 * YOLOv7's end-to-end export, and YOLOv5's and YOLOv6's like it: one output `[boxes, 7]`, as many boxes as there are
 * objects, none included: number of the picture in its batch, x0, y0, x1, y1 in network pixels or shares of its
 * input, class, score in 0..1. One box may come several times, once for each of its labels.
 *
 * YOLO-NAS's flat predictions are the same but for their end: score, class. Values tell, as classes are whole numbers and
 * nearly no score is; where no row tells, the output's name does.
 *
 * A classifier of seven classes answers `[1, 7]`: a single row is taken only with a suppression in the graph.
 * @see https://github.com/WongKinYiu/yolov7/blob/main/models/experimental.py (ONNX_ORT)
 * @see https://github.com/Deci-AI/super-gradients/blob/master/documentation/source/models_export.md (flat format)
 */
export const endToEnd: LayoutRecogniser = {
  layout: 'end-to-end',
  expected: () => 'end-to-end: one output [boxes, 7], any number of boxes',
  recognise(head: Head): Decoder | undefined {
    const [output] = head.outputs;
    if (output === undefined || head.outputs.length !== 1 || output.shape.length !== 2) return undefined;
    const [boxes, columns] = output.shape;
    const { task, operators, namedLayout } = head.hints;
    if (columns !== 7 || (task !== undefined && task !== 'detect')) return undefined;
    const suppresses = operators.has('NonMaxSuppression') || namedLayout === 'end-to-end';
    if (boxes === 1 && !suppresses) return undefined;
    const { classCount, because } = guessClasses(head.hints, 80, classesOfCells(head.hints, output));
    const column = (first: number) => ({ output: 0, first, columns: 7 });
    const readerOf = (classes: number, scores: number) =>
      readFinishedBoxes({
        pictures: column(0),
        sides: column(1),
        sideOrder: 'xyxy',
        sideUnit: sideUnitOf(head),
        classes: column(classes),
        scores: column(scores),
        firstClass: head.hints.statedFirstClass ?? 0,
      });
    const ofYolov7 = readerOf(5, 6);
    const ofYoloNas = readerOf(6, 5);
    const isFlat = /flat_predictions/i.test(output.name);
    const reader = (values: Float32Array) => (endsInClass(values, isFlat) ? ofYoloNas : ofYolov7);
    return {
      layout: 'end-to-end',
      classCount,
      outputIndexes: [0],
      conventions: ultralyticsInput,
      because: `"${output.name}" has rows of seven numbers; ${because}`,
      ...ofYolov7,
      decode: (outputs, scoreThreshold, into) => reader(outputs[0]!).decode(outputs, scoreThreshold, into),
      judgeScores: (outputs) => reader(outputs[0]!).judgeScores(outputs),
    };
  },
};

/** Whether rows end in score and class, and not the other way round. */
function endsInClass(values: Float32Array, usually: boolean): boolean {
  for (let row = 0; row + 7 <= values.length; row += 7) {
    const [isWholeBefore, isWholeLast] = [Number.isInteger(values[row + 5]), Number.isInteger(values[row + 6])];
    if (isWholeBefore !== isWholeLast) return isWholeLast;
  }
  return usually;
}
