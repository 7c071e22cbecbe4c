import { fitLetterbox, type Letterbox } from './letterbox.ts';
import { checkImage, halvesOfLevels, type InputFormat, type Preprocessor, paddingLevel } from './preprocess.ts';
import {
  columnWeightSum,
  createResampleKernel,
  type ResampleKernel,
  rowFractionBits,
  rowWeightSum,
} from './resample-kernel.ts';
import { resampleTaps, wholeWeights } from './resample-tables.ts';

/** Address space, not memory: pages are taken when they are touched. Never grown, so the views on it stay valid. */
const memoryBytes = 256 << 20;
const pageBytes = 65_536;

/** Where things lie in the kernel's memory, in bytes. */
interface Plan {
  readonly letterbox: Letterbox;
  /** For each scaled row: address of its first source row, and of its weights and their end. */
  readonly rowSources: Int32Array;
  readonly rowWeights: Int32Array;
  readonly columnTable: number;
  readonly columnTableEnd: number;
  readonly pairBytes: number;
  readonly rowBuffer: number;
  readonly rowBufferEnd: number;
  readonly image: Uint8Array;
}

/**
 * The camera's path: the SIMD kernel of `resample-kernel.ts`, 0.6 ms for 640x480 to 416x416 on a laptop. Its values are
 * not rounded to whole levels in between, so they differ from the exact ones by up to a level.
 */
export function createFastPreprocessor(format: InputFormat): Preprocessor {
  const pixels = format.widthPx * format.heightPx;
  const memory = new WebAssembly.Memory({ initial: memoryBytes / pageBytes });
  const kernel = createResampleKernel(memory);
  const floats = new Float32Array(memory.buffer, 0, pixels * 3);
  const scaling = align(floats.byteLength);
  writeScaling(memory, scaling);
  const halves = format.type === 'float16' ? { of: halvesOfLevels(), input: new Uint16Array(pixels * 3) } : undefined;
  let plan: Plan | undefined;
  return {
    input: halves?.input ?? floats,
    letterbox(rgb, image) {
      checkImage(rgb, image);
      const { widthPx, heightPx } = plan?.letterbox.image ?? { widthPx: 0, heightPx: 0 };
      if (plan === undefined || widthPx !== image.widthPx || heightPx !== image.heightPx) {
        plan = makePlan(
          memory,
          scaling + 32,
          fitLetterbox({ widthPx: image.widthPx, heightPx: image.heightPx }, format),
        );
        floats.fill(paddingLevel / 255);
      }
      plan.image.set(rgb);
      resample(kernel, plan, format, scaling);
      if (halves !== undefined) toHalves(floats, halves.of, halves.input);
      return plan.letterbox;
    },
  };
}

function align(address: number): number {
  return (address + 63) & ~63;
}

/** The kernel's fixed point to 0..1. */
function writeScaling(memory: WebAssembly.Memory, address: number): void {
  const one = 255 * 2 ** rowFractionBits * (rowWeightSum / 32_768) * columnWeightSum;
  new Float32Array(memory.buffer, address, 8).fill(1 / one, 0, 3);
}

function makePlan(memory: WebAssembly.Memory, firstFree: number, letterbox: Letterbox): Plan {
  let free = align(firstFree);
  const take = (bytes: number): number => {
    const address = free;
    free = align(free + bytes);
    if (free > memoryBytes) {
      const { widthPx, heightPx } = letterbox.image;
      throw new RangeError(`an image of ${widthPx}x${heightPx} pixels is too large; about 80 megapixels are the limit`);
    }
    return address;
  };
  const columns = resampleTaps(letterbox.image.widthPx, letterbox.scaled.widthPx);
  const rows = resampleTaps(letterbox.image.heightPx, letterbox.scaled.heightPx);
  const pairs = Math.max(...columns.map(({ weights }) => Math.ceil(weights.length / 2)));

  const columnTable = take(columns.length * (4 + 4 * pairs));
  const columnTableEnd = columnTable + columns.length * (4 + 4 * pairs);
  const view = new DataView(memory.buffer);
  for (const [x, { first, weights }] of columns.entries()) {
    const entry = columnTable + x * (4 + 4 * pairs);
    view.setInt32(entry, first * 3 * 2, true);
    const whole = wholeWeights(weights, columnWeightSum);
    for (let tap = 0; tap < 2 * pairs; tap++) view.setInt16(entry + 4 + 2 * tap, whole[tap] ?? 0, true);
  }

  const rowWeights = new Int32Array(rows.length + 1);
  const weightCount = rows.reduce((count, { weights }) => count + weights.length, 0);
  let weightAddress = take(weightCount * 2);
  for (const [y, { weights }] of rows.entries()) {
    rowWeights[y] = weightAddress;
    for (const weight of wholeWeights(weights, rowWeightSum)) {
      view.setInt16(weightAddress, weight, true);
      weightAddress += 2;
    }
  }
  rowWeights[rows.length] = weightAddress;

  const rowBytes = letterbox.image.widthPx * 3;
  // Whole steps of 16 pixel bytes are blended, and pairs of 16 bytes read from the last pixel on: slack at both ends.
  const blendedBytes = Math.ceil(rowBytes / 16) * 32;
  const rowBuffer = take(blendedBytes + pairs * 12 + 16);
  const image = take(rowBytes * letterbox.image.heightPx + 16);
  return {
    letterbox,
    rowSources: Int32Array.from(rows, ({ first }) => image + first * rowBytes),
    rowWeights,
    columnTable,
    columnTableEnd,
    pairBytes: 4 * pairs,
    rowBuffer,
    rowBufferEnd: rowBuffer + blendedBytes,
    image: new Uint8Array(memory.buffer, image, rowBytes * letterbox.image.heightPx),
  };
}

function resample(kernel: ResampleKernel, plan: Plan, format: InputFormat, scaling: number): void {
  const { leftPx, topPx, scaled, image } = plan.letterbox;
  const step = format.order === 'nchw' ? 4 : 12;
  const plane = format.order === 'nchw' ? format.widthPx * format.heightPx * 4 : 4;
  for (let y = 0; y < scaled.heightPx; y++) {
    kernel.blendRows(
      plan.rowSources[y]!,
      image.widthPx * 3,
      plan.rowWeights[y]!,
      plan.rowWeights[y + 1]!,
      plan.rowBuffer,
      plan.rowBufferEnd,
    );
    const red = ((topPx + y) * format.widthPx + leftPx) * step;
    kernel.blendColumns(
      plan.columnTable,
      plan.columnTableEnd,
      plan.pairBytes,
      plan.rowBuffer,
      red,
      red + plane,
      red + 2 * plane,
      step,
      scaling,
    );
  }
}

/** Rounds to a byte's 256 levels, as resizing libraries do, and looks up the half. */
function toHalves(floats: Float32Array, halves: Uint16Array, into: Uint16Array): void {
  for (let i = 0; i < floats.length; i++) into[i] = halves[(floats[i]! * 255 + 0.5) | 0]!;
}
