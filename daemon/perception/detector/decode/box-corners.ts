import type { Size } from '../preprocess/letterbox.ts';
import { type BoxPlaces, largestShare } from './box-unit.ts';

/** Of corners a few may be crossed where a network sees nothing. */
export const mostCrossed = 0.25;

/**
 * The share of boxes whose second corner lies before the first, if four numbers are corners. Of a network's boxes for an empty
 * picture hardly any are; read as corners, most centres with sizes are, which are narrower than far from the picture's edge, and so are
 * half of all shifts of an anchor.
 */
export function crossedShare(values: Float32Array, { boxes, boxStep, sideStep }: Omit<BoxPlaces, 'sides'>): number {
  let crossed = 0;
  for (let box = 0; box < boxes; box++) {
    const at = box * boxStep;
    const [left, top] = [values[at]!, values[at + sideStep]!];
    if (values[at + 2 * sideStep]! < left || values[at + 3 * sideStep]! < top) crossed++;
  }
  return boxes === 0 ? 0 : crossed / boxes;
}

/** A distance is the mean of 0, 1, …, 15 strides, and no picture is as small as four times as many pixels. */
const farthestInStrides = 16;
const mostOther = 0.1;
const fewestChanges = 0.1;

/**
 * Whether four numbers for each cell are distances to the sides, in strides, as heads with a distribution of them have before
 * their boxes are made. Of nearly every cell of an empty picture none is farther; centres of boxes lie all over the picture, and shares of it
 * below `largestShare`. Numbers that are the same for most cells tell nothing.
 */
export function areReaches(
  values: Float32Array | undefined,
  { boxes, boxStep, sideStep }: Omit<BoxPlaces, 'sides'>,
  { widthPx, heightPx }: Size,
): boolean {
  if (values === undefined || boxes < fewestTelling || Math.min(widthPx, heightPx) < 4 * farthestInStrides)
    return false;
  let others = 0;
  let changes = 0;
  for (let box = 0; box < boxes; box++) {
    let least = Number.POSITIVE_INFINITY;
    let farthest = Number.NEGATIVE_INFINITY;
    if (box > 0 && values[box * boxStep] !== values[(box - 1) * boxStep]) changes++;
    for (let side = 0; side < 4; side++) {
      const value = values[box * boxStep + side * sideStep]!;
      least = Math.min(least, value);
      farthest = Math.max(farthest, value);
    }
    // Of what is no number, the comparison is false.
    if (!(least >= 0 && farthest <= farthestInStrides && farthest > largestShare)) others++;
  }
  return changes > fewestChanges * boxes && others <= mostOther * boxes;
}

/** Too few boxes tell nothing. */
const fewestTelling = 32;

/**
 * What four numbers are for each cell or anchor: corners where not one box of an empty picture ends before it begins, and most
 * lie well inside the picture; of centres and sizes, most would be crossed.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Detect.decode_bboxes)
 */
export function sidesOf(
  values: Float32Array | undefined,
  { boxes, boxStep, sideStep }: Omit<BoxPlaces, 'sides'>,
  { widthPx, heightPx }: Size,
): BoxPlaces['sides'] {
  if (values === undefined || boxes < fewestTelling) return 'centred';
  let inside = 0;
  for (let box = 0; box < boxes; box++) {
    const at = box * boxStep;
    const left = values[at]!;
    const top = values[at + sideStep]!;
    if (!(values[at + 2 * sideStep]! > left && values[at + 3 * sideStep]! > top)) return 'centred';
    if (left > widthPx / 8 || top > heightPx / 8) inside++;
  }
  return 2 * inside > boxes ? 'corners' : 'centred';
}
