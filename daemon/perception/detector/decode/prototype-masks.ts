import type { Detection } from '../../../protocol/detection.ts';
import type { Letterbox, Size } from '../preprocess/letterbox.ts';
import type { Head, NetworkHints, OutputShape } from './decoder.ts';

export type Mask = NonNullable<Detection['mask']>;

/** Prototypes of masks, `[1, channels, height, width]`: the network's whole input at a lower resolution. */
export interface Prototypes extends Size {
  readonly channels: number;
  readonly network: Size;
}

/** Where a box's coefficients lie in an output, one for each prototype. */
export interface Coefficients {
  readonly values: Float32Array;
  readonly first: number;
  readonly stride: number;
}

export type MaskReader = (
  coefficients: Coefficients,
  prototypes: Float32Array,
  letterbox: Letterbox,
  box: Detection['box'],
) => Mask;

/** An output beside its prototypes; which stands first differs from exporter to exporter. */
export interface PrototypeHead {
  readonly rows: OutputShape;
  readonly prototypes: Prototypes;
  /** Indexes of both among the network's outputs. */
  readonly outputIndexes: readonly [number, number];
}

/**
 * Tells a head's rows from its prototypes by their shapes. Undefined when there is anything else but what `isBeside` says that need not be
 * read, or one is missing.
 */
export function pairWithPrototypes(
  { input, outputs }: Head,
  isBeside: (output: OutputShape, rows: OutputShape) => boolean = () => false,
): PrototypeHead | undefined {
  const rowsAt = outputs.findIndex(({ shape }) => shape.length === 3 && shape[0] === 1);
  const prototypesAt = outputs.findIndex(({ shape }) => shape.length === 4 && shape[0] === 1);
  const rows = outputs[rowsAt];
  const found = outputs[prototypesAt];
  if (rows === undefined || found === undefined) return undefined;
  if (!outputs.every((other) => other === rows || other === found || isBeside(other, rows))) return undefined;
  const [, channels = 0, heightPx = 0, widthPx = 0] = found.shape;
  // The whole input, made smaller by a whole number: nothing else that has four sides does so in both directions.
  const shrink = input.widthPx / widthPx;
  if (channels < 1 || !Number.isInteger(shrink) || input.heightPx !== shrink * heightPx) return undefined;
  return {
    rows,
    prototypes: { channels, widthPx, heightPx, network: input },
    outputIndexes: [rowsAt, prototypesAt],
  };
}

/** Whether metadata or a card say what a network is for. */
export function isStated({ task, namedLayout }: NetworkHints): boolean {
  return task !== undefined || namedLayout !== undefined;
}

/**
 * Whether numbers of the first run are scores and no coefficients: those are as often below 0 as above, and go beyond 1. All
 * the same tell nothing.
 */
export function areScores(
  values: Float32Array | undefined,
  places: { rows: number; first: number; rowStep: number; columns: number; columnStep: number },
): boolean {
  if (values === undefined) return false;
  const { rows, first, rowStep, columns, columnStep } = places;
  let isAnyShare = false;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values[first + row * rowStep + column * columnStep]!;
      if (value < 0 || value > 1) return false;
      if (value > 0 && value < 1) isAnyShare = true;
    }
  }
  return isAnyShare;
}

/**
 * The masks of YOLACT and its heirs: a box's coefficients weigh the prototypes, and their sum is a logit. It is brought
 * to the picture's pixels by bilinear interpolation between the prototypes' middles; above 0, where its sigmoid is above
 * a half, lies the object, as far as the pixels' left and upper edges lie in the box. A sum that is no number is not above 0.
 * So does Ultralytics with `retina_masks=True`, whose box is a little other where the picture was shrunk much.
 * @see https://arxiv.org/abs/1904.02689 (section 3.3)
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/utils/ops.py (process_mask_native)
 */
