import { ToldError } from '../../../platform/user-error.ts';
import { trouble } from '../../../protocol/troubles.ts';
import type { NetworkHints } from './decoder.ts';
import { anchorsPerCell } from './raw-head-doubt.ts';

/** For each grid, the finest first: width and height of each anchor in network pixels. */
export type Anchors = readonly (readonly number[])[];

/** Anchors, and where they come from, for people. */
export interface AnchorChoice {
  readonly anchors: Anchors;
  readonly source: string;
}

/** @see https://github.com/ultralytics/yolov5/blob/master/models/yolov5s.yaml; YOLOv3's and YOLOv7-tiny's are the same. */
export const yolov5Anchors: Anchors = [
  [10, 13, 16, 30, 33, 23],
  [30, 61, 62, 45, 59, 119],
  [116, 90, 156, 198, 373, 326],
];

/** @see https://github.com/WongKinYiu/yolov7/blob/main/cfg/deploy/yolov7.yaml; YOLOv4's are the same. */
export const yolov7Anchors: Anchors = [
  [12, 16, 19, 36, 40, 28],
  [36, 75, 76, 55, 72, 146],
  [142, 110, 192, 243, 459, 401],
];

/** Four grids up to stride 64, of v5 and v7 alike. @see https://github.com/ultralytics/yolov5/blob/master/models/hub/yolov5s6.yaml */
export const p6Anchors: Anchors = [
  [19, 27, 44, 40, 38, 94],
  [96, 68, 86, 152, 180, 137],
  [140, 301, 303, 264, 238, 542],
  [436, 615, 739, 380, 925, 792],
];

/** @see https://github.com/pjreddie/darknet/blob/master/cfg/yolov3-tiny.cfg (mask = 0,1,2 and 3,4,5) */
export const yolov3TinyAnchors: Anchors = [
  [10, 14, 23, 27, 37, 58],
  [81, 82, 135, 169, 344, 319],
];

/** Of the same six as YOLOv3-tiny's, but not the same ones. @see https://github.com/AlexeyAB/darknet/blob/master/cfg/yolov4-tiny.cfg (mask = 1,2,3) */
export const yolov4TinyAnchors: Anchors = [
  [23, 27, 37, 58, 81, 82],
  [81, 82, 135, 169, 344, 319],
];

/**
 * The anchors that a network's card or its metadata states; undefined when neither does, or the metadata states others than
 * these grids need.
 * @throws UserError when the card's do not fit the network.
 */
export function statedAnchors(
  { anchors, metadata }: NetworkHints,
  strides: readonly number[],
  anchorsOfCell = anchorsPerCell,
): AnchorChoice | undefined {
  const numbersPerGrid = 2 * anchorsOfCell;
  const isFor = (each: Anchors) =>
    each.length === strides.length && each.every((grid) => grid.length === numbersPerGrid);
  if (anchors !== undefined) {
    const { perGrid, where } = anchors;
    if (isFor(perGrid)) return { anchors: perGrid, source: "its card's" };
    throw new ToldError(
      trouble('network-anchors-unfit', { where }),
      `${where} must be ${strides.length} lists, one for each of the strides ${strides.join(', ')}, of ${numbersPerGrid} ` +
        'numbers each: width, height, width, height, … in network pixels. ' +
        `They are ${perGrid.length}, of ${perGrid.map((grid) => grid.length).join(', ')} numbers.`,
    );
  }
  const numbers = (metadata['anchors']?.match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
  const listed = strides.map((_, index) => numbers.slice(numbersPerGrid * index, numbersPerGrid * (index + 1)));
  const isWhole = numbers.length === numbersPerGrid * strides.length && numbers.every((number) => number > 0);
  return isWhole ? { anchors: listed, source: "its metadata's" } : undefined;
}
