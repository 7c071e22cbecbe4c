import type { CandidateBuffer } from '../candidates.ts';
import type { Size } from '../preprocess/letterbox.ts';

/** Where the boxes of a head with one for each cell or anchor stand: `box * boxStep + side * sideStep`. */
export interface BoxPlaces {
  readonly boxes: number;
  readonly boxStep: number;
  readonly sideStep: number;
  /** `centred`: centre x, centre y, width, height; `corners`: left, top, right, bottom. */
  readonly sides: 'centred' | 'corners';
}

/** No centre lies farther out than this in shares: cells end at 1, and `scale_x_y` lets centres a little beyond. */
const farthestShare = 2;
/** So many boxes, spread evenly over all of them, are enough to tell. */
const sampledBoxes = 256;

/**
 * Whether boxes are in pixels and not in shares of the picture: most have a centre that no share can be. Cells are spread
 * over the whole picture, and so are the centres of their boxes, whatever the network sees.
 */
export function areInPixels(values: Float32Array, { boxes, boxStep, sideStep, sides }: BoxPlaces): boolean {
  const step = Math.max(1, Math.floor(boxes / sampledBoxes));
  let finite = 0;
  let far = 0;
  for (let box = 0; box < boxes; box += step) {
    const at = box * boxStep;
    let x = values[at]!;
    let y = values[at + sideStep]!;
    if (sides === 'corners') {
      x = (x + values[at + 2 * sideStep]!) / 2;
      y = (y + values[at + 3 * sideStep]!) / 2;
    }
    if (!Number.isFinite(x + y)) continue;
    finite++;
    if (Math.max(x, y) > farthestShare) far++;
  }
  return 2 * far > finite;
}

/** No box reaches farther out of the picture than half its size; no picture is of so few pixels. */
export const largestShare = 1.5;

/**
 * Exports by way of TensorFlow, and some converters of Darknet's files, put out shares of the picture where others put out
 * pixels. Brings the boxes that a decoder has added since `first` into network pixels if they are such: all that were found
 * are, and so are most of those that were not.
 */
export function sharesToPixels(
  into: CandidateBuffer,
  first: number,
  values: Float32Array,
  places: BoxPlaces,
  { widthPx, heightPx }: Size,
): void {
  const { count, left, top, right, bottom } = into;
  if (count === first) return;
  for (let box = first; box < count; box++) {
    if (right[box]! > largestShare || bottom[box]! > largestShare) return;
  }
  if (areInPixels(values, places)) return;
  for (let box = first; box < count; box++) {
    left[box]! *= widthPx;
    top[box]! *= heightPx;
    right[box]! *= widthPx;
    bottom[box]! *= heightPx;
  }
}
