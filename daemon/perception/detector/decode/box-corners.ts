import type { Size } from '../preprocess/letterbox.ts';
import { type BoxPlaces, largestShare } from './box-unit.ts';
import { areComputed, lackPlaces } from './cell-parts.ts';
import { gridCells, type Head, type LayoutName, type OutputShape } from './decoder.ts';
import { isUltralytics } from './raw-head-family.ts';

/** Of corners a few may be crossed where a network sees nothing. */
export const mostCrossed = 0.25;

/**
 * The share of boxes whose second corner lies before the first, if four numbers are corners. Of a network's boxes for an empty
 * picture hardly any are; read as corners, most centres with sizes are, which are narrower than far from the picture's edge, and so are
 * half of all shifts of an anchor. Boxes of zeros tell nothing, nor those that are the same as the one before.
 */
export function crossedShare(values: Float32Array, places: Omit<BoxPlaces, 'sides'>): number {
  const { boxes, boxStep, sideStep } = places;
  let telling = 0;
  let crossed = 0;
  for (let box = 0; box < boxes; box++) {
    if (!isTelling(values, places, box)) continue;
    telling++;
    const at = box * boxStep;
    const [left, top] = [values[at]!, values[at + sideStep]!];
    if (values[at + 2 * sideStep]! < left || values[at + 3 * sideStep]! < top) crossed++;
  }
  return telling === 0 ? 0 : crossed / telling;
}

/** A distance is the mean of 0, 1, …, 15 strides. */
const farthestInStrides = 16;
/** Of a box's four distances, in strides, one at least is larger. */
const leastReach = 0.05;
/** No logit and no shift of an anchor is larger; of boxes in pixels hardly any is as small. */
const largestRaw = 16;
const mostOther = 0.1;
const fewestChanges = 0.1;

/**
 * What four numbers for each cell or anchor are of which no box was made yet; undefined where they may be boxes. They do not grow
 * from cell to cell along a line and a column (`followCells`), and are such as heads have before their boxes are made: distances to
 * the sides, none of them farther than a distribution's end, in strides or in pixels, or others that are raw, none of them large.
 * Where the graph does not show that they are of the cells, only distances in strides are told from boxes. Few numbers tell
 * nothing: those of cells without an object may be left 0, or be the same for all. `swapped`: y stands before x.
 * @param values of an empty picture: all strides' cells, the finest first
 */
export function undecodedAs(
  values: Float32Array | undefined,
  places: Omit<BoxPlaces, 'sides'>,
  { input, strides, areOfCells }: { input: Size; strides: readonly number[]; areOfCells: boolean },
): 'distances' | 'raw' | 'swapped' | undefined {
  if (values === undefined) return undefined;
  const { boxes, boxStep, sideStep } = places;
  const anchors = boxes / gridCells(input, strides);
  let filled = 0;
  let changes = 0;
  let distances = 0;
  let raw = 0;
  let box = 0;
  for (const stride of strides) {
    const [nearest, end] = areOfCells ? [leastReach, farthestInStrides * stride] : [largestShare, farthestInStrides];
    for (const last = box + anchors * gridCells(input, [stride]); box < last; box++) {
      if (isEmpty(values, places, box)) continue;
      filled++;
      if (box > 0 && !isRepeated(values, places, box)) changes++;
      const at = box * boxStep;
      let least = Number.POSITIVE_INFINITY;
      let farthest = Number.NEGATIVE_INFINITY;
      for (let side = 0; side < 4; side++) {
        const value = values[at + side * sideStep]!;
        least = Math.min(least, value);
        farthest = Math.max(farthest, value);
      }
      // Of what is no number, the comparisons are false.
      if (least >= 0 && farthest > nearest && farthest <= end) distances++;
      if (least >= -largestRaw && farthest <= largestRaw) raw++;
    }
  }
  // What small convolutions make of an empty picture is the same but for its edges.
  if (changes < Math.max(fewestTelling, areOfCells ? 0 : fewestChanges * boxes)) return undefined;
  if (followCells(values, places, input, strides)) return undefined;
  const areMost = (count: number) => count >= (1 - mostOther) * filled;
  if (areMost(distances)) return 'distances';
  if (areOfCells && areMost(raw)) return 'raw';
  return followCells(values, places, input, strides, 'yx') ? 'swapped' : undefined;
}

/** Whether a box tells anything of what its numbers are: not all are 0, and it is not the same as the one before. */
export function isTelling(values: Float32Array, places: Omit<BoxPlaces, 'sides'>, box: number): boolean {
  return !isEmpty(values, places, box) && !(box > 0 && isRepeated(values, places, box));
}

/** Of a cell that has no object, all of a box's numbers may be left 0. */
function isEmpty(values: Float32Array, { boxStep, sideStep }: Omit<BoxPlaces, 'sides'>, box: number): boolean {
  const at = box * boxStep;
  for (let side = 0; side < 4; side++) if (values[at + side * sideStep] !== 0) return false;
  return true;
}

/** Whether a box's four numbers are those of the box before it. */
function isRepeated(values: Float32Array, { boxStep, sideStep }: Omit<BoxPlaces, 'sides'>, box: number): boolean {
  const at = box * boxStep;
  for (let side = 0; side < 4; side++) {
    if (values[at + side * sideStep] !== values[at + side * sideStep - boxStep]) return false;
  }
  return true;
}

