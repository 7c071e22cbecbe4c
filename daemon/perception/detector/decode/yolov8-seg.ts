import { ultralyticsInput } from '../preprocess/input-format.ts';
import { type CellNumbers, cellNumbersOf, readCellNumbers } from './cell-numbers.ts';
import { areOfGrids, cellKind } from './cell-parts.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, strideSets } from './decoder.ts';
import { areScores, createMaskReader, isStated, type PrototypeHead, pairWithPrototypes } from './prototype-masks.ts';

/**
 * Ultralytics v8 segmentation and its kin (v9, v11, v12): `[1, 4 + classes + masks, N]`, whose rows are those of v8 and
 * then a coefficient for each prototype, beside the prototypes `[1, masks, h, w]`. The rows may be transposed.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Segment)
 */
export const yolov8Seg: LayoutRecogniser = {
  layout: 'yolov8-seg',
  task: 'segment',
  expected: (input) =>
    `yolov8-seg: [1, 4 + classes + masks, ${gridCells(input, strideSets[0]!)}] and prototypes [1, masks, ${input.heightPx / 4}, ${input.widthPx / 4}]`,
  recognise(head: Head): Decoder | undefined {
    const pair = pairWithPrototypes(head);
    if (pair === undefined) return undefined;
    const { rows, prototypes, outputIndexes } = pair;
    const place = cellNumbersOf(rows, head.input);
    if (place === undefined) return undefined;
    const { cells, strides, numberStep, cellStep } = place;
    const classCount = place.numbers - 4 - prototypes.channels;
    if (classCount < 1) return undefined;
    if (!isStated(head.hints) && isOfMoreClasses(head, pair, place, classCount)) return undefined;
    const readMask = createMaskReader(prototypes);
    return {
      layout: 'yolov8-seg',
      classCount,
      capacity: cells,
      outputIndexes,
      lengths: 'fixed',
      suppression: 'needed',
      conventions: ultralyticsInput,
      because: `"${rows.name}" has numbers for each cell of strides ${strides.join(', ')}, with coefficients for ${prototypes.channels} prototypes of masks`,
      ...readCellNumbers(place, classCount, { input: head.input }),
      detailsOf: 'pixels',
      details(source, outputs, letterbox, box) {
        const first = (4 + classCount) * numberStep + source * cellStep;
        const coefficients = { values: outputs[0]!, first, stride: numberStep };
        return { mask: readMask(coefficients, outputs[1]!, letterbox, box) };
      },
    };
  },
};

/** A v8 whose last classes would pass for coefficients, beside a map of another kind: its graph tells, or its numbers. */
function isOfMoreClasses(
  { hints, firstRun }: Head,
  { rows, prototypes, outputIndexes }: PrototypeHead,
  { cells, numbers, numberStep, cellStep, strides }: CellNumbers,
  classCount: number,
): boolean {
  if (cellKind(hints, rows, numbers, strides) === 'yolov8') return true;
  const first = (4 + classCount) * numberStep;
  const places = { first, rows: cells, rowStep: cellStep, columns: prototypes.channels, columnStep: numberStep };
  return areOfGrids(hints, rows, strides) && areScores(firstRun?.[outputIndexes[0]], places);
}
