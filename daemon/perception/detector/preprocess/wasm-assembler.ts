/**
 * Just enough of a WebAssembly assembler to write a SIMD kernel in the source, without a compiler in the build.
 * An instruction is its bytes. @see https://webassembly.github.io/spec/core/binary/index.html
 */
export type Code = readonly number[];

function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** `i32.const` takes signed numbers: a sixth bit that is set needs one byte more. */
function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

const simd = (opcode: number, ...operands: number[]): number[] => [0xfd, ...leb(opcode), ...operands];
/** Alignment is a hint; 0 promises nothing. */
const memoryOperand = (offset: number): number[] => [0, ...leb(offset)];

export const wasm = {
  get: (local: number): Code => [0x20, local],
  set: (local: number): Code => [0x21, local],
  tee: (local: number): Code => [0x22, local],
  constant: (value: number): Code => [0x41, ...signedLeb(value)],
  add: [0x6a] as Code,
  lessThan: [0x49] as Code,
  loadI32: (offset = 0): Code => [0x28, ...memoryOperand(offset)],
  /** Runs its body again for as long as the condition that the body leaves is true. */
  loop: (...body: Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b],
  load: (offset = 0): Code => simd(0x00, ...memoryOperand(offset)),
  /** Eight bytes, widened to eight 16-bit lanes. */
  loadBytesAsI16: (offset = 0): Code => simd(0x02, ...memoryOperand(offset)),
  loadSplat16: (offset = 0): Code => simd(0x08, ...memoryOperand(offset)),
  loadSplat32: (offset = 0): Code => simd(0x09, ...memoryOperand(offset)),
  store: (offset = 0): Code => simd(0x0b, ...memoryOperand(offset)),
  storeLane32: (lane: number, offset = 0): Code => simd(0x5a, ...memoryOperand(offset), lane),
  zeroVector: simd(0x0c, ...new Array<number>(16).fill(0)) as Code,
  /** 16 byte indexes: 0 to 15 of the first operand, 16 to 31 of the second. */
  shuffle: (bytes: readonly number[]): Code => simd(0x0d, ...bytes),
  shiftLeftI16: simd(0x8b) as Code,
  addI16: simd(0x8e) as Code,
  /** (a * b + 2^14) >> 15 in each lane. */
  multiplyQ15: simd(0x82) as Code,
  /** Products of 16-bit lanes, neighbours summed into 32-bit lanes. */
  dotI16: simd(0xba) as Code,
  addI32: simd(0xae) as Code,
  convertToF32: simd(0xfa) as Code,
  multiplyF32: simd(0xe6) as Code,
  addF32: simd(0xe4) as Code,
};

export interface WasmFunction {
  readonly name: string;
  /** All parameters are i32; locals are numbered after them, i32 ones first. */
  readonly parameters: number;
  readonly i32Locals: number;
  readonly vectorLocals: number;
  readonly body: readonly Code[];
}

/** Most pages that a 32-bit memory can have. */
const mostPages = 65_536;

/** A module that imports its memory, `shared` with other threads or its own, as `host.memory` and exports the functions. */
export function assembleModule(functions: readonly WasmFunction[], memory: 'own' | 'shared'): Uint8Array<ArrayBuffer> {
  const limits = memory === 'shared' ? [0x03, ...leb(1), ...leb(mostPages)] : [0x00, ...leb(1)];
  const i32 = 0x7f;
  const v128 = 0x7b;
  const vector = (items: readonly Code[]): number[] => [...leb(items.length), ...items.flat()];
  const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content];
  const name = (text: string): number[] => [...leb(text.length), ...Buffer.from(text, 'ascii')];
  const code = functions.map(({ i32Locals, vectorLocals, body }) => {
    const locals = vector([
      [...leb(i32Locals), i32],
      [...leb(vectorLocals), v128],
    ]);
    const bytes = [...locals, ...body.flat(), 0x0b];
    return [...leb(bytes.length), ...bytes];
  });
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      vector(
        functions.map(({ parameters }) => [0x60, ...leb(parameters), ...new Array<number>(parameters).fill(i32), 0]),
      ),
    ),
    ...section(2, vector([[...name('host'), ...name('memory'), 0x02, ...limits]])),
    ...section(3, vector(functions.map((_, index) => leb(index)))),
    ...section(7, vector(functions.map((each, index) => [...name(each.name), 0x00, ...leb(index)]))),
    ...section(10, vector(code)),
  ]);
}
