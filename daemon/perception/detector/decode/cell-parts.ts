import type { NetworkHints, OutputShape } from './decoder.ts';

/**
 * Whose a cell's numbers are, by what they were put together from: a box, an objectness and the classes (`yolox`), a box and
 * the classes beside an objectness that is a constant (`yolov6`), or alone (`yolov8`); or of three parts and more that are none of
 * these, as where keypoints or an angle stand behind the classes, or that are joined in another order (`other`).
 */
export type CellKind = 'yolox' | 'yolov6' | 'yolov8' | 'other';

/** Weights of the distances 0, 1, …, 15 strides, for each of a box's sides. */
const distanceChannels = 64;
/** A box's sides, each a number or weights of distances. */
const sides = 4;

/**
 * Told by how many numbers the last products before an output give, at each stride the same: of `columns` numbers a cell.
 * Undefined where the graph does not tell, as where one convolution gives all of a cell's numbers.
 * @see https://github.com/Megvii-BaseDetection/YOLOX/blob/main/yolox/models/yolo_head.py (cls_preds, reg_preds, obj_preds)
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Detect: cv2, cv3)
 */
export function cellKind(
  { lastProducts, joinedProducts }: Pick<NetworkHints, 'lastProducts' | 'joinedProducts'>,
  output: OutputShape,
  columns: number,
  strides: readonly number[],
): CellKind | undefined {
  const order = joinedProducts?.get(output.name);
  const parts = partsOfCell(lastProducts?.get(output.name) ?? [], strides.length);
  const ofYolox = [
    [sides, 1, columns - 5],
    [sides + 1, columns - 5],
  ].find((each) => isMadeOf(parts, each));
  if (ofYolox !== undefined) return String(order ?? ofYolox) === String(ofYolox) ? 'yolox' : 'other';
  const isOfBoxAnd = (rest: number) => parts.some((box) => box % sides === 0 && isMadeOf(parts, [box, rest]));
  if (isOfBoxAnd(columns - 4)) return 'yolov8';
  if (isOfBoxAnd(columns - 5)) return 'yolov6';
  const hasMore = parts.some((box) => box % sides === 0 && sum(parts) - box === columns - sides);
  return parts.length > 2 && hasMore ? 'other' : undefined;
}

/** Whether a graph shows that an output comes from products at all, and is no constant. */
export function areComputed({ lastProducts }: Pick<NetworkHints, 'lastProducts'>, { name }: OutputShape): boolean {
  return lastProducts?.has(name) === true;
}

/** Whether a graph shows that an output comes from the same products at each grid. */
export function areOfGrids(
  { lastProducts }: Pick<NetworkHints, 'lastProducts'>,
  { name }: OutputShape,
  strides: readonly number[],
): boolean {
  return partsOfCell(lastProducts?.get(name) ?? [], strides.length).length > 0;
}

/**
 * Whether a graph shows that an output's boxes are each grid's own numbers, to which nothing was added that says where a cell lies:
 * so many numbers of the file's own would be two a box.
 */
export function lackPlaces(
  hints: Pick<NetworkHints, 'lastProducts' | 'addedNumbers'>,
  output: OutputShape,
  { boxes, strides }: { readonly boxes: number; readonly strides: readonly number[] },
): boolean {
  return areOfGrids(hints, output, strides) && (hints.addedNumbers?.get(output.name) ?? 0) < 2 * boxes;
}

/** Whether a graph shows that an output of all grids' cells has the weights of a v8's distances before its classes. */
export function haveWeights(
  { lastProducts }: Pick<NetworkHints, 'lastProducts'>,
  { name }: OutputShape,
  channels: number,
  strides: readonly number[],
): boolean {
  const parts = partsOfCell(lastProducts?.get(name) ?? [], strides.length);
  return isMadeOf(parts, [distanceChannels, channels - distanceChannels]);
}

/**
 * The same of a grid that is not decoded yet, of so many channels, as `[1, channels, h, w]`: a v8 then has the weights of its
 * distances before its classes. `anchors`: one convolution gives them all, as each of some anchors' numbers; `other`: of other parts.
 */
export function gridKind(
  { lastProducts, joinedProducts }: Pick<NetworkHints, 'lastProducts' | 'joinedProducts'>,
  { name }: OutputShape,
  channels: number,
): 'yolox' | 'yolov8' | 'anchors' | 'other' | undefined {
  const parts = lastProducts?.get(name) ?? [];
  const known = [
    { kind: 'yolox', order: [sides, 1, channels - 5] },
    { kind: 'yolox', order: [sides + 1, channels - 5] },
    { kind: 'yolov8', order: [distanceChannels, channels - distanceChannels] },
  ] as const;
  const found = known.find((each) => isMadeOf(parts, each.order));
  const order = joinedProducts?.get(name);
  if (found !== undefined) return String(order ?? found.order) === String(found.order) ? found.kind : 'other';
  if (isMadeOf(parts, [channels])) return 'anchors';
  return parts.length > 1 ? 'other' : undefined;
}

/** What one cell's numbers come from, if all strides' come from the same; else nothing. */
export function partsOfCell(widths: readonly number[], grids: number): readonly number[] {
  const parts = widths.filter((_, at) => at % grids === 0);
  return widths.every((width, at) => width === parts[Math.floor(at / grids)]) && widths.length % grids === 0
    ? parts
    : [];
}

function isMadeOf(parts: readonly number[], wanted: readonly number[]): boolean {
  return String(parts) === String(wanted.toSorted((a, b) => a - b));
}

function sum(parts: readonly number[]): number {
  return parts.reduce((total, part) => total + part, 0);
}

/** Of classes that stand alone, one of this score in an empty picture is one in a thousand cells'. */
const leastConditional = 0.05;

/**
 * Whether the rows of a network's first run have classes that count only where there is an object, as those behind an objectness
 * do: in most cells of an empty picture one of them is well above 0, and the number before them well below it. Where classes
 * stand alone, all of them are near 0 nearly everywhere. So only the one is ever shown, never the other.
 */
export function areConditional(values: Float32Array | undefined, columns: number): boolean {
  if (values === undefined) return false;
  let rows = 0;
  let conditional = 0;
  for (let at = 0; at + columns <= values.length; at += columns) {
    const best = values.subarray(at + 5, at + columns).reduce((most, value) => Math.max(most, value), 0);
    rows++;
    if (best > leastConditional && best <= 1 && values[at + 4]! < best / 2) conditional++;
  }
  return 2 * conditional > rows;
}

/** Of a score that says that an object is there. */
const leastSure = 0.3;
const mostSure = 0.1;
/** One may be sure of two classes by chance. */
const fewestSure = 2;

/**
 * Whether of a few rows of a network's first run that are sure of a class each is sure of one, and of the number before the classes
 * too: an objectness. Where classes stand alone, hardly a cell is sure of two. So only the one is ever shown, never the other.
 */
export function haveObjectness(values: Float32Array, columns: number): boolean {
  let sure = 0;
  for (let at = 0; at + columns <= values.length; at += columns) {
    const classes = values.subarray(at + sides + 1, at + columns).filter((score) => score > leastSure);
    if (classes.length === 0) continue;
    if (classes.length > 1 || !(values[at + sides]! > leastSure)) return false;
    sure++;
  }
  return columns > sides + 2 && sure >= fewestSure && sure * columns <= mostSure * values.length;
}
