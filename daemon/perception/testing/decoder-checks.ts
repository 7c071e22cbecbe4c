import fc from 'fast-check';
import { CandidateBuffer } from '../detector/candidates.ts';
import type { Decoder, Head, NetworkHints } from '../detector/decode/decoder.ts';
import type { Size } from '../detector/preprocess/letterbox.ts';

/** What decoders' tests share: heads to recognise, the boxes that were found, and numbers of networks gone mad. */

export interface HeadOptions {
  readonly input?: Size;
  readonly hints?: Partial<NetworkHints>;
}

/** An output by its shape alone, or with what else is of note. */
export type OutputSpec = readonly number[] | { shape: readonly number[]; name?: string; type?: string };

/** 64x32 pixels: 42 cells of strides 8, 16, 32. */
export const smallInput: Size = { widthPx: 64, heightPx: 32 };

export function headOf(outputs: readonly OutputSpec[], { input = smallInput, hints = {} }: HeadOptions = {}): Head {
  return {
    input,
    outputs: outputs.map((output, index) => ({
      name: `output${index}`,
      type: 'float32',
      ...('shape' in output ? output : { shape: output }),
    })),
    hints: {
      ...{ task: undefined, statedClasses: undefined, metadata: {}, operators: new Set<string>(), expects: undefined },
      ...hints,
    },
  };
}

export function recognised(decoder: Decoder | undefined): Decoder {
  if (decoder === undefined) throw new Error('not recognised');
  return decoder;
}

export interface Found {
  readonly classId: number;
  readonly score: number;
  readonly corners: readonly number[];
}

export function listed(buffer: CandidateBuffer): Found[] {
  return Array.from({ length: buffer.count }, (_, i) => ({
    classId: buffer.classId[i]!,
    score: buffer.score[i]!,
    corners: [buffer.left[i]!, buffer.top[i]!, buffer.right[i]!, buffer.bottom[i]!],
  }));
}

/** What a decoder finds in these outputs. */
export function found(decoder: Decoder, outputs: readonly Float32Array[], scoreThreshold: number): Found[] {
  const buffer = new CandidateBuffer(decoder.capacity);
  decoder.decode(outputs, scoreThreshold, buffer);
  return listed(buffer);
}

/** Of boxes that a plain definition names, those that may be a candidate: what is no box is left out by the buffer. */
export function allowed(boxes: readonly Found[], scoreThreshold: number): Found[] {
  const buffer = new CandidateBuffer(boxes.length);
  for (const { corners, score, classId } of boxes) {
    const [left = 0, top = 0, right = 0, bottom = 0] = corners;
    if (score >= scoreThreshold) buffer.addCorners(left, top, right, bottom, score, classId);
  }
  return listed(buffer);
}

/**
 * The plain definition of boxes that may be shares of the picture: what was found reaches nowhere beyond 1.5, and of all
 * boxes, found or not, no more than half have a centre beyond 2.
 */
export function orShares(
  boxes: readonly Found[],
  centres: readonly (readonly [number, number])[],
  { widthPx, heightPx }: Size = smallInput,
): Found[] {
  const finite = centres.filter(([x, y]) => Number.isFinite(x + y));
  const far = finite.filter(([x, y]) => x > 2 || y > 2);
  const areShares = boxes.every(({ corners }) => Math.max(corners[2]!, corners[3]!) <= 1.5);
  if (!areShares || 2 * far.length > finite.length) return [...boxes];
  return boxes.map((box) => ({
    ...box,
    corners: box.corners.map((side, at) => Math.fround(side * (at % 2 === 0 ? widthPx : heightPx))),
  }));
}

/** What a network gone mad may put out. */
export const wild: fc.Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: 0, max: 1, noNaN: true }) },
  { weight: 4, arbitrary: fc.float({ min: -100, max: 100, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 1e30, 1e-40, 1) },
);

export function wildTensor(length: number): fc.Arbitrary<Float32Array> {
  return fc.array(wild, { minLength: length, maxLength: length }).map((values) => Float32Array.from(values));
}

export const anyThreshold: fc.Arbitrary<number> = fc.constantFrom(0, 0.25, 0.5, 0.9);

/** As many wild numbers as wanted, the same ones every time, where drawing them one by one would take too long. */
export function manyWildNumbers(length: number): Float32Array {
  const odd = [0, Number.NaN, Infinity, -Infinity, 1e30, -1];
  let state = 1;
  return Float32Array.from({ length }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return index % 11 === 0 ? odd[state % odd.length]! : state / 2 ** 32;
  });
}