export function createMaskReader({ channels, widthPx, heightPx, network }: Prototypes): MaskReader {
  const cells = widthPx * heightPx;
  const logits = new Float64Array(cells);
  const line = new Float64Array(widthPx);

  /** Writes the logits of a part of the prototypes to their own places. */
  const weigh = ({ values, first, stride }: Coefficients, prototypes: Float32Array, columns: Axis, rows: Axis) => {
    const [left, right] = [columns.first, columns.last + 1];
    for (let y = rows.first; y <= rows.last; y++) logits.fill(0, y * widthPx + left, y * widthPx + right);
    for (let channel = 0; channel < channels; channel++) {
      const coefficient = values[first + channel * stride]!;
      for (let y = rows.first; y <= rows.last; y++) {
        const start = channel * cells + y * widthPx;
        const target = y * widthPx;
        for (let x = left; x < right; x++) logits[target + x]! += coefficient * prototypes[start + x]!;
      }
    }
  };

  return (coefficients, prototypes, letterbox, box) => {
    const { image, scaled, leftPx, topPx } = letterbox;
    const across = outwards(box.xPx, box.widthPx, image.widthPx);
    const down = outwards(box.yPx, box.heightPx, image.heightPx);
    const columns = axis(across, {
      ...{
        cells: widthPx,
        networkPx: network.widthPx,
        imagePx: image.widthPx,
        scaledPx: scaled.widthPx,
        offsetPx: leftPx,
      },
    });
    const rows = axis(down, {
      ...{ cells: heightPx, networkPx: network.heightPx, imagePx: image.heightPx },
      ...{ scaledPx: scaled.heightPx, offsetPx: topPx },
    });
    weigh(coefficients, prototypes, columns, rows);
    const runs: number[] = [];
    let length = 0;
    let isOn = false;
    for (let y = 0; y < down.length; y++) {
      const upper = rows.before[y]! * widthPx;
      const lower = Math.min(rows.before[y]! + 1, rows.last) * widthPx;
      const share = rows.share[y]!;
      const isRowInside = isInside(down, y);
      for (let x = columns.first; x <= columns.last; x++) {
        line[x] = logits[upper + x]! + (logits[lower + x]! - logits[upper + x]!) * share;
      }
      for (let x = 0; x < across.length; x++) {
        const before = line[columns.before[x]!]!;
        const after = line[Math.min(columns.before[x]! + 1, columns.last)]!;
        const covers = isRowInside && isInside(across, x) && before + (after - before) * columns.share[x]! > 0;
        if (covers !== isOn) {
          runs.push(length);
          length = 0;
          isOn = covers;
        }
        length++;
      }
    }
    runs.push(length);
    return { xPx: across.start, yPx: down.start, widthPx: across.length, heightPx: down.length, runs };
  };
}

/** The whole pixels that a side of a box touches, at least one, within the picture. */
interface Span {
  readonly start: number;
  readonly length: number;
  /** Positions from `start` whose left or upper edge lies in the box: from `inside` up to, but not including, `outside`. */
  readonly inside: number;
  readonly outside: number;
}

function outwards(startPx: number, lengthPx: number, sidePx: number): Span {
  const start = Math.min(Math.floor(startPx), sidePx - 1);
  const end = Math.min(Math.ceil(startPx + lengthPx), sidePx);
  return {
    start,
    length: Math.max(1, end - start),
    inside: Math.ceil(startPx) - start,
    outside: Math.ceil(startPx + lengthPx) - start,
  };
}

function isInside({ inside, outside }: Span, position: number): boolean {
  return position >= inside && position < outside;
}

/** For each of the picture's pixels: the prototype cell before it, and how far it is on the way to the next. */
interface Axis {
  readonly before: Int32Array;
  readonly share: Float64Array;
  /** Cells that are looked at. */
  readonly first: number;
  readonly last: number;
}

/** One side of the picture in the network's input, and of the prototypes. */
interface Side {
  readonly cells: number;
  readonly networkPx: number;
  readonly imagePx: number;
  /** The picture's in network pixels, a whole number, and where it begins. */
  readonly scaledPx: number;
  readonly offsetPx: number;
}

/** The picture's pixels are spread over its whole pixels in the network's input, and nothing is taken from the padding. */
function axis({ start, length }: Span, { cells, networkPx, imagePx, scaledPx, offsetPx }: Side): Axis {
  const before = new Int32Array(length);
  const share = new Float64Array(length);
  const [nearest, farthest] = [Math.max(offsetPx, 0) + 0.5, Math.min(offsetPx + scaledPx, networkPx) - 0.5];
  for (let i = 0; i < length; i++) {
    const inNetwork = Math.min(Math.max(offsetPx + ((start + i + 0.5) * scaledPx) / imagePx, nearest), farthest);
    const place = Math.min(Math.max((inNetwork * cells) / networkPx - 0.5, 0), cells - 1);
    before[i] = Math.floor(place);
    share[i] = place - before[i]!;
  }
  return { before, share, first: before[0]!, last: Math.min(before[length - 1]! + 1, cells - 1) };
}
