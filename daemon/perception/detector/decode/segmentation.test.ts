import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectionSchema } from '../../../protocol/detection.ts';
import { headOf, listCandidates, recognised, wildNumber } from '../../testing/heads.ts';
import { unpackMask } from '../../testing/masks.ts';
import { yolov5Head, yolov8Head } from '../../testing/tiny-network.ts';
import { CandidateBuffer } from '../candidates.ts';
import { fitLetterbox, fits, type Letterbox } from '../preprocess/letterbox.ts';
import { gridCells, type LayoutRecogniser } from './decoder.ts';
import { yolov5 } from './yolov5.ts';
import { yolov5Seg } from './yolov5-seg.ts';
import { yolov8 } from './yolov8.ts';
import { yolov8Pose } from './yolov8-pose.ts';
import { yolov8Seg } from './yolov8-seg.ts';

const input = { widthPx: 64, heightPx: 32 };
const cells = gridCells(input, [8, 16, 32]);
const classCount = 3;
const channels = 2;
const grid = { widthPx: 16, heightPx: 8 };
const prototypeShape = [1, channels, grid.heightPx, grid.widthPx];
const gridLength = channels * grid.widthPx * grid.heightPx;

const layouts = [
  {
    ...{ recogniser: yolov8Seg, layout: 'yolov8-seg', rows: [1, 4 + classCount + channels, cells], count: cells },
    /** Where a number of one box lies in the output. */
    place: (source: number, column: number) => column * cells + source,
    firstCoefficient: 4 + classCount,
    boxes: (found: Parameters<typeof yolov8Head>[2]) => yolov8Head(classCount + channels, cells, found),
  },
  {
    ...{ recogniser: yolov8Seg, layout: 'yolov8-seg', rows: [1, cells, 4 + classCount + channels], count: cells },
    place: (source: number, column: number) => source * (4 + classCount + channels) + column,
    firstCoefficient: 4 + classCount,
    boxes: (found: Parameters<typeof yolov8Head>[2]) =>
      transposed(yolov8Head(classCount + channels, cells, found), 4 + classCount + channels),
  },
  {
    ...{
      recogniser: yolov5Seg,
      layout: 'yolov5-seg',
      rows: [1, 3 * cells, 5 + classCount + channels],
      count: 3 * cells,
    },
    place: (source: number, column: number) => source * (5 + classCount + channels) + column,
    firstCoefficient: 5 + classCount,
    boxes: (found: Parameters<typeof yolov8Head>[2]) => yolov5Head(classCount + channels, 3 * cells, found),
  },
] as const;

/** Rows of numbers as columns. */
function transposed(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  return values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
}

function recognise(recogniser: LayoutRecogniser, ...shapes: (readonly number[])[]) {
  return recogniser.recognise(headOf(input, shapes));
}

/**
 * One pixel by the definition: the sum at the prototypes' places about its middle, each by how near it is. `weight` is how
 * large the numbers thereabouts are, and so how far rounding may take the sum.
 */
function logitAt(x: number, y: number, coefficients: readonly number[], prototypes: Float32Array, fit: Letterbox) {
  const { image, scaled, leftPx, topPx } = fit;
  const within = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
  const place = (share: number, [side, networkSide]: [number, number], [first, length]: [number, number]) => {
    const [least, most] = [Math.max(first, 0) + 0.5, Math.min(first + length, networkSide) - 0.5];
    return within((within(first + share * length, least, most) / networkSide) * side - 0.5, 0, side - 1);
  };
  const about = (middle: number, side: number) =>
    [-1, 0, 1].map((step) => Math.floor(middle) + step).filter((at) => at >= 0 && at < side);
  const across = place((x + 0.5) / image.widthPx, [grid.widthPx, input.widthPx], [leftPx, scaled.widthPx]);
  const down = place((y + 0.5) / image.heightPx, [grid.heightPx, input.heightPx], [topPx, scaled.heightPx]);
  let value = 0;
  let weight = 0;
  for (const row of about(down, grid.heightPx)) {
    for (const column of about(across, grid.widthPx)) {
      const share = Math.max(0, 1 - Math.abs(across - column)) * Math.max(0, 1 - Math.abs(down - row));
      for (let channel = 0; channel < channels; channel++) {
        const part = coefficients[channel]! * prototypes[(channel * grid.heightPx + row) * grid.widthPx + column]!;
        value += share * part;
        weight += Math.abs(part);
      }
    }
  }
  return { value, weight };
}

