import { stretchedInput } from '../preprocess/input-format.ts';
import type { Decoder, Head, LayoutRecogniser } from './decoder.ts';
import { guessClasses, isWhole, readFinishedBoxes } from './finished-boxes.ts';

/**
 * PaddleDetection's PP-YOLOE, PicoDet and RT-DETR with their suppression in the graph, by paddle2onnx: rows `[K, 6]` of
 * class, score, x1, y1, x2, y2, and a count of them, `[1]` of whole numbers. Rows that only fill up are of class -1. The
 * graph is told by `scale_factor` and `im_shape` that the picture is as large as its input, so boxes are network pixels.
 * PP-YOLOE without the plus and PicoDet take ImageNet's mean and deviation: their card must say so.
 * @see https://github.com/PaddlePaddle/PaddleDetection/blob/release/2.8/deploy/EXPORT_ONNX_MODEL_en.md
 */
export const paddle: LayoutRecogniser = {
  layout: 'paddle',
  expected: () => 'paddle: two outputs, [boxes, 6] and a count [1] of whole numbers',
  recognise({ outputs, hints }: Head): Decoder | undefined {
    const rows = outputs.find((output) => !isWhole(output) && output.shape.length === 2);
    const count = outputs.find((output) => isWhole(output) && output.shape.length === 1);
    // The count may have been cut off; then an input of PaddleDetection's tells, which nobody else has.
    const isAlone = outputs.length === 1 && hints.otherInputs?.includes('scale_factor') === true;
    if (rows === undefined || outputs.length !== (isAlone ? 1 : 2)) return undefined;
    if (rows.shape[1] !== 6 || (!isAlone && count?.shape[0] !== 1)) return undefined;
    const { classCount, because } = guessClasses(hints, 80);
    const column = (first: number) => ({ output: 0, first, columns: 6 });
    return {
      layout: 'paddle',
      classCount,
      outputIndexes: [rows, ...(count === undefined ? [] : [count])].map((output) => outputs.indexOf(output)),
      wholeOutputs: [1],
      conventions: stretchedInput,
      because: `"${rows.name}" has rows of six numbers${count === undefined ? '' : ` and "${count.name}" their count`}, as PaddleDetection's have; ${because}`,
      ...readFinishedBoxes({
        classes: column(0),
        scores: column(1),
        sides: column(2),
        sideOrder: 'xyxy',
        sideUnit: { xPx: 1, yPx: 1 },
        firstClass: hints.statedFirstClass ?? 0,
        ...(count !== undefined && { countOutput: 1 }),
      }),
    };
  },
};
