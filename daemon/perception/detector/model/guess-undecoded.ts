import type { Head } from '../decode/decoder.ts';

/** What a network's last convolutions give, where no box was made of it and the file does not say how, or none can be: for people, with what to export instead. */
export function guessUndecoded(head: Head): string | undefined {
  return guessAnchors(head) ?? guessHeatMaps(head) ?? guessPictureMap(head);
}

/** Strides of the maps that semantic segmentation and depth are put out as. */
const stridesOfMaps = [1, 2, 4];

/** One output `[1, h, w]` or `[1, numbers, h, w]` that covers the picture finely. */
function guessPictureMap({ input, outputs: [output, ...others] }: Head): string | undefined {
  const [batch, ...sides] = output?.shape ?? [];
  const [down = 0, across = 0] = sides.slice(-2);
  const isMap = stridesOfMaps.some((stride) => input.heightPx === stride * down && input.widthPx === stride * across);
  if (others.length > 0 || batch !== 1 || sides.length < 2 || sides.length > 3 || !isMap) return undefined;
  return (
    'it has one map of the whole picture, as those that tell of each place what it belongs to or how far it is (semantic segmentation, depth), and ' +
    'finds no objects: use a detector'
  );
}

/** Scores and four numbers for each anchor, joined for all grids or one output a grid each, of which no box was made. */
function guessAnchors({ outputs }: Head): string | undefined {
  if (!areJoinedAnchors(outputs) && !areAnchorGrids(outputs)) return undefined;
  return (
    'it has scores and four numbers for each of its anchors or cells, as the heads of RetinaNet, EfficientDet, SSD and FCOS alone have, which are ' +
    'no boxes yet, and the file does not say what anchors they stand on: export the whole detector, with its boxes decoded (of torchvision the ' +
    'model itself, of effdet its DetBenchPredict, of MMDetection by MMDeploy). If they are corners as shares of the picture and scores, the first of ' +
    'the background, call its outputs "boxes" and "scores"'
  );
}

/** A map of each class, of sizes and of shifts, `[1, classes, h, w]`, `[1, 2, h, w]` and `[1, 2, h, w]`, as CenterNet has them. */
function guessHeatMaps({ input, outputs }: Head): string | undefined {
  const across = input.widthPx / strideOfCenterNet;
  const down = input.heightPx / strideOfCenterNet;
  const areMaps = outputs.every(
    ({ shape }) => shape.length === 4 && shape[0] === 1 && shape[2] === down && shape[3] === across,
  );
  const pairs = outputs.filter(({ shape }) => shape[1] === 2).length;
  if (!areMaps || outputs.length !== 3 || pairs < 2) return undefined;
  return (
    'it has a map for each class and two maps of two numbers, as CenterNet has for the places, sizes and shifts of its objects, which the car does not ' +
    'know: export it with its boxes decoded (of MMDetection by MMDeploy)'
  );
}

const strideOfCenterNet = 4;

/** Four numbers, or four distributions of 16 or 17. */
const boxColumns: readonly number[] = [4, 64, 68];

/** `[1, anchors, 4]`, `[1, anchors, classes]`, and an FCOS' centre-ness `[1, anchors, 1]`. */
function areJoinedAnchors(outputs: Head['outputs']): boolean {
  const [first, ...others] = outputs;
  if (first === undefined || others.length < 1 || others.length > 2) return false;
  const areRows = outputs.every(({ shape }) => shape.length === 3 && shape[0] === 1 && shape[1] === first.shape[1]);
  const columns = outputs.map(({ shape }) => shape[2]);
  return areRows && columns.some((each) => boxColumns.includes(each!)) && (others.length === 1 || columns.includes(1));
}

/** `[1, anchors × 4, h, w]`, `[1, anchors × classes, h, w]`, and a centre-ness `[1, anchors, h, w]` or none, of each grid; two of one size at most. */
function areAnchorGrids(outputs: Head['outputs']): boolean {
  if (!outputs.every(({ shape }) => shape.length === 4 && shape[0] === 1)) return false;
  const grids = new Map<string, number[]>();
  for (const { shape } of outputs) {
    const grid = shape.slice(2).join('x');
    grids.set(grid, [...(grids.get(grid) ?? []), shape[1]!]);
  }
  const parts = Math.min(...[...grids.values()].map((channels) => channels.length));
  const areOfParts = [...grids.values()].every(
    (channels) =>
      channels.length % parts === 0 &&
      channels.length <= 2 * parts &&
      channels.filter((each) => each % 4 === 0).length * parts >= channels.length,
  );
  return (parts === 2 || parts === 3) && areOfParts && grids.size >= fewestGrids;
}

/** No pyramid of grids has fewer. */
const fewestGrids = 3;
