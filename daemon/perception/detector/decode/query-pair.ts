import { mostCrossed } from './box-corners.ts';
import { largestShare } from './box-unit.ts';
import { gridCells, type Head, type NetworkHints, type OutputShape, strideSets } from './decoder.ts';
import { areCrossed } from './finished-rows.ts';

/** A DETR's two outputs. */
export interface QueryPair {
  /** `[1, queries, 4]` */
  readonly boxes: OutputShape;
  /** `[1, queries, numbers]` */
  readonly logits: OutputShape;
}

/** More queries than any DETR asks. */
export const mostQueries = 2000;

/**
 * The boxes and the numbers of as many queries, told apart by their names; of outputs with other names, as PyTorch's are that
 * nobody named, by their graph and the first run (`areQueries`).
 */
export function findQueryPair(head: Head): QueryPair | undefined {
  const { outputs } = head;
  const boxes = outputs.find(({ name, shape }) => shape[2] === 4 && /box|det/i.test(name));
  const logits = outputs.find((output) => output !== boxes && /logit|label|class/i.test(output.name));
  if (boxes !== undefined && logits !== undefined) {
    return areOfQueries(boxes, logits) && !areElse(head, boxes) ? { boxes, logits } : undefined;
  }
  const [first, second] = outputs;
  if (first === undefined || second === undefined || outputs.length !== 2 || !areOfQueries(first, second))
    return undefined;
  const isGrid = strideSets.some((strides) => [1, 3].includes(first.shape[1]! / gridCells(head.input, strides)));
  if (isGrid) return undefined;
  const pairs = [
    { boxes: first, logits: second },
    { boxes: second, logits: first },
  ].filter((pair) => areQueries(head, pair));
  return pairs.length === 1 || head.firstRun === undefined ? pairs[0] : undefined;
}

function areOfQueries(...pair: readonly OutputShape[]): boolean {
  const queries = pair[0]?.shape[1] ?? 0;
  const areRows = pair.every(({ shape }) => shape.length === 3 && shape[0] === 1 && shape[1] === queries);
  return areRows && queries > 0 && queries <= mostQueries;
}

/** Numbers far from all shares, as the shifts and distances of a small RetinaNet or FCOS are, whose outputs may be called so as well. */
function areElse({ outputs, hints, firstRun }: Head, boxes: OutputShape): boolean {
  const shown = firstRun?.[outputs.indexOf(boxes)];
  if (shown === undefined || hints.namedLayout === 'detr') return false;
  return shown.filter((side) => side < 1 - largestShare || side > largestShare).length > mostCrossed * shown.length;
}

/**
 * Whether four numbers are a query's box, as far as the graph and the first run tell. What an SSD has there are corners, or shifts
 * of its anchors, which nothing bounds.
 */
function areQueries({ outputs, hints, firstRun }: Head, { boxes, logits }: QueryPair): boolean {
  if (boxes.shape[2] !== 4) return false;
  if (areSharesByGraph(hints, boxes) !== areSharesByGraph(hints, logits)) return areSharesByGraph(hints, boxes);
  if (hints.namedLayout === 'detr' || firstRun === undefined) return true;
  const shown = firstRun[outputs.indexOf(boxes)];
  return areCrossed(shown, 4) && shown?.every((side) => side >= 0 && side <= largestShare) === true;
}

/** Whether a box's four numbers are bounded by a sigmoid, each by itself, as a DETR's centre, width and height are. */
export function areSharesByGraph({ outputOperators }: NetworkHints, { name }: OutputShape): boolean {
  return outputOperators?.get(name) === 'Sigmoid';
}
