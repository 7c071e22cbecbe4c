import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExactPreprocessor } from './exact-preprocess.ts';
import { createFastPreprocessor } from './fast-preprocess.ts';
import { widenHalves } from './float16.ts';
import {
  type InputConventions,
  type InputFormat,
  imageNetScale,
  levelScale,
  ultralyticsInput,
  unitScale,
} from './input-format.ts';
import { fitLetterbox, fits, type Size } from './letterbox.ts';
import type { Preprocessor } from './preprocess.ts';
import { resampleTaps, wholeWeights } from './resample-tables.ts';

function noise({ widthPx, heightPx }: Size, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: widthPx * heightPx * 3 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 16) & 255;
  });
}

/** The input as levels 0..255, row by row, RGB, whatever the tensor's order, type and scale. */
function levels(format: InputFormat, { input }: Preprocessor): number[] {
  const floats = new Float32Array(input.length);
  if (input instanceof Uint16Array) widenHalves(input, floats);
  else floats.set(input);
  const pixels = format.widthPx * format.heightPx;
  return Array.from(floats, (_, i) => {
    const colour = i % 3;
    const channel = format.channels === 'rgb' ? colour : 2 - colour;
    const value = floats[format.order === 'nhwc' ? i - colour + channel : channel * pixels + Math.floor(i / 3)]!;
    return format.type === 'uint8' ? value : value * format.deviation[colour]! + format.mean[colour]!;
  });
}

/** The definition, in double precision and without a thought for speed. */
function reference(rgb: Uint8Array, image: Size, format: InputFormat): number[] {
  const { scaled, leftPx, topPx } = fitLetterbox(image, format, format.fit);
  const columns = resampleTaps(image.widthPx, scaled.widthPx);
  const rows = resampleTaps(image.heightPx, scaled.heightPx);
  return Array.from({ length: format.widthPx * format.heightPx * 3 }, (_, i) => {
    const [x, y, channel] = [
      (Math.floor(i / 3) % format.widthPx) - leftPx,
      Math.floor(i / 3 / format.widthPx) - topPx,
      i % 3,
    ];
    const [column, row] = [columns[x], rows[y]];
    if (column === undefined || row === undefined) return format.paddingLevel;
    let sum = 0;
    for (const [v, rowWeight] of row.weights.entries()) {
      for (const [h, columnWeight] of column.weights.entries()) {
        sum += rowWeight * columnWeight * rgb[((row.first + v) * image.widthPx + column.first + h) * 3 + channel]!;
      }
    }
    return sum;
  });
}

const implementations = [
  { name: 'fast', create: createFastPreprocessor, toleranceLevels: 0.1 },
  { name: 'exact', create: createExactPreprocessor, toleranceLevels: 1.01 },
];
const shapes: Pick<InputFormat, 'type' | 'order'>[] = [
  { type: 'float32', order: 'nchw' },
  { type: 'float32', order: 'nhwc' },
  { type: 'float16', order: 'nchw' },
  { type: 'float16', order: 'nhwc' },
  { type: 'uint8', order: 'nhwc' },
];
const side = fc.integer({ min: 1, max: 60 });
const size = fc.record({ widthPx: side, heightPx: side });
const conventions: fc.Arbitrary<InputConventions> = fc
  .tuple(
    fc.constantFrom<InputConventions['channels']>('rgb', 'bgr'),
    fc.constantFrom(unitScale, levelScale, imageNetScale),
    fc.constantFrom(...fits),
    fc.nat(255),
  )
  .map(([channels, scale, fit, paddingLevel]) => ({ channels, ...scale, fit, paddingLevel }));
const plain = { ...ultralyticsInput, type: 'float32', order: 'nchw' } as const;

