import { type InputConventions, imageNetScale, levelScale } from '../preprocess/input-format.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { takesAngles } from './angles.ts';
import { areInPixels } from './box-unit.ts';
import { areConditional, cellKind, haveObjectness } from './cell-parts.ts';
import {
  type Decoder,
  gridCells,
  type Head,
  type LayoutRecogniser,
  type NetworkHints,
  type OutputShape,
  strideSets,
} from './decoder.ts';
import { type AddRow, readObjectnessRows } from './objectness-rows.ts';

/** With the sets that smaller cousins are cut down to. */
export const strideSetsOfYolox = [...strideSets, [8, 16], [16, 32]];

/** @see https://github.com/Megvii-BaseDetection/YOLOX/blob/main/yolox/data/data_augment.py (preproc) */
const yoloxInput: InputConventions = {
  ...{ channels: 'bgr', ...levelScale, fit: 'letterbox-top-left', paddingLevel: 114 },
};
/** As releases before 0.1.1 were trained, by ImageNet's mean. @see https://github.com/Megvii-BaseDetection/YOLOX/releases */
const yoloxInputBefore011: InputConventions = { ...yoloxInput, channels: 'rgb', ...imageNetScale };

/** How a YOLOX takes pictures by its first convolution, and what that was taken from, for people. */
export function yoloxConventions({ expects }: NetworkHints): Pick<Decoder, 'conventions' | 'because'> {
  const isOld = expects === 'unit';
  return {
    conventions: isOld ? yoloxInputBefore011 : yoloxInput,
    because: `its first convolution ${isOld ? 'takes colours less the mean of ImageNet' : 'does not ask for colours of 0..1: levels of 0..255'}`,
  };
}

/**
 * Megvii's YOLOX: an output `[1, N, 5 + classes]`, N the cells of all grids, one box a cell. Row i is a box, objectness and
 * one score in 0..1 a class. As it is usually exported the box is relative to its cell: centre in strides from the cell's
 * corner, logarithm of its size in strides. Exported with `--decode_in_inference` it is in network pixels. The numbers of the
 * first run tell, else whether the graph holds the `Exp` that makes it so; others may hold one for something else.
 *
 * Others have a row for each cell as well. The graph tells, by what it puts a cell's numbers together from (`cellKind`), or
 * else labels do. Where neither does, left to them, unless the card says "layout": "yolox", are networks of Ultralytics, which state
 * their `task`; those with four columns beside COCO's 80 classes, or some multiple of it (a v8 head transposed, NanoDet); those
 * that subtract without an `Exp` (`yolov6.ts`); and those of other than 80 classes whose numbers for an empty picture do not show
 * a YOLOX's either (`areConditional`, sizes below 0, `haveObjectness`).
 * @see https://github.com/Megvii-BaseDetection/YOLOX/blob/main/yolox/utils/demo_utils.py (demo_postprocess)
 * @see https://github.com/meituan/YOLOv6/blob/main/yolov6/utils/general.py (dist2bbox)
 */
export const yolox: LayoutRecogniser = {
  layout: 'yolox',
  expected: (input) => `yolox: one output [1, ${gridCells(input, strideSets[0]!)}, 5 + classes]`,
  recognise({ input, outputs, hints, firstRun }: Head): Decoder | undefined {
    const output = outputs[0];
    if (output === undefined || outputs.length !== 1 || output.shape.length !== 3 || output.shape[0] !== 1) {
      return undefined;
    }
    const [, cells = 0, columns = 0] = output.shape;
    const strides = strideSetsOfYolox.find((set) => gridCells(input, set) === cells);
    if (strides === undefined || columns < 6 || !isYolox(hints, output, columns, strides, firstRun?.[0]))
      return undefined;
    const { isDecoded, why } = decodingOf(firstRun?.[0], columns, hints);
    const { conventions, because } = yoloxConventions(hints);
    const classCount = columns - 5;
    return {
      layout: 'yolox',
      classCount,
      capacity: cells,
      outputIndexes: [0],
      lengths: 'fixed',
      suppression: 'needed',
      conventions,
      because:
        `"${output.name}" has a row for each cell of strides ${strides.join(', ')}; its boxes are ` +
        `${isDecoded ? 'in pixels' : 'relative to their cells'}, as ${why}; ` +
        because,
      ...readObjectnessRows({
        ...{ classCount, rows: cells },
        ...(isDecoded ? { input } : { add: fromCells(input, strides) }),
      }),
    };
  },
};

