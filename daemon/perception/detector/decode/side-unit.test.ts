import { describe, expect, it } from 'vitest';
import { found, headOf, recognised, smallInput } from '../../testing/decoder-checks.ts';
import type { NetworkHints } from './decoder.ts';
import { endToEnd } from './end-to-end.ts';
import { nmsFree } from './nms-free.ts';
import { tensorrtNms } from './tensorrt-nms.ts';

const { widthPx, heightPx } = smallInput;

interface Row {
  readonly sides: readonly number[];
  readonly score: number;
}

/** One box of 16, 8, 32, 24 pixels, and one that fills up, of the layouts whose boxes come in pixels or in shares. */
const inBoth = [
  {
    name: 'nms-free',
    recogniser: nmsFree,
    heads: [[1, 2, 6]],
    outputs: (sides: readonly number[], score = 0.75) => [Float32Array.from([...sides, score, 3, 0, 0, 0, 0, 0, 0])],
    manyHeads: [[1, 20, 6]],
    many: (rows: readonly Row[]) => [Float32Array.from(rows.flatMap(({ sides, score }) => [...sides, score, 3]))],
  },
  {
    name: 'end-to-end',
    recogniser: endToEnd,
    heads: [[2, 7]],
    outputs: (sides: readonly number[], score = 0.75) => [Float32Array.from([0, ...sides, 3, score])],
    manyHeads: [[20, 7]],
    many: (rows: readonly Row[]) => [Float32Array.from(rows.flatMap(({ sides, score }) => [0, ...sides, 3, score]))],
  },
  {
    name: 'tensorrt-nms',
    recogniser: tensorrtNms,
    heads: [
      { name: 'num_dets', shape: [1, 1], type: 'int32' },
      { name: 'det_boxes', shape: [1, 2, 4] },
      { name: 'det_scores', shape: [1, 2] },
      { name: 'det_classes', shape: [1, 2], type: 'int32' },
    ],
    outputs: (sides: readonly number[], score = 0.75) => [
      ...[Float32Array.of(1), Float32Array.from([...sides, 400, 400, 500, 500])],
      ...[Float32Array.of(score, 0.9), Float32Array.of(3, 1)],
    ],
    manyHeads: [
      { name: 'num_dets', shape: [1, 1], type: 'int32' },
      { name: 'det_boxes', shape: [1, 20, 4] },
      { name: 'det_scores', shape: [1, 20] },
      { name: 'det_classes', shape: [1, 20], type: 'int32' },
    ],
    many: (rows: readonly Row[]) => [
      Float32Array.of(rows.length),
      Float32Array.from(rows.flatMap(({ sides }) => sides)),
      Float32Array.from(rows, ({ score }) => score),
      new Float32Array(rows.length).fill(3),
    ],
  },
];

describe.each(inBoth)('boxes of $name', ({ recogniser, heads, outputs, manyHeads, many }) => {
  const open = (hints: Partial<NetworkHints> = {}) => recognised(recogniser.recognise(headOf(heads, { hints })));
  const inPixels = [16, 8, 32, 24];
  const inShares = [16 / widthPx, 8 / heightPx, 32 / widthPx, 24 / heightPx];
  const box = { corners: inPixels, score: 0.75, classId: 3 };

  it('are in pixels or in shares, as the first ones that are found show', () => {
    expect(found(open(), outputs(inPixels), 0.25)).toEqual([box]);
    expect(found(open(), outputs(inShares), 0.25)).toEqual([box]);
  });

  it('stay what they once were, whatever comes', () => {
    const tiny = [0.25, 0.25, 1, 1];
    const pixels = open();
    found(pixels, outputs(inPixels), 0.25);
    expect(found(pixels, outputs(tiny), 0.25)).toEqual([{ ...box, corners: tiny }]);
    const shares = open();
    found(shares, outputs(inShares), 0.25);
    const far = [0.5, 0.5, 1.75, 1];
    const scaled = far.map((side, at) => side * (at % 2 === 0 ? widthPx : heightPx));
    expect(found(shares, outputs(far), 0.25)).toEqual([{ ...box, corners: scaled }]);
  });

  it('are not judged by rows that are none: of zeros, without a size, unsure, or no numbers', () => {
    const decoder = open();
    for (const [sides, score] of [
      [[0, 0, 0, 0], 0.75],
      [[0.5, 0.5, 0.5, 0.5], 0.75],
      [inShares, 0.1],
      [[Number.NaN, 0, Number.POSITIVE_INFINITY, 1], 0.75],
    ] as const) {
      expect(found(decoder, outputs(sides, score), 0.25)).toEqual([]);
    }
    expect(found(decoder, outputs(inPixels), 0.25)).toEqual([box]);
  });

  it('are judged by most of those that were found, and by no others', () => {
    for (const [sides, wanted] of [
      [inShares, inPixels],
      [inPixels, inPixels],
    ] as const) {
      const decoder = recognised(recogniser.recognise(headOf(manyHeads)));
      const odd = sides === inShares ? [0, 0, 90, 90] : [0, 0, 1, 1];
      const rows = [...[sides, sides, sides].map((each) => ({ sides: each, score: 0.75 })), { sides: odd, score: 0.5 }];
      const unsure = Array.from({ length: 8 }, () => ({ sides: odd, score: 0.1 }));
      const seen = found(decoder, many([...unsure, ...rows]), 0.25);
      expect(seen.slice(0, 3)).toEqual([wanted, wanted, wanted].map((each) => ({ ...box, corners: each })));
    }
    const split = recognised(recogniser.recognise(headOf(manyHeads)));
    const half = [inPixels, [0, 0, 1, 1]].map((sides) => ({ sides, score: 0.75 }));
    expect(found(split, many(half), 0.25)[0]).toEqual(box);
    expect(found(split, outputs(inShares), 0.25)).toEqual([box]);
  });

  it('are what the card says', () => {
    expect(found(open({ boxUnit: 'shares' }), outputs(inShares), 0.25)).toEqual([box]);
    const tiny = [0.25, 0.25, 1, 1];
    expect(found(open({ boxUnit: 'pixels' }), outputs(tiny), 0.25)).toEqual([{ ...box, corners: tiny }]);
  });
});
