import { plural } from '../../../platform/plural.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { largestShare } from './box-unit.ts';
import type { Decoder, Head, NetworkHints, OutputShape, ScoreJudgement } from './decoder.ts';

/** Where one number of each box stands: in this one of the decoder's outputs, `first + box * columns`. */
export interface Column {
  readonly output: number;
  readonly first: number;
  readonly columns: number;
}

/**
 * What a side of 1 is in network pixels, across and down; (1, 1) where sides are in pixels. `bySize`: shares of a picture of
 * this size or pixels, as the first boxes show, and so ever after: what a network's numbers are does not change.
 */
export type SideUnit = Unit | { readonly bySize: Size };

export interface Unit {
  readonly xPx: number;
  readonly yPx: number;
}

/** What the card says, else what the boxes show. */
export function sideUnitOf({ input, hints }: Head): SideUnit {
  const { widthPx, heightPx } = input;
  switch (hints.boxUnit) {
    case 'pixels':
      return pixels;
    case 'shares':
      return { xPx: widthPx, yPx: heightPx };
    case undefined:
      return { bySize: { widthPx, heightPx } };
  }
}

/** How a network that chooses its boxes itself puts them out. */
export interface FinishedBoxes {
  /** The first of a box's four neighbouring sides. */
  readonly sides: Column;
  /** `centred`: centre x, centre y, width, height. */
  readonly sideOrder: 'xyxy' | 'yxyx' | 'centred';
  readonly sideUnit: SideUnit;
  readonly scores: Column;
  readonly classes: Column;
  /** The network's number for the first of our classes: 1 where its 0 is the background. */
  readonly firstClass: number;
  /** The output whose first number says how many boxes hold. Undefined: all of them. */
  readonly countOutput?: number;
  /** Which picture of a batch a box is in; there is but the one of number 0. */
  readonly pictures?: Column;
}

/** Boxes of one frame that are looked at, at most: networks that answer with any number of them have no bound of their own. */
export const mostFinishedBoxes = 16_384;

/** Counts, labels and indexes, which tell one of several outputs from the others. */
export function isWhole({ type }: OutputShape): boolean {
  return type === 'int32' || type === 'int64';
}

/** Classes that a network which shows no number of them has, and how we know. */
export interface GuessedClasses {
  readonly classCount: number;
  readonly because: string;
}

/** @param computed scores that the graph makes for each cell, where it tells (`classesOfCells`) */
export function guessClasses({ statedClasses }: NetworkHints, usual: number, computed?: number): GuessedClasses {
  if (statedClasses !== undefined) {
    return { classCount: statedClasses, because: `it states ${plural(statedClasses, 'label')}` };
  }
  if (computed !== undefined) {
    return {
      classCount: computed,
      because: `it states no labels, and its graph has ${plural(computed, 'score')} a cell`,
    };
  }
  return { classCount: usual, because: `it states no labels, so COCO's ${usual} class numbers are assumed` };
}

const classesOfCoco = 80;
/** COCO's numbers of classes run up to 90, with gaps; 0 is the background. */
export const cocoNumbers = 91;

/**
 * Classes of a network that counts them from 1, unless its card says otherwise. Labels that a card lists begin with the first object, unless the background
 * is among them.
 */
export function numberedClasses(hints: NetworkHints): GuessedClasses & { firstClass: number } {
  if (hints.statedFirstClass === 0) return { ...guessClasses(hints, classesOfCoco), firstClass: 0 };
  const guessed = guessClasses(hints, cocoNumbers);
  const countsBackground = hints.statedClasses === undefined || hints.statedBackground === true;
  return { ...guessed, firstClass: countsBackground ? 0 : 1 };
}

/** As `numberedClasses`, of a network whose weights may show how many classes it tells apart, where nobody stated it. */
export function weighedClasses(hints: NetworkHints): GuessedClasses & { firstClass: number } {
  const { boxHead, statedClasses } = hints;
  // As many as COCO has numbers are taken for COCO's.
  if (boxHead === undefined || statedClasses !== undefined || boxHead.classCount + 1 === cocoNumbers) {
    return numberedClasses(hints);
  }
  const { classCount } = boxHead;
  const because = `its weights are for ${plural(classCount, 'class', 'es')} beside the background`;
  return { classCount, firstClass: hints.statedFirstClass ?? 1, because };
}

export type FinishedReader = Pick<Decoder, 'capacity' | 'lengths' | 'suppression' | 'decode' | 'judgeScores'>;

/** Reads boxes that the network has suppressed already, any number of them. A box's source is its index. */
export function readFinishedBoxes(boxes: FinishedBoxes): FinishedReader {
  return readMeasuredBoxes(boxes).reader;
}

/** As `readFinishedBoxes`, for what stands beside boxes and is measured as they are. */
export interface MeasuredBoxes {
  readonly reader: FinishedReader;
  /** What a side of 1 is in network pixels, as far as the pictures that were decoded have shown it. */
  sideUnit(): Unit;
}

