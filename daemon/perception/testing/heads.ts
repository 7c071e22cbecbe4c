import fc from 'fast-check';
import type { CandidateBuffer } from '../detector/candidates.ts';
import type { Decoder, Head, NetworkHints } from '../detector/decode/decoder.ts';
import type { Letterbox, Size } from '../detector/preprocess/letterbox.ts';

const noHints: NetworkHints = {
  task: undefined,
  statedClasses: undefined,
  metadata: {},
  operators: new Set(),
  expects: undefined,
};

/** A head with outputs of these shapes, named output0, output1, … */
export function headOf(input: Size, shapes: readonly (readonly number[])[], hints: Partial<NetworkHints> = {}): Head {
  return {
    input,
    outputs: shapes.map((shape, index) => ({ name: `output${index}`, type: 'float32', shape })),
    hints: { ...noHints, ...hints },
  };
}

export function recognised(decoder: Decoder | undefined): Decoder {
  if (decoder === undefined) throw new Error('not recognised');
  return decoder;
}

/** The boxes in a buffer, in their order. */
export function listCandidates(buffer: CandidateBuffer) {
  return Array.from({ length: buffer.count }, (_, i) => ({
    classId: buffer.classId[i]!,
    score: buffer.score[i]!,
    source: buffer.source[i]!,
    corners: [buffer.left[i]!, buffer.top[i]!, buffer.right[i]!, buffer.bottom[i]!],
  }));
}

/** The picture is the network's input. */
export function unfitted(size: Size): Letterbox {
  return { image: size, network: size, scaleX: 1, scaleY: 1, leftPx: 0, topPx: 0, scaled: size };
}

/** What a network gone mad may put out. */
export const wildNumber = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: 0, max: 1, noNaN: true }) },
  { weight: 2, arbitrary: fc.float({ min: -100, max: 100, noNaN: true }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30, 1e-40, 1],
    ),
  },
);

/** The same numbers for the same seed: for tensors too large to be drawn one by one. */
export function scatteredNumbers(count: number, seed: number): Float32Array {
  let state = seed;
  // Numerical Recipes' linear congruential generator.
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
