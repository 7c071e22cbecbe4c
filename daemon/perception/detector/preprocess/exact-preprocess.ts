import { fitLetterbox, type Letterbox, type Size } from './letterbox.ts';
import { checkImage, halvesOfLevels, type InputFormat, type Preprocessor, paddingLevel } from './preprocess.ts';
import { resampleTaps } from './resample-tables.ts';

/** Bits behind the point of a weight, as Pillow has them for 8-bit pictures. */
const weightBits = 22;

interface Axis {
  readonly firsts: Int32Array;
  /** Where each position's weights start; one more than positions. */
  readonly starts: Int32Array;
  readonly weights: Int32Array;
}

function axis(source: number, target: number): Axis {
  const taps = resampleTaps(source, target);
  const starts = new Int32Array(taps.length + 1);
  for (const [position, { weights }] of taps.entries()) starts[position + 1] = starts[position]! + weights.length;
  const weights = taps.flatMap((tap) => tap.weights.map((weight) => Math.floor(weight * 2 ** weightBits + 0.5)));
  return { firsts: Int32Array.from(taps, ({ first }) => first), starts, weights: Int32Array.from(weights) };
}

/**
 * The path for pictures from files: bit for bit what Pillow's `resize(size, BILINEAR)` gives, columns first, rounded to
 * whole levels after either pass. Quantised networks answer to single levels, so that this is what lets results be
 * compared with others'. Some ten times slower than the fast one.
 */
export function createExactPreprocessor(format: InputFormat): Preprocessor {
  const count = format.widthPx * format.heightPx * 3;
  const levels = format.type === 'float32' ? Float32Array.from({ length: 256 }, (_, i) => i / 255) : halvesOfLevels();
  const input = format.type === 'float32' ? new Float32Array(count) : new Uint16Array(count);
  let plan: { letterbox: Letterbox; columns: Axis; rows: Axis; narrowed: Uint8Array } | undefined;
  return {
    input,
    letterbox(rgb, image) {
      checkImage(rgb, image);
      const { widthPx, heightPx } = image;
      if (plan?.letterbox.image.widthPx !== widthPx || plan.letterbox.image.heightPx !== heightPx) {
        const letterbox = fitLetterbox({ widthPx, heightPx }, format);
        plan = {
          letterbox,
          columns: axis(widthPx, letterbox.scaled.widthPx),
          rows: axis(heightPx, letterbox.scaled.heightPx),
          narrowed: new Uint8Array(letterbox.scaled.widthPx * heightPx * 3),
        };
        input.fill(levels[paddingLevel]!);
      }
      const { letterbox, columns, rows, narrowed } = plan;
      narrow(rgb, image, columns, letterbox.scaled.widthPx, narrowed);
      lower(narrowed, rows, letterbox, format, levels, input);
      return letterbox;
    },
  };
}

/** Columns: each row of the image to the scaled width. */
function narrow(rgb: Uint8Array, image: Size, columns: Axis, widthPx: number, into: Uint8Array): void {
  const { firsts, starts, weights } = columns;
  for (let y = 0; y < image.heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let source = (y * image.widthPx + firsts[x]!) * 3 + channel;
        let sum = 1 << (weightBits - 1);
        for (let tap = starts[x]!; tap < starts[x + 1]!; tap++, source += 3) sum += rgb[source]! * weights[tap]!;
        into[(y * widthPx + x) * 3 + channel] = Math.min(sum >> weightBits, 255);
      }
    }
  }
}

/** Rows: to the scaled height, into the network's input. */
function lower(
  narrowed: Uint8Array,
  rows: Axis,
  { scaled, leftPx, topPx }: Letterbox,
  format: InputFormat,
  levels: Float32Array | Uint16Array,
  input: Float32Array | Uint16Array,
): void {
  const { firsts, starts, weights } = rows;
  const rowBytes = scaled.widthPx * 3;
  const [pixelStride, channelStride] = format.order === 'nchw' ? [1, format.widthPx * format.heightPx] : [3, 1];
  for (let y = 0; y < scaled.heightPx; y++) {
    const target = ((topPx + y) * format.widthPx + leftPx) * pixelStride;
    for (let x = 0; x < scaled.widthPx; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let source = firsts[y]! * rowBytes + x * 3 + channel;
        let sum = 1 << (weightBits - 1);
        for (let tap = starts[y]!; tap < starts[y + 1]!; tap++, source += rowBytes)
          sum += narrowed[source]! * weights[tap]!;
        input[target + x * pixelStride + channel * channelStride] = levels[Math.min(sum >> weightBits, 255)]!;
      }
    }
  }
}