export function readMeasuredBoxes(boxes: FinishedBoxes): MeasuredBoxes {
  const { sides, scores, classes, pictures } = boxes;
  const { sideUnit } = boxes;
  let shown: Unit | undefined;
  const [left, top, right, bottom] = boxes.sideOrder === 'yxyx' ? [1, 0, 3, 2] : [0, 1, 2, 3];

  const countOf = (outputs: readonly Float32Array[]): number => {
    let count = Math.min(rowsIn(outputs, sides, 4), rowsIn(outputs, scores, 1), rowsIn(outputs, classes, 1));
    // Of a count that is no number, the comparison is false.
    if (boxes.countOutput !== undefined) {
      const stated = outputs[boxes.countOutput]![0] ?? 0;
      count = stated > 0 ? Math.min(count, Math.round(stated)) : 0;
    }
    return count;
  };

  const unit = (): Unit => ('bySize' in sideUnit ? (shown ?? pixels) : sideUnit);

  const reader: FinishedReader = {
    capacity: mostFinishedBoxes,
    lengths: 'varying',
    suppression: 'done',
    decode(outputs, scoreThreshold, into) {
      const sideValues = outputs[sides.output]!;
      const scoreValues = outputs[scores.output]!;
      const classValues = outputs[classes.output]!;
      const count = countOf(outputs);
      if ('bySize' in sideUnit) {
        const isFound = (box: number) => scoreValues[scores.first + box * scores.columns]! >= scoreThreshold;
        shown ??= unitByValue(sideValues, boxes, { count, isFound, size: sideUnit.bySize });
      }
      const { xPx, yPx } = unit();
      for (let box = 0; box < count; box++) {
        const score = scoreValues[scores.first + box * scores.columns]!;
        if (!(score >= scoreThreshold)) continue;
        if (pictures !== undefined && outputs[pictures.output]![pictures.first + box * pictures.columns] !== 0)
          continue;
        const classId = Math.round(classValues[classes.first + box * classes.columns]!) - boxes.firstClass;
        // Rows that only fill up are often of class -1; of a class that is no number, the comparison is false.
        if (!(classId >= 0 && classId < mostClasses)) {
          if (boxes.firstClass > 0 && classId + boxes.firstClass === 0) into.beforeFirst++;
          continue;
        }
        const at = sides.first + box * sides.columns;
        const first = sideValues[at + left!]! * xPx;
        const second = sideValues[at + top!]! * yPx;
        const third = sideValues[at + right!]! * xPx;
        const fourth = sideValues[at + bottom!]! * yPx;
        if (boxes.sideOrder === 'centred') into.addCentred(first, second, third, fourth, score, classId, box);
        else into.addCorners(first, second, third, fourth, score, classId, box);
      }
    },
    judgeScores: (outputs) => judgeFinished(outputs, boxes, countOf(outputs)),
  };
  return { reader, sideUnit: unit };
}

const pixels: Unit = { xPx: 1, yPx: 1 };

/**
 * What the sides of these boxes are, by those that were found and have a size: most of them reach farther than shares can, or
 * not. Rows that were not found may hold anything; those that only fill up are of zeros.
 * @returns undefined when nothing tells yet.
 */
function unitByValue(
  values: Float32Array,
  { sides: { first, columns }, sideOrder }: FinishedBoxes,
  { count, isFound, size }: { count: number; isFound: (box: number) => boolean; size: Size },
): Unit | undefined {
  let near = 0;
  let far = 0;
  for (let box = 0; box < count; box++) {
    if (!isFound(box)) continue;
    const at = first + box * columns;
    const [left, top] = sideOrder === 'centred' ? [0, 0] : [values[at]!, values[at + 1]!];
    const [right, bottom] = [values[at + 2]!, values[at + 3]!];
    if (!(right > left && bottom > top)) continue;
    const reach = values.subarray(at, at + 4).reduce((most, side) => Math.max(most, Math.abs(side)), 0);
    if (!Number.isFinite(reach)) continue;
    if (reach > largestShare) far++;
    else near++;
  }
  if (near === far) return undefined;
  return far > near ? pixels : { xPx: size.widthPx, yPx: size.heightPx };
}

/** No network tells more classes apart. */
const mostClasses = 1_000_000;

function rowsIn(outputs: readonly Float32Array[], { output, first, columns }: Column, width: number): number {
  return Math.max(0, Math.floor((outputs[output]!.length - first - width) / columns) + 1);
}

/**
 * A network that chooses its boxes may well have none, or fill up with rows of zeros. Boxes that are somewhere, all with
 * scores of exactly 0, are what a lost quantisation leaves.
 */
function judgeFinished(outputs: readonly Float32Array[], boxes: FinishedBoxes, count: number): ScoreJudgement {
  const { sides, scores } = boxes;
  let placed = false;
  let notFinite = false;
  for (let box = 0; box < count; box++) {
    const score = outputs[scores.output]![scores.first + box * scores.columns]!;
    if (score > 0 && score < Number.POSITIVE_INFINITY) return 'sound';
    if (!Number.isFinite(score)) notFinite = true;
    const at = sides.first + box * sides.columns;
    const values = outputs[sides.output]!;
    if (score === 0 && values[at + 2]! > values[at]! && values[at + 3]! > values[at + 1]!) placed = true;
  }
  return notFinite ? 'not-finite' : placed ? 'all-zero' : 'sound';
}