/** Sizes have none below 0, logarithms of sizes in strides many. */
const mostNegative = 0.1;

/** Whether boxes are in pixels, or shares of the picture, and how that is known, for people. */
function decodingOf(
  values: Float32Array | undefined,
  columns: number,
  { operators }: NetworkHints,
): { isDecoded: boolean; why: string } {
  if (values !== undefined) {
    const boxes = values.length / columns;
    const places = { boxes, boxStep: columns, sideStep: 1, sides: 'centred' } as const;
    if (areInPixels(values, places))
      return { isDecoded: true, why: 'most of an empty picture are far from its corner' };
    if (haveNegativeSizes(values, columns)) return { isDecoded: false, why: 'some of their sizes are below 0' };
    if (haveHugeLogarithms(values, columns)) {
      return { isDecoded: true, why: 'some of their sizes would be larger than any picture, were they logarithms' };
    }
  }
  const isDecoded = operators.has('Exp');
  return { isDecoded, why: isDecoded ? 'its graph holds an Exp' : 'its graph holds no Exp' };
}

function haveNegativeSizes(values: Float32Array, columns: number): boolean {
  let negative = 0;
  for (let at = 0; at < values.length; at += columns) if (values[at + 2]! < 0 || values[at + 3]! < 0) negative++;
  return negative * columns > mostNegative * values.length;
}

/** A box of e^12 strides is larger than any picture. */
const largestLogarithm = 12;

function haveHugeLogarithms(values: Float32Array, columns: number): boolean {
  for (let at = 0; at < values.length; at += columns) {
    if (Math.max(values[at + 2]!, values[at + 3]!) > largestLogarithm) return true;
  }
  return false;
}

const classesOfCoco = 80;

function isYolox(
  hints: NetworkHints,
  output: OutputShape,
  columns: number,
  strides: readonly number[],
  shown: Float32Array | undefined,
): boolean {
  const { task, statedClasses, operators, namedLayout } = hints;
  if (namedLayout === 'yolox') return true;
  if (takesAngles(hints)) return false;
  const kind = cellKind(hints, output, columns, strides);
  if (kind !== undefined) return kind === 'yolox';
  if (task !== undefined) return false;
  if (statedClasses !== undefined) return !areDistances(columns - statedClasses) && !isYolov6(operators);
  if (areDistances(columns - classesOfCoco) || isYolov6(operators)) return false;
  if (columns - classesOfCoco === 5 || shown === undefined) return true;
  return areConditional(shown, columns) || haveNegativeSizes(shown, columns) || haveObjectness(shown, columns);
}

/** Four columns beside the classes are a box without objectness, more of them weights of distances. */
function areDistances(rest: number): boolean {
  return rest > 0 && rest % 4 === 0;
}

function isYolov6(operators: NetworkHints['operators']): boolean {
  return operators.has('Sub') && !operators.has('Exp');
}

/** Adds boxes that are relative to their cells. Rows go grid by grid, the finest first, each line by line. */
function fromCells(input: Size, strides: readonly number[]): AddRow {
  const grids = strides.map((stride, level) => ({
    stride,
    columns: Math.ceil(input.widthPx / stride),
    firstRow: gridCells(input, strides.slice(0, level)),
  }));
  return (into, output, at, row, score, classId) => {
    let level = grids.length - 1;
    while (row < grids[level]!.firstRow) level--;
    const { stride, columns, firstRow } = grids[level]!;
    const cell = row - firstRow;
    into.addCentred(
      (output[at]! + (cell % columns)) * stride,
      (output[at + 1]! + Math.floor(cell / columns)) * stride,
      Math.exp(output[at + 2]!) * stride,
      Math.exp(output[at + 3]!) * stride,
      score,
      classId,
      row,
    );
  };
}