const images = fc.record({ widthPx: fc.integer({ min: 1, max: 90 }), heightPx: fc.integer({ min: 1, max: 90 }) });
const share = fc.integer({ min: 0, max: 997 }).map((part) => part / 997);

describe.each(layouts)('$layout of $rows', ({ recogniser, rows, count, place, firstCoefficient, boxes, layout }) => {
  it('is recognised with its outputs in either order, however large the prototypes are', () => {
    const expected = { layout, classCount, capacity: count, suppression: 'needed' };
    expect(recognise(recogniser, rows, prototypeShape)).toMatchObject({ ...expected, outputIndexes: [0, 1] });
    expect(recognise(recogniser, prototypeShape, rows)).toMatchObject({ ...expected, outputIndexes: [1, 0] });
    expect(recognise(recogniser, rows, [1, channels, 32, 64])).toMatchObject(expected);
  });

  it.each([
    { why: 'no prototypes', shapes: [rows] },
    { why: 'prototypes alone', shapes: [prototypeShape] },
    { why: 'prototypes of another shape than the input', shapes: [rows, [1, channels, 16, 16]] },
    { why: 'prototypes larger than the input', shapes: [rows, [1, channels, 64, 128]] },
    { why: 'boxes beside scores', shapes: [rows, [1, cells, 1, 4]] },
    { why: 'so many prototypes that no class is left', shapes: [rows, [1, classCount + channels, 8, 16]] },
    { why: 'a third output', shapes: [rows, prototypeShape, [1, 4]] },
    {
      why: 'another number of cells',
      shapes: [rows.map((side) => (side === count ? side + 5 : side)), prototypeShape],
    },
    { why: 'a batch', shapes: [[2, ...rows.slice(1)], prototypeShape] },
  ])('is not recognised with $why', ({ shapes }) => {
    expect(recognise(recogniser, ...shapes)).toBeUndefined();
  });

  it('is no other layout', () => {
    for (const other of [yolov8, yolov5, yolov8Pose]) expect(recognise(other, rows, prototypeShape)).toBeUndefined();
    for (const other of layouts.filter((each) => each.recogniser !== recogniser)) {
      expect(recognise(other.recogniser, rows, prototypeShape)).toBeUndefined();
    }
  });

  it('takes no coefficient for a score', () => {
    const decoder = recognised(recognise(recogniser, rows, prototypeShape));
    const buffer = new CandidateBuffer(decoder.capacity);
    const box = { centreX: 10, centreY: 20, width: 4, height: 6, classId: 1, score: 0.6 };
    const output = boxes([{ ...box, classId: classCount }, box]);
    decoder.decode([output], 0.5, buffer);
    const found = { classId: 1, source: 1, score: expect.closeTo(0.6, 5), corners: [8, 17, 12, 23] };
    expect(listCandidates(buffer)).toEqual([found]);
    const lost = new Float32Array(output.length);
    for (let source = 0; source < count; source++) lost[place(source, firstCoefficient)] = 3;
    expect(decoder.judgeScores([lost])).toBe('all-zero');
  });

  it('covers what the plain definition covers, at any fit of any picture and with any numbers', () => {
    const decoder = recognised(recognise(recogniser, rows, prototypeShape));
    const numbers = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), {
      minLength: gridLength,
      maxLength: gridLength,
    });
    const wild = fc.array(wildNumber, { minLength: gridLength, maxLength: gridLength });
    const weights = fc.array(fc.oneof(fc.float({ min: -4, max: 4, noNaN: true }), wildNumber), {
      ...{ minLength: channels, maxLength: channels },
    });
    let compared = 0;
    fc.assert(
      fc.property(
        ...([images, fc.constantFrom(...fits), share, share, share, share] as const),
        ...([fc.nat({ max: count - 1 }), weights, fc.oneof(numbers, wild)] as const),
        (image, fitName, left, top, width, height, source, coefficients, values) => {
          const fit = fitLetterbox(image, input, fitName);
          const box = {
            ...{ xPx: left * image.widthPx * 0.99, yPx: top * image.heightPx * 0.99 },
            ...{ widthPx: 0, heightPx: 0 },
          };
          box.widthPx = Math.max(1e-3, width * (image.widthPx - box.xPx));
          box.heightPx = Math.max(1e-3, height * (image.heightPx - box.yPx));
          const output = new Float32Array(rows[1]! * rows[2]!);
          for (const [channel, value] of coefficients.entries())
            output[place(source, firstCoefficient + channel)] = value;
          const prototypes = Float32Array.from(values);
          const mask = decoder.details!(source, [output, prototypes], fit, box).mask!;
          detectionSchema.shape.mask.parse(mask);
          expect([mask.xPx, mask.yPx]).toEqual([Math.floor(box.xPx), Math.floor(box.yPx)]);
          expect(mask.xPx + mask.widthPx).toBeLessThanOrEqual(image.widthPx);
          expect(mask.yPx + mask.heightPx).toBeLessThanOrEqual(image.heightPx);
          const covered = unpackMask(mask);
          expect(covered).toHaveLength(mask.widthPx * mask.heightPx);
          const wrong = covered.filter((isOn, index) => {
            const [x, y] = [mask.xPx + (index % mask.widthPx), mask.yPx + Math.floor(index / mask.widthPx)];
            const isWithin = (edge: number, start: number, length: number) => edge >= start && edge < start + length;
            const isInside = isWithin(x, box.xPx, box.widthPx) && isWithin(y, box.yPx, box.heightPx);
            const { value, weight } = logitAt(x, y, coefficients.map(Math.fround), prototypes, fit);
            if (!isInside) return isOn;
            // Sums of infinities and those that rounding may take over zero are nobody's.
            if (!Number.isFinite(weight) || Math.abs(value) <= 1e-9 * weight) return false;
            compared++;
            return isOn !== value > 0;
          });
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(1000);
  });
});

it('is read of a network of two grids, and of no rows of anchors that are as many', () => {
  const twoGrids = gridCells(input, [16, 32]);
  const numbers = 4 + classCount + channels;
  const read = (...rows: number[]) => recognise(yolov8Seg, [1, ...rows], prototypeShape);
  expect(read(numbers, twoGrids)).toMatchObject({ layout: 'yolov8-seg', classCount, capacity: twoGrids });
  expect(read(twoGrids, numbers)).toMatchObject({ layout: 'yolov8-seg', classCount, capacity: twoGrids });
  expect(read(3 * cells, twoGrids)).toBeUndefined();
});

it('yolov5-seg is found beside its raw heads, wherever they stand, and not beside those of another', () => {
  const columns = 5 + classCount + channels;
  const rows = [1, 3 * cells, columns];
  const raw = (numbers: number) => [4, 2, 1].map((down) => [1, 3, down, 2 * down, numbers]);
  expect(recognise(yolov5Seg, rows, prototypeShape, ...raw(columns))).toMatchObject({
    classCount,
    outputIndexes: [0, 1],
  });
  expect(recognise(yolov5Seg, ...raw(columns), prototypeShape, rows)?.outputIndexes).toEqual([4, 3]);
  expect(recognise(yolov5Seg, rows, prototypeShape, ...raw(columns + 1))).toBeUndefined();
  expect(recognise(yolov5, rows, prototypeShape, ...raw(columns))).toBeUndefined();
});
