import { assembleModule, wasm } from './wasm-assembler.ts';

/** Bits behind the point in the rows that `blendRows` writes: a byte of 255 just fits 16 signed bits. */
export const rowFractionBits = 7;
/** Row weights are 15-bit fractions of this sum, column weights of `columnWeightSum`. */
export const rowWeightSum = 32_767;
export const columnWeightSum = 16_384;

export interface ResampleKernel {
  /**
   * Blends neighbouring rows of bytes into one row of 16-bit fixed point.
   * @param source first row; @param stride bytes from row to row; @param weights 16-bit, one a row; @param weightsEnd
   * their end; @param target row of 16-bit numbers; @param targetEnd its end; whole steps of 32 bytes are written.
   */
  blendRows(
    source: number,
    stride: number,
    weights: number,
    weightsEnd: number,
    target: number,
    targetEnd: number,
  ): void;
  /**
   * Blends neighbouring RGB pixels of such a row into pixels of three floats, `value * scale + offset` each.
   * @param table for each pixel: i32 byte offset of its first source pixel, then one i32 for each pair of source pixels:
   * two 16-bit weights; @param tableEnd its end; @param pairBytes 4 times the pairs; @param row what `blendRows` wrote;
   * @param red where the first pixel's red float goes, @param green, @param blue likewise; @param step bytes from one
   * pixel's float to the next; @param scaling eight floats: scale of red, green, blue, 0, their offsets, 0.
   */
  blendColumns(
    table: number,
    tableEnd: number,
    pairBytes: number,
    row: number,
    red: number,
    green: number,
    blue: number,
    step: number,
    scaling: number,
  ): void;
}

function blendRows() {
  const [source, stride, weights, weightsEnd, target, targetEnd, at, weight] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [first, second, factor] = [8, 9, 10];
  const tap = (sum: number, offset: number) => [
    ...[wasm.get(sum), wasm.get(at), wasm.loadBytesAsI16(offset)],
    ...[wasm.constant(rowFractionBits), wasm.shiftLeftI16, wasm.get(factor), wasm.multiplyQ15],
    ...[wasm.addI16, wasm.set(sum)],
  ];
  return {
    name: 'blendRows',
    parameters: 6,
    i32Locals: 2,
    vectorLocals: 3,
    body: [
      wasm.loop(
        ...[wasm.zeroVector, wasm.set(first), wasm.zeroVector, wasm.set(second)],
        ...[wasm.get(source), wasm.set(at), wasm.get(weights), wasm.set(weight)],
        wasm.loop(
          ...[wasm.get(weight), wasm.loadSplat16(), wasm.set(factor)],
          ...tap(first, 0),
          ...tap(second, 8),
          ...[wasm.get(at), wasm.get(stride), wasm.add, wasm.set(at)],
          ...[wasm.get(weight), wasm.constant(2), wasm.add, wasm.tee(weight), wasm.get(weightsEnd), wasm.lessThan],
        ),
        ...[wasm.get(target), wasm.get(first), wasm.store(0), wasm.get(target), wasm.get(second), wasm.store(16)],
        ...[wasm.get(source), wasm.constant(16), wasm.add, wasm.set(source)],
        ...[wasm.get(target), wasm.constant(32), wasm.add, wasm.tee(target), wasm.get(targetEnd), wasm.lessThan],
      ),
    ],
  };
}

function blendColumns() {
  const [table, tableEnd, pairBytes, row, red, green, blue, step, scaling, at, pairsEnd] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ];
  const [sum, scale, offset] = [11, 12, 13];
  // Two RGB pixels of 16 bits become the pairs (red, red), (green, green), (blue, blue) and a fourth that nobody reads.
  const pairs = [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, 12, 13, 14, 15];
  const advance = (pointer: number) => [wasm.get(pointer), wasm.get(step), wasm.add, wasm.set(pointer)];
  return {
    name: 'blendColumns',
    parameters: 9,
    i32Locals: 2,
    vectorLocals: 3,
    body: [
      ...[wasm.get(scaling), wasm.load(0), wasm.set(scale), wasm.get(scaling), wasm.load(16), wasm.set(offset)],
      wasm.loop(
        ...[wasm.get(table), wasm.loadI32(), wasm.get(row), wasm.add, wasm.set(at), wasm.zeroVector, wasm.set(sum)],
        ...[
          wasm.get(table),
          wasm.constant(4),
          wasm.add,
          wasm.tee(table),
          wasm.get(pairBytes),
          wasm.add,
          wasm.set(pairsEnd),
        ],
        wasm.loop(
          ...[wasm.get(sum), wasm.get(at), wasm.load(), wasm.get(at), wasm.load(), wasm.shuffle(pairs)],
          ...[wasm.get(table), wasm.loadSplat32(), wasm.dotI16, wasm.addI32, wasm.set(sum)],
          ...[wasm.get(at), wasm.constant(12), wasm.add, wasm.set(at)],
          ...[wasm.get(table), wasm.constant(4), wasm.add, wasm.tee(table), wasm.get(pairsEnd), wasm.lessThan],
        ),
        ...[
          wasm.get(sum),
          wasm.convertToF32,
          wasm.get(scale),
          wasm.multiplyF32,
          wasm.get(offset),
          wasm.addF32,
          wasm.set(sum),
        ],
        ...[wasm.get(red), wasm.get(sum), wasm.storeLane32(0), ...advance(red)],
        ...[wasm.get(green), wasm.get(sum), wasm.storeLane32(1), ...advance(green)],
        ...[wasm.get(blue), wasm.get(sum), wasm.storeLane32(2), ...advance(blue)],
        ...[wasm.get(table), wasm.get(tableEnd), wasm.lessThan],
      ),
    ],
  };
}

const compiled = new Map<'own' | 'shared', WebAssembly.Module>();

/** The kernel over this memory. All addresses are bytes in it. */
export function createResampleKernel(memory: WebAssembly.Memory): ResampleKernel {
  const kind = memory.buffer instanceof ArrayBuffer ? 'own' : 'shared';
  const module = compiled.get(kind) ?? new WebAssembly.Module(assembleModule([blendRows(), blendColumns()], kind));
  compiled.set(kind, module);
  const { exports } = new WebAssembly.Instance(module, { host: { memory } });
  const { blendRows: rows, blendColumns: columns } = exports;
  if (typeof rows !== 'function' || typeof columns !== 'function')
    throw new Error('the resampling kernel is not whole');
  return { blendRows: rows as ResampleKernel['blendRows'], blendColumns: columns as ResampleKernel['blendColumns'] };
}
