import type { InputFormat } from './input-format.ts';
import { fitLetterbox, type Letterbox, type Size } from './letterbox.ts';
import {
  checkImage,
  fillInput,
  type InputElements,
  type LevelTables,
  levelTables,
  newInput,
  type Preprocessor,
  tensorLayout,
} from './preprocess.ts';
import { type ResampleTap, visibleWindow, type Window } from './resample-tables.ts';

/** Bits behind the point of a weight, as Pillow has them for 8-bit pictures. */
const weightBits = 22;

interface Axis {
  readonly firsts: Int32Array;
  /** Where each position's weights start; one more than positions. */
  readonly starts: Int32Array;
  readonly weights: Int32Array;
}

function axis(taps: readonly ResampleTap[]): Axis {
  const starts = new Int32Array(taps.length + 1);
  for (const [position, { weights }] of taps.entries()) starts[position + 1] = starts[position]! + weights.length;
  const weights = taps.flatMap((tap) => tap.weights.map((weight) => Math.floor(weight * 2 ** weightBits + 0.5)));
  return { firsts: Int32Array.from(taps, ({ first }) => first), starts, weights: Int32Array.from(weights) };
}

interface Plan {
  readonly letterbox: Letterbox;
  readonly window: Window;
  readonly columns: Axis;
  readonly rows: Axis;
  readonly narrowed: Uint8Array;
}

function makePlan(image: Size, format: InputFormat): Plan {
  const letterbox = fitLetterbox(image, format, format.fit);
  const window = visibleWindow(letterbox);
  return {
    letterbox,
    window,
    columns: axis(window.columns),
    rows: axis(window.rows),
    narrowed: new Uint8Array(window.columns.length * image.heightPx * 3),
  };
}

/**
 * The path for pictures from files: bit for bit what Pillow's `resize(size, BILINEAR)` gives, columns first, rounded to
 * whole levels after either pass. Quantised networks answer to single levels, so that this is what lets results be
 * compared with others'. Some ten times slower than the fast one.
 */
export function createExactPreprocessor(format: InputFormat): Preprocessor {
  const levels = levelTables(format);
  const input = newInput(format);
  const padding = format.paddingLevel;
  let plan: Plan | undefined;
  return {
    input,
    letterbox(rgb, image) {
      checkImage(rgb, image);
      const { widthPx, heightPx } = image;
      if (plan?.letterbox.image.widthPx !== widthPx || plan.letterbox.image.heightPx !== heightPx) {
        plan = makePlan({ widthPx, heightPx }, format);
        fillInput(input, format, [levels[0][padding]!, levels[1][padding]!, levels[2][padding]!]);
      }
      narrow(rgb, image, plan);
      lower(plan, format, levels, input);
      return plan.letterbox;
    },
  };
}

/** Columns: each row of the image to the scaled width. */
function narrow(rgb: Uint8Array, image: Size, { columns, narrowed }: Plan): void {
  const { firsts, starts, weights } = columns;
  const widthPx = firsts.length;
  for (let y = 0; y < image.heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let source = (y * image.widthPx + firsts[x]!) * 3 + channel;
        let sum = 1 << (weightBits - 1);
        for (let tap = starts[x]!; tap < starts[x + 1]!; tap++, source += 3) sum += rgb[source]! * weights[tap]!;
        narrowed[(y * widthPx + x) * 3 + channel] = Math.min(sum >> weightBits, 255);
      }
    }
  }
}

/** Rows: to the scaled height, into the network's input. */
function lower(
  { narrowed, columns, rows, window }: Plan,
  format: InputFormat,
  levels: LevelTables,
  input: InputElements,
): void {
  const { firsts, starts, weights } = rows;
  const widthPx = columns.firsts.length;
  const rowBytes = widthPx * 3;
  const layout = tensorLayout(format);
  for (let y = 0; y < firsts.length; y++) {
    const target = ((window.topPx + y) * format.widthPx + window.leftPx) * layout.pixelStride;
    for (let x = 0; x < widthPx; x++) {
      for (let colour = 0; colour < 3; colour++) {
        let source = firsts[y]! * rowBytes + x * 3 + colour;
        let sum = 1 << (weightBits - 1);
        for (let tap = starts[y]!; tap < starts[y + 1]!; tap++, source += rowBytes)
          sum += narrowed[source]! * weights[tap]!;
        const level = Math.min(sum >> weightBits, 255);
        input[target + x * layout.pixelStride + layout.firsts[colour]!] = levels[colour]![level]!;
      }
    }
  }
}
