import { mostCrossed } from './box-corners.ts';
import { gridCells, type Head, type OutputShape, strideSets } from './decoder.ts';
import { type MeasuredBoxes, readMeasuredBoxes, type SideUnit } from './finished-boxes.ts';

/** Boxes that Ultralytics' networks choose unless they are told another number (`max_det`). */
export const usualBoxes = 300;

/** Numbers that a row begins with: x1, y1, x2, y2 in network pixels or shares of the picture, score in 0..1, class. */
export const boxColumns = 6;

/** An output `[1, boxes, columns]`. */
export interface Rows {
  readonly output: OutputShape;
  readonly boxes: number;
  readonly columns: number;
}

/** The one output of three sides. */
export function finishedRows(outputs: readonly OutputShape[]): Rows | undefined {
  const [output, ...others] = outputs.filter(({ shape }) => shape.length === 3);
  if (output === undefined || others.length > 0) return undefined;
  const [batch, boxes = 0, columns = 0] = output.shape;
  return batch === 1 && columns >= boxColumns ? { output, boxes, columns } : undefined;
}

/**
 * Whether rows can be boxes that a network has chosen itself. A YOLOv5 or YOLOX may have as many columns, but has a row for
 * each of its anchors or cells; and nobody chooses more boxes than there are cells.
 */
export function maySuppress({ boxes }: Rows, { input, hints }: Head): boolean {
  const cells = strideSets.map((strides) => gridCells(input, strides));
  const isGrid = cells.some((each) => boxes === each || boxes === 3 * each);
  return /^true$/i.test(hints.metadata['end2end'] ?? '') || (!isGrid && boxes <= Math.max(usualBoxes, cells[0]!));
}

/**
 * Reads rows of the decoder's first output. A box's source is its row. Rows of people's own making may have the class before the
 * score: values tell (`haveClassFirst`).
 * @param firstClass the network's number for the first of our classes
 */
export function readFinishedRows(columns: number, sideUnit: SideUnit, firstClass = 0): MeasuredBoxes {
  const column = (first: number) => ({ output: 0, first, columns });
  const boxes = { sides: column(0), sideOrder: 'xyxy', sideUnit, firstClass } as const;
  const usual = readMeasuredBoxes({ ...boxes, scores: column(4), classes: column(5) });
  const turned = readMeasuredBoxes({ ...boxes, scores: column(5), classes: column(4) });
  const of = ([values]: readonly Float32Array[]) => (haveClassFirst(values!, columns) ? turned : usual);
  let last = usual;
  return {
    reader: {
      ...usual.reader,
      decode(outputs, scoreThreshold, into) {
        last = of(outputs);
        last.reader.decode(outputs, scoreThreshold, into);
      },
      judgeScores: (outputs) => of(outputs).reader.judgeScores(outputs),
    },
    sideUnit: () => last.sideUnit(),
  };
}

/**
 * Whether rows end in class and score and not the other way round: of those that are boxes, all have a whole number and then a
 * share, and not only 0 and 1.
 */
export function haveClassFirst(values: Float32Array, columns: number): boolean {
  let someShares = false;
  for (let at = 0; at + columns <= values.length; at += columns) {
    if (!(values[at + 2]! > values[at]! && values[at + 3]! > values[at + 1]!)) continue;
    const classId = values[at + 4]!;
    const score = values[at + 5]!;
    if (!Number.isInteger(classId) || !(score >= 0 && score <= 1)) return false;
    if (!Number.isInteger(score)) someShares = true;
  }
  return someShares;
}

/**
 * Whether rows begin with class and score, and their box stands behind them, as those of Keras' SSDs: all that are not of zeros have a whole
 * number, a share and two corners, the last of which is no class's number.
 * @see https://github.com/pierluigiferrari/ssd_keras/blob/master/keras_layers/keras_layer_DecodeDetections.py
 */
export function beginWithClass(values: Float32Array | undefined, columns: number): boolean {
  let areTold = false;
  for (let at = 0; values !== undefined && at + columns <= values.length; at += columns) {
    const [classId, score, left, top, right, bottom] = values.subarray(at, at + boxColumns);
    if (score === 0 && right === left && bottom === top) continue;
    const isOne = Number.isInteger(classId) && score! >= 0 && score! <= 1 && right! > left! && bottom! > top!;
    if (!isOne) return false;
    if (!Number.isInteger(bottom) && !Number.isInteger(score)) areTold = true;
  }
  return areTold;
}

/**
 * Whether most rows cannot be corners, as the second would lie before the first: then they are centres and sizes, as an RT-DETR's whose
 * metadata are lost. Rows of zeros tell nothing.
 */
export function areCrossed(values: Float32Array | undefined, columns: number): boolean {
  if (values === undefined) return false;
  let boxes = 0;
  let crossed = 0;
  for (let at = 0; at + columns <= values.length; at += columns) {
    const width = values[at + 2]! - values[at]!;
    const height = values[at + 3]! - values[at + 1]!;
    if (width === 0 && height === 0) continue;
    boxes++;
    if (width < 0 || height < 0) crossed++;
  }
  return crossed > mostCrossed * boxes;
}

/** Class numbers of half precision and of quantised networks may lie a little beside whole ones. */
const besideWhole = 0.1;

/** Whether most rows end in a number that is no class's, such as a score of one more class. Rows of zeros tell nothing. */
export function endInFractions(values: Float32Array | undefined, columns: number): boolean {
  if (values === undefined || haveClassFirst(values, columns)) return false;
  let boxes = 0;
  let fractions = 0;
  for (let at = 0; at + columns <= values.length; at += columns) {
    const classId = values[at + 5]!;
    if (values[at + 2] === values[at] && values[at + 3] === values[at + 1]) continue;
    boxes++;
    // A very small score passes for class 0.
    if (Math.abs(classId - Math.round(classId)) > besideWhole || (classId > 0 && classId < besideWhole)) fractions++;
  }
  return 2 * fractions > boxes;
}