for (const { name, create, toleranceLevels } of implementations) {
  describe(`${name} preprocessing`, () => {
    for (const { type, order } of shapes) {
      // Halves and bytes are rounded to whole levels; a half of a level of 255 is off by up to 1/16 more.
      const tolerance = type === 'float32' ? toleranceLevels : toleranceLevels + 0.57;
      it(`is the definition's, ${type} ${order}, for every colour order, scale and fit`, () => {
        fc.assert(
          fc.property(size, size, conventions, fc.nat(), (image, network, convention, seed) => {
            const format = { ...network, ...convention, type, order };
            const preprocessor = create(format);
            const rgb = noise(image, seed);
            preprocessor.letterbox(rgb, image);
            const wanted = reference(rgb, image, format);
            const errors = levels(format, preprocessor).map((level, i) => Math.abs(level - wanted[i]!));
            expect(Math.max(...errors)).toBeLessThanOrEqual(tolerance);
          }),
          { numRuns: 40 },
        );
      });
    }

    it('keeps an even grey even', () => {
      const format: InputFormat = { ...plain, widthPx: 96, heightPx: 96 };
      const preprocessor = create(format);
      for (const level of [0, 1, 100, 254, 255]) {
        preprocessor.letterbox(new Uint8Array(150 * 150 * 3).fill(level), { widthPx: 150, heightPx: 150 });
        const error = levels(format, preprocessor).map((each) => Math.abs(each - level));
        expect(Math.max(...error)).toBeLessThan(0.03);
      }
    });

    it('takes images of changing size, and leaves nothing of the one before', () => {
      const format: InputFormat = { ...plain, widthPx: 32, heightPx: 32, order: 'nhwc' };
      const preprocessor = create(format);
      const { input } = preprocessor;
      for (const image of [
        { widthPx: 64, heightPx: 64 },
        { widthPx: 64, heightPx: 10 },
        { widthPx: 7, heightPx: 90 },
      ]) {
        const rgb = noise(image, 5);
        const letterbox = preprocessor.letterbox(rgb, image);
        expect(letterbox.image).toEqual(image);
        const wanted = reference(rgb, image, format);
        const errors = levels(format, preprocessor).map((level, i) => Math.abs(level - wanted[i]!));
        expect(Math.max(...errors)).toBeLessThanOrEqual(toleranceLevels);
        expect(preprocessor.input).toBe(input);
      }
    });

    it('refuses pixels that do not fit the size', () => {
      const preprocessor = create({ ...plain, widthPx: 32, heightPx: 32 });
      expect(() => preprocessor.letterbox(new Uint8Array(10), { widthPx: 4, heightPx: 4 })).toThrow(/48 bytes, not 10/);
    });
  });
}

describe('fast preprocessing of an image that is too large', () => {
  it.each([
    ['float32', { widthPx: 12_000, heightPx: 8000 }],
    ['uint8', { widthPx: 90_000, heightPx: 1000 }],
  ] as const)('leaves what is made of others as it was, %s', (type, large) => {
    const format: InputFormat = { ...plain, type, order: 'nhwc', widthPx: 64, heightPx: 48 };
    const preprocessor = createFastPreprocessor(format);
    const small = { widthPx: 320, heightPx: 240 };
    preprocessor.letterbox(noise(small, 7), small);
    const before = levels(format, preprocessor);
    // Only its length is looked at: pages that nobody touches take no memory.
    const tooLarge = () => preprocessor.letterbox(new Uint8Array(large.widthPx * large.heightPx * 3), large);
    expect(tooLarge).toThrow(
      `an image of ${large.widthPx}x${large.heightPx} pixels is too large: with its tables it takes `,
    );
    expect(tooLarge).toThrow(/takes 2[5-9]\d\.\d MiB, and 25\d\.\d are there/);
    expect(levels(format, preprocessor)).toEqual(before);
    preprocessor.letterbox(noise(small, 7), small);
    expect(levels(format, preprocessor)).toEqual(before);
  });
});

describe('exact preprocessing', () => {
  // From Pillow 13.0: Image.fromarray(noise).resize(size, Image.BILINEAR).
  it.each([
    { widthPx: 8, heightPx: 6, sha256: '8b8d495e1589513a6e6acb0061ebec538cecda77da3cc04c26f86654358f5359' },
    { widthPx: 13, heightPx: 9, sha256: 'c421c58b36c9603b8ba2e71460f4c8a0c694da9b5355a61bd7a4b9505953aedb' },
    { widthPx: 26, heightPx: 18, sha256: '064eeb87fbbcc7a5e1d9806fff147b17cb1308e721da854b516c10268c0a6257' },
  ])('is bit for bit what Pillow makes at $widthPx x $heightPx', ({ widthPx, heightPx, sha256 }) => {
    const format: InputFormat = { ...plain, widthPx, heightPx };
    const image = { widthPx: 13, heightPx: 9 };
    const preprocessor = createExactPreprocessor(format);
    preprocessor.letterbox(noise(image, 12_345), image);
    const bytes = Uint8Array.from(levels(format, preprocessor), Math.round);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  });
});

describe('resampling tables', () => {
  it('have weights that sum to 1 and stay within the image', () => {
    const long = fc.integer({ min: 1, max: 3000 });
    fc.assert(
      fc.property(long, long, (source, target) => {
        const wrong = resampleTaps(source, target).filter(({ first, weights }) => {
          const sum = weights.reduce((total, weight) => total + weight, 0);
          return first < 0 || first + weights.length > source || weights.length === 0 || Math.abs(sum - 1) > 1e-9;
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('round to whole numbers of the wanted sum', () => {
    const weights = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(weights, (raw) => {
        const total = raw.reduce((sum, weight) => sum + weight, 0);
        const whole = wholeWeights(
          raw.map((weight) => weight / total),
          32_767,
        );
        expect(whole.reduce((sum, weight) => sum + weight, 0)).toBe(32_767);
        expect(whole.every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
      }),
    );
  });
});
