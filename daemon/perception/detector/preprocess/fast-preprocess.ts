import { type InputConventions, type InputFormat, levelScale } from './input-format.ts';
import { fitLetterbox, type Letterbox } from './letterbox.ts';
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
import {
  columnWeightSum,
  createResampleKernel,
  type ResampleKernel,
  rowFractionBits,
  rowWeightSum,
} from './resample-kernel.ts';
import { visibleWindow, wholeWeights } from './resample-tables.ts';

/** Address space, not memory: pages are taken when they are touched. Never grown, so the views on it stay valid. */
const memoryBytes = 256 << 20;
const pageBytes = 65_536;

/** Where things lie in the kernel's memory, in bytes. */
interface Plan {
  readonly letterbox: Letterbox;
  /** Where the picture's first pixel goes in the network's input. */
  readonly leftPx: number;
  readonly topPx: number;
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
 * @param memoryKind `shared`: `input` can be read by other threads
 */
export function createFastPreprocessor(format: InputFormat, memoryKind: 'own' | 'shared' = 'own'): Preprocessor {
  const pixels = format.widthPx * format.heightPx;
  const pages = memoryBytes / pageBytes;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: memoryKind === 'shared' });
  const kernel = createResampleKernel(memory);
  // Levels for a table are those of the one picture; what the network reads itself is as large as its input.
  const isFinal = format.type === 'float32';
  const floats = new Float32Array(memory.buffer, 0, pixels * 3 * (isFinal ? (format.pictures ?? 1) : 1));
  const scaling = align(floats.byteLength);
  // The kernel writes floats: the network's own, or levels that a table turns into what the network wants.
  writeScaling(memory, scaling, isFinal ? format : { ...format, ...levelScale });
  const input = isFinal ? floats : newInput(format, memoryKind);
  const tables = levelTables(format);
  let plan: Plan | undefined;
  return {
    input,
    letterbox(rgb, image) {
      checkImage(rgb, image);
      const { widthPx, heightPx } = plan?.letterbox.image ?? { widthPx: 0, heightPx: 0 };
      if (plan === undefined || widthPx !== image.widthPx || heightPx !== image.heightPx) {
        const letterbox = fitLetterbox({ widthPx: image.widthPx, heightPx: image.heightPx }, format, format.fit);
        plan = makePlan(memory, scaling + 32, letterbox);
        const padding = format.paddingLevel;
        const [red, green, blue] = tables;
        fillInput(
          floats,
          format,
          isFinal ? [red[padding]!, green[padding]!, blue[padding]!] : [padding, padding, padding],
        );
      }
      plan.image.set(rgb);
      resample(kernel, plan, format, scaling);
      if (!isFinal) lookUp(floats, format, tables, input);
      return plan.letterbox;
    },
  };
}

function align(address: number): number {
  return (address + 63) & ~63;
}

/** The kernel's fixed point to what the network wants of each colour. */
function writeScaling(memory: WebAssembly.Memory, address: number, { mean, deviation }: InputConventions): void {
  const level = 2 ** rowFractionBits * (rowWeightSum / 32_768) * columnWeightSum;
  const lanes = new Float32Array(memory.buffer, address, 8);
  for (let colour = 0; colour < 3; colour++) {
    lanes[colour] = 1 / (level * deviation[colour]!);
    lanes[4 + colour] = -mean[colour]! / deviation[colour]!;
  }
}

/** @throws RangeError for an image that has no room; what lies in the memory is then as it was. */
function makePlan(memory: WebAssembly.Memory, firstFree: number, letterbox: Letterbox): Plan {
  const { columns, rows, leftPx, topPx } = visibleWindow(letterbox);
  const pairs = Math.max(...columns.map(({ weights }) => Math.ceil(weights.length / 2)));
  const weightCount = rows.reduce((count, { weights }) => count + weights.length, 0);
  const rowBytes = letterbox.image.widthPx * 3;
  // Whole steps of 16 pixel bytes are blended, and pairs of 16 bytes read from the last pixel on: slack at both ends.
  const blendedBytes = Math.ceil(rowBytes / 16) * 32;

  const columnTable = align(firstFree);
  const columnTableEnd = columnTable + columns.length * (4 + 4 * pairs);
  const firstWeight = align(columnTableEnd);
  const rowBuffer = align(firstWeight + weightCount * 2);
  const image = align(rowBuffer + blendedBytes + pairs * 12 + 16);
  const end = image + rowBytes * letterbox.image.heightPx + 16;
  // Before anything is written: the plan that is in use has its tables in the same place.
  if (end > memoryBytes) throw tooLarge(letterbox, end - firstFree, memoryBytes - firstFree);

  const view = new DataView(memory.buffer);
  for (const [x, { first, weights }] of columns.entries()) {
    const entry = columnTable + x * (4 + 4 * pairs);
    view.setInt32(entry, first * 3 * 2, true);
    const whole = wholeWeights(weights, columnWeightSum);
    for (let tap = 0; tap < 2 * pairs; tap++) view.setInt16(entry + 4 + 2 * tap, whole[tap] ?? 0, true);
  }

  const rowWeights = new Int32Array(rows.length + 1);
  let weightAddress = firstWeight;
  for (const [y, { weights }] of rows.entries()) {
    rowWeights[y] = weightAddress;
    for (const weight of wholeWeights(weights, rowWeightSum)) {
      view.setInt16(weightAddress, weight, true);
      weightAddress += 2;
    }
  }
  rowWeights[rows.length] = weightAddress;

  return {
    letterbox,
    leftPx,
    topPx,
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

function tooLarge({ image }: Letterbox, needed: number, there: number): RangeError {
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  return new RangeError(
    `an image of ${image.widthPx}x${image.heightPx} pixels is too large: with its tables it takes ${mebibytes(needed)} MiB, and ` +
      `${mebibytes(there)} are there beside the network's input. Have the camera give smaller pictures`,
  );
}

function resample(kernel: ResampleKernel, plan: Plan, format: InputFormat, scaling: number): void {
  const { image } = plan.letterbox;
  const { pixelStride, firsts } = tensorLayout(format);
  const step = pixelStride * Float32Array.BYTES_PER_ELEMENT;
  const [red, green, blue] = firsts.map((first) => first * Float32Array.BYTES_PER_ELEMENT);
  for (let y = 0; y < plan.rowSources.length; y++) {
    kernel.blendRows(
      plan.rowSources[y]!,
      image.widthPx * 3,
      plan.rowWeights[y]!,
      plan.rowWeights[y + 1]!,
      plan.rowBuffer,
      plan.rowBufferEnd,
    );
    const first = ((plan.topPx + y) * format.widthPx + plan.leftPx) * step;
    kernel.blendColumns(
      plan.columnTable,
      plan.columnTableEnd,
      plan.pairBytes,
      plan.rowBuffer,
      first + red!,
      first + green!,
      first + blue!,
      step,
      scaling,
    );
  }
}

/** Rounds to a byte's 256 levels, as resizing libraries do, and looks up what each is in the network's input. */
function lookUp(levels: Float32Array, format: InputFormat, tables: LevelTables, into: InputElements): void {
  const { pixelStride, firsts } = tensorLayout(format);
  const pixels = format.widthPx * format.heightPx;
  for (const [colour, first] of firsts.entries()) {
    const table = tables[colour]!;
    for (let pixel = 0, at = first; pixel < pixels; pixel++, at += pixelStride)
      into[at] = table[(levels[at]! + 0.5) | 0]!;
  }
}
