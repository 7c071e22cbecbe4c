import { ultralyticsInput } from '../preprocess/input-format.ts';
import { takesAngles } from './angles.ts';
import { areUndecoded, sidesOf } from './box-corners.ts';
import { cellNumbersOf, readCellNumbers } from './cell-numbers.ts';
import { areConditional, cellKind } from './cell-parts.ts';
import {
  type Decoder,
  gridCells,
  type Head,
  type LayoutRecogniser,
  type NetworkHints,
  type OutputShape,
  strideSets,
} from './decoder.ts';

/** Numbers a cell for each side's distance, in the feature maps that some exports leave beside the head. */
const distanceColumns = 64;

/**
 * Ultralytics v8 and its kin (v9, v11, v12): an output `[1, 4 + classes, N]`, N the cells of all grids. Column i is
 * centre x, centre y, width, height in network pixels, then one score in 0..1 a class; there is no objectness.
 *
 * Beside it may stand the feature maps that it was made of, `[1, 64 + classes, h, w]`, and where graph or card leave no doubt
 * (`cellKind`) maps of other kinds, which are not read, such as embeddings; and YOLOv9's own exports have two
 * such outputs, of which the second is that of the branch that stays. Transposed, `[1, N, 4 + classes]`, it may be a YOLOX of
 * one class less: the graph tells (`cellKind`), else the labels, else 80 classes or one are believed whose scores of an empty
 * picture do not show an objectness before them; the card may say "layout": "yolov8". v10's and 26's boxes are corners where they
 * were cut before their own choice (`sidesOf`).
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Detect)
 * @see https://github.com/WongKinYiu/yolov9/blob/main/models/yolo.py (DualDDetect)
 */
export const yolov8: LayoutRecogniser = {
  layout: 'yolov8',
  expected: (input) => `yolov8: an output [1, 4 + classes, ${gridCells(input, strideSets[0]!)}]`,
  recognise({ input, outputs, hints, firstRun }: Head): Decoder | undefined {
    const heads = outputs.filter(({ shape }) => shape.length === 3).toSorted(byNumber);
    const output = heads.at(-1);
    if (
      output === undefined ||
      heads.length > 2 ||
      !heads.every(({ shape }) => String(shape) === String(output.shape))
    ) {
      return undefined;
    }
    const place = cellNumbersOf(output, input);
    if (place === undefined || place.numbers < 5) return undefined;
    const { cells, strides, numbers, numberStep, cellStep } = place;
    const classCount = numbers - 4;
    if (mayHaveAngles(hints, classCount)) return undefined;
    const shown = firstRun?.[outputs.indexOf(output)];
    if (cellStep === 1) {
      if (hasOtherParts(hints, output, numbers, strides)) return undefined;
      const isSure = hints.namedLayout === 'yolov8' || cellKind(hints, output, numbers, strides) === 'yolov8';
      const isExtra = (other: OutputShape) => isFeatureMap(other, classCount) || (isSure && isMap(other));
      if (!outputs.every((other) => heads.includes(other) || isExtra(other))) return undefined;
    } else if (outputs.length !== 1 || !isTransposed(hints, output, numbers, strides, shown)) return undefined;
    const boxes = { boxes: cells, boxStep: cellStep, sideStep: numberStep };
    if (areUndecoded({ input, hints }, output, shown, { ...boxes, strides }, { layout: 'yolov8' })) return undefined;
    const sides = sidesOf(shown, boxes, input);
    return {
      layout: 'yolov8',
      classCount,
      capacity: cells,
      outputIndexes: [outputs.indexOf(output)],
      lengths: 'fixed',
      suppression: 'needed',
      conventions: ultralyticsInput,
      because:
        `"${output.name}" has ${cellStep === 1 ? 'a column' : 'a row'} for each cell of strides ${strides.join(', ')}, of four numbers beside its classes` +
        (sides === 'corners'
          ? '; its boxes are corners, as not one of them for an empty picture ends before it begins'
          : ''),
      ...readCellNumbers(place, classCount, { input, sides }),
    };
  },
};

function isFeatureMap({ shape }: OutputShape, classCount: number): boolean {
  return shape.length === 4 && shape[0] === 1 && shape[1] === distanceColumns + classCount;
}

/** Features, or what a second head says of each place. A single channel may be an angle. */
function isMap({ shape: [batch, channels = 0, ...rest] }: OutputShape): boolean {
  return batch === 1 && channels > 1 && rest.length === 2;
}

/** By the numbers that names of the same kind end in, `output0` and `output1`; else as they stand. */
function byNumber({ name: a }: OutputShape, { name: b }: OutputShape): number {
  const [first, second] = [a, b].map((name) => /^(?<kind>.*?)(?<number>\d+)$/.exec(name)?.groups);
  return first === undefined || first['kind'] !== second?.['kind']
    ? 0
    : Number(first['number']) - Number(second?.['number']);
}

/** Metadata say of boxes that they are oriented; without any, an angle may stand where the last class would. */
function mayHaveAngles(hints: NetworkHints, classCount: number): boolean {
  return takesAngles(hints) && hints.statedClasses !== classCount && hints.namedLayout !== 'yolov8';
}

/** Whether the graph shows that more stands behind a box than scores of classes, or something else before them. */
function hasOtherParts(hints: NetworkHints, output: OutputShape, rows: number, strides: readonly number[]): boolean {
  if (hints.namedLayout === 'yolov8' || hints.statedClasses === rows - 4) return false;
  return ['yolox', 'yolov6', 'other'].includes(cellKind(hints, output, rows, strides) ?? '');
}

/** Whether rows of a cell's numbers are those of a v8, and not a YOLOX's of one class less. */
function isTransposed(
  hints: NetworkHints,
  output: OutputShape,
  columns: number,
  strides: readonly number[],
  shown: Float32Array | undefined,
): boolean {
  const { statedClasses, namedLayout } = hints;
  if (namedLayout === 'yolov8') return true;
  const kind = cellKind(hints, output, columns, strides);
  if (kind === 'yolov8' || kind === 'yolox') return kind === 'yolov8' && columns - 4 === (statedClasses ?? columns - 4);
  if (statedClasses !== undefined) return statedClasses === columns - 4;
  if (kind !== undefined) return false;
  return [80, 1].includes(columns - 4) && !areConditional(shown, columns);
}
