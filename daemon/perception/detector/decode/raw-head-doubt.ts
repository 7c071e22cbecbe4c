import type { OutputOrigin } from '../model/output-origin.ts';
import type { Head } from './decoder.ts';
import { channelsOf, haveLogits, type Plane, planeOf } from './grid-planes.ts';
import { strayScoreOfPlanes } from './score-range.ts';

/** Anchor boxes a grid cell. */
export const anchorsPerCell = 3;
/** A box, its objectness, a class. */
const fewestColumns = 6;
/** Class counts of networks that come without labels: COCO's and Pascal VOC's. */
const wellKnownClassCounts = [80, 20];
/** YOLOv8 puts out this many columns beside its classes before it is decoded. */
const distanceColumns = 64;

/**
 * Whether grids of these channels are three anchors' with `5 + classes` numbers each, and not YOLOX's one box with
 * `5 + more classes` or v8's with `64 + classes`. Stated labels and a card's name tell; without them what the outputs come from,
 * else the numbers of the first run.
 * @returns undefined when nothing tells, and the network must not be read as either.
 */
export function areAnchors(head: Head, channels: number): boolean | undefined {
  const { namedLayout, statedClasses, outputOrigin } = head.hints;
  const classCount = channels / anchorsPerCell - 5;
  if (channels % anchorsPerCell !== 0 || channels < anchorsPerCell * fewestColumns) return false;
  if (namedLayout !== undefined) return /^(yolo|darknet)-raw-heads$/.test(namedLayout);
  if (statedClasses !== undefined) {
    return classCount === statedClasses || ![distanceColumns, 5].includes(channels - statedClasses);
  }
  if (outputOrigin !== undefined) return originOfAnchors === outputOrigin;
  if (wellKnownClassCounts.includes(classCount)) return true;
  if (channels > distanceColumns) return false;
  // Nobody has seen its numbers yet: they are asked when it has run.
  return head.firstRun === undefined ? true : numbersSay(head, channels);
}

const originOfAnchors: OutputOrigin = 'convolution';

/** By how much an objectness lies below the numbers of its box, in most cells of an empty picture: logits, and scores. */
const leastDrop = { logits: 1, scores: 0.1 };

/**
 * In an empty picture objectness lies far below what stands before it, which are numbers of a box: for each of three anchors, or
 * for the first six channels alone, behind which the scores of a YOLOX's classes are much alike.
 */
function numbersSay({ input, outputs, firstRun = [] }: Head, channels: number): boolean | undefined {
  const strides = [4, 8, 16, 32, 64];
  const planes = outputs.flatMap((output, index) => planeOf(output, index, input, strides) ?? []);
  if (planes.length === 0 || !planes.every(({ index }) => firstRun[index] !== undefined)) return undefined;
  const values = firstRun as readonly Float32Array[];
  const some = (first: number, count: number) => planes.map((plane) => channelsOf(plane, first, count));
  const areLogits = haveLogits(some(4, 1), values);
  // Of an anchor, centres have had their sigmoid as objectness has; a YOLOX's reach out of their cells.
  if (!areLogits && strayScoreOfPlanes(some(0, 2), values) !== undefined) {
    return strayScoreOfPlanes(some(4, channels - 4), values) === undefined ? false : undefined;
  }
  const drop = areLogits ? leastDrop.logits : leastDrop.scores;
  const columns = channels / anchorsPerCell;
  const drops = Array.from({ length: anchorsPerCell }, (_, anchor) => {
    const middles = [0, 1, 2, 3, 4].map((column) => middleOf(planes, values, anchor * columns + column));
    return Math.min(...middles.slice(0, 4)) - middles[4]! > drop;
  });
  const [first, ...others] = drops;
  if (first !== true) return undefined;
  if (others.every((isBelow) => isBelow)) return true;
  return others.some((isBelow) => isBelow) ? undefined : false;
}

/** The median of a channel over all grids. */
function middleOf(planes: readonly Plane[], values: readonly Float32Array[], channel: number): number {
  const all = planes.flatMap(({ index, cells, first, channelStep, cellStep }) =>
    Array.from({ length: cells }, (_, cell) => values[index]![first + channel * channelStep + cell * cellStep]!),
  );
  return Float32Array.from(all).sort()[all.length >> 1]!;
}