/**
 * Whether the boxes of an output are none yet (`undecodedAs`), unless its card calls it this layout, or Ultralytics' metadata say
 * what it is and the graph does not show otherwise. `byGraph`: only the graph may show it.
 * @param shown the output's numbers for an empty picture
 */
export function areUndecoded(
  { input, hints }: Pick<Head, 'input' | 'hints'>,
  output: OutputShape,
  shown: Float32Array | undefined,
  places: Omit<BoxPlaces, 'sides'> & { readonly strides: readonly number[] },
  { layout, byGraph }: { readonly layout: LayoutName; readonly byGraph?: true },
): boolean {
  const { boxes, strides } = places;
  const areOfCells = lackPlaces(hints, output, { boxes, strides });
  if (hints.namedLayout === layout) return false;
  const kind = undecodedAs(shown, places, { input, strides, areOfCells });
  if (kind === 'swapped') return areComputed(hints, output);
  return kind !== undefined && (areOfCells || (byGraph !== true && !isUltralytics(hints.metadata)));
}

/** Of places that have to do with one another. */
const leastCorrelation = 0.3;

/**
 * Whether the first two of a box's numbers grow with the place of its cell, as its centre does and its first corner, in pixels or
 * in shares of the picture; those of zeros are left out. Boxes of all strides' cells, line by line; of several anchors a cell, which Darknet's have the
 * coarsest stride first of, those of one anchor may come first or those of one cell.
 */
export function followCells(
  values: Float32Array,
  places: Omit<BoxPlaces, 'sides'>,
  input: Size,
  strides: readonly number[],
  order: 'xy' | 'yx' = 'xy',
): boolean {
  const { boxes, boxStep, sideStep } = places;
  const [ofX, ofY] = order === 'xy' ? [0, sideStep] : [sideStep, 0];
  const anchors = boxes / gridCells(input, strides);
  const follow = (grids: readonly number[], cellOf: (box: number, cells: number) => number) => {
    const [across, down] = [new Correlation(), new Correlation()];
    let first = 0;
    for (const stride of grids) {
      const perLine = Math.ceil(input.widthPx / stride);
      const cells = gridCells(input, [stride]);
      for (let box = 0; box < anchors * cells; box++) {
        if (isEmpty(values, places, first + box)) continue;
        const at = (first + box) * boxStep;
        const cell = cellOf(box, cells);
        across.add(((cell % perLine) + 0.5) * stride, values[at + ofX]!);
        down.add((Math.floor(cell / perLine) + 0.5) * stride, values[at + ofY]!);
      }
      first += anchors * cells;
    }
    return across.value > leastCorrelation && down.value > leastCorrelation;
  };
  const orders = anchors > 1 ? [strides, strides.toReversed()] : [strides];
  return orders.some(
    (grids) =>
      follow(grids, (box, cells) => box % cells) || (anchors > 1 && follow(grids, (box) => Math.floor(box / anchors))),
  );
}

/** Pearson's, of pairs that come one by one. */
class Correlation {
  #count = 0;
  #sums = { x: 0, y: 0, xx: 0, yy: 0, xy: 0 };

  add(x: number, y: number): void {
    if (!Number.isFinite(y)) return;
    this.#count++;
    const sums = this.#sums;
    sums.x += x;
    sums.y += y;
    sums.xx += x * x;
    sums.yy += y * y;
    sums.xy += x * y;
  }

  /** 0 where one of both does not change. */
  get value(): number {
    const { x, y, xx, yy, xy } = this.#sums;
    const count = this.#count;
    const spread = Math.sqrt(Math.max(0, (count * xx - x * x) * (count * yy - y * y)));
    return spread > 0 ? (count * xy - x * y) / spread : 0;
  }
}

/** Too few boxes tell nothing. */
const fewestTelling = 32;

/**
 * What four numbers are for each cell or anchor: corners where not one box of an empty picture ends before it begins, most
 * lie well inside the picture, and the farther one begins the farther it ends. Of centres and sizes, most would be crossed; and
 * where boxes are as large as the picture, as barely trained networks have them, sizes have nothing to do with centres.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Detect.decode_bboxes)
 */
export function sidesOf(
  values: Float32Array | undefined,
  { boxes, boxStep, sideStep }: Omit<BoxPlaces, 'sides'>,
  { widthPx, heightPx }: Size,
): BoxPlaces['sides'] {
  if (values === undefined || boxes < fewestTelling) return 'centred';
  const across = new Correlation();
  const down = new Correlation();
  let inside = 0;
  for (let box = 0; box < boxes; box++) {
    const at = box * boxStep;
    const left = values[at]!;
    const top = values[at + sideStep]!;
    const right = values[at + 2 * sideStep]!;
    const bottom = values[at + 3 * sideStep]!;
    if (!(right > left && bottom > top)) return 'centred';
    across.add(left, right);
    down.add(top, bottom);
    if (left > widthPx / 8 || top > heightPx / 8) inside++;
  }
  const growTogether = across.value >= leastCorrelation && down.value >= leastCorrelation;
  return growTogether && 2 * inside > boxes ? 'corners' : 'centred';
}
