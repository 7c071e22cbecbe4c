import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectionSchema } from '../../../protocol/detection.ts';
import { headOf, listCandidates, recognised, scatteredNumbers, unfitted, wildNumber } from '../../testing/heads.ts';
import { yolov8Head } from '../../testing/tiny-network.ts';
import { CandidateBuffer } from '../candidates.ts';
import { createSuppressor, maxDetections } from '../nms.ts';
import { fitLetterbox } from '../preprocess/letterbox.ts';
import { gridCells, type NetworkHints } from './decoder.ts';
import { yolov8Pose } from './yolov8-pose.ts';

const input = { widthPx: 64, heightPx: 32 };
const cells = gridCells(input, [8, 16, 32]);
const anyBox = { xPx: 0, yPx: 0, widthPx: 1, heightPx: 1 };

function recognise(rows: number, hints: Partial<NetworkHints> = {}, count = cells) {
  return yolov8Pose.recognise(headOf(input, [[1, rows, count]], hints));
}

function recogniseTransposed(numbers: number, hints: Partial<NetworkHints> = {}) {
  return yolov8Pose.recognise(headOf(input, [[1, cells, numbers]], hints));
}

const poseOf = (shape: string): Partial<NetworkHints> => ({ task: 'pose', metadata: { kpt_shape: shape } });

describe('yolov8-pose', () => {
  it.each([
    { what: 'a person', rows: 56, shape: '[17, 3]', classes: 1, points: 17 },
    { what: 'a hand', rows: 68, shape: '[21, 3]', classes: 1, points: 21 },
    { what: 'dogs of two kinds', rows: 78, shape: '(24, 3)', classes: 2, points: 24 },
    { what: 'corners without visibility', rows: 4 + 2 + 8, shape: '[4,2]', classes: 2, points: 4 },
  ])('is recognised by its metadata: $what', ({ rows, shape, classes, points }) => {
    const decoder = recognised(recognise(rows, poseOf(shape)));
    expect(decoder).toMatchObject({ layout: 'yolov8-pose', classCount: classes, capacity: cells });
    const { keypoints } = decoder.details!(0, [new Float32Array(rows * cells)], unfitted(input), anyBox);
    expect(keypoints).toHaveLength(points);
  });

  it('is recognised by its 56 rows alone, unless 52 labels are named', () => {
    expect(recognise(56)).toMatchObject({ layout: 'yolov8-pose', classCount: 1 });
    expect(recognise(56, { statedClasses: 1 })).toMatchObject({ classCount: 1 });
    expect(recognise(56, { statedClasses: 52 })).toBeUndefined();
  });

  it('is recognised of a network of two grids', () => {
    const twoGrids = gridCells(input, [16, 32]);
    expect(recognise(56, {}, twoGrids)).toMatchObject({ layout: 'yolov8-pose', capacity: twoGrids });
  });

  it.each([
    { why: 'the rows of a detector', decoder: recognise(84) },
    { why: 'the rows of 53 classes', decoder: recognise(57) },
    { why: 'points that leave no class', decoder: recognise(55, poseOf('[17, 3]')) },
    { why: 'no points', decoder: recognise(84, poseOf('[0, 3]')) },
    { why: 'points of four numbers', decoder: recognise(84, poseOf('[17, 4]')) },
    { why: 'points that are not stated', decoder: recognise(68, { task: 'pose' }) },
    { why: 'another task', decoder: recognise(84, { ...poseOf('[17, 3]'), task: 'detect' }) },
    { why: 'another number of cells', decoder: recognise(56, {}, cells + 5) },
    { why: "rows and columns swapped, which may be a YOLOX's", decoder: recogniseTransposed(56) },
    {
      why: 'a second output',
      decoder: yolov8Pose.recognise(
        headOf(input, [
          [1, 56, cells],
          [1, 32, 8, 16],
        ]),
      ),
    },
  ])('is not recognised with $why', ({ decoder }) => {
    expect(decoder).toBeUndefined();
  });

  it('takes no point for a score, and finds each box with its own points', () => {
    const rows = 4 + 2 + 6;
    const decoder = recognised(recognise(rows, poseOf('[2, 3]')));
    const box = { centreX: 10, centreY: 20, width: 4, height: 6, classId: 1, score: 0.6 };
    const output = yolov8Head(2 + 6, cells, [{ ...box, classId: 2 }, box]);
    const points = [
      [8, 18, 0.75],
      [12, 22, 0.25],
    ].flat();
    for (const [row, value] of points.entries()) output[(6 + row) * cells + 1] = value;
    const buffer = new CandidateBuffer(decoder.capacity);
    decoder.decode([output], 0.5, buffer);
    const found = { classId: 1, source: 1, score: expect.closeTo(0.6, 5), corners: [8, 17, 12, 23] };
    expect(listCandidates(buffer)).toEqual([found]);
    // 128x32 into 64x32: half size, 8 rows of padding above.
    const letterbox = fitLetterbox({ widthPx: 128, heightPx: 32 }, input);
    expect(decoder.details!(1, [output], letterbox, anyBox)).toEqual({
      keypoints: [
        { xPx: 16, yPx: 20, score: 0.75 },
        { xPx: 24, yPx: 28, score: 0.25 },
      ],
    });
  });

  it('is read transposed where something says what it is', () => {
    expect(recogniseTransposed(56, { statedClasses: 1 })).toMatchObject({ classCount: 1 });
    expect(recogniseTransposed(56, { namedLayout: 'yolov8-pose' })).toMatchObject({ classCount: 1 });
    const decoder = recognised(recogniseTransposed(4 + 2 + 6, poseOf('[2, 3]')));
    const output = new Float32Array(12 * cells);
    output.set([10, 20, 4, 6, 0.2, 0.6, 8, 18, 0.75, 12, 22, 0.25], 5 * 12);
    const buffer = new CandidateBuffer(decoder.capacity);
    decoder.decode([output], 0.5, buffer);
    const found = { classId: 1, source: 5, score: expect.closeTo(0.6, 5), corners: [8, 17, 12, 23] };
    expect(listCandidates(buffer)).toEqual([found]);
    expect(decoder.details!(5, [output], unfitted(input), anyBox)).toEqual({
      keypoints: [
        { xPx: 8, yPx: 18, score: 0.75 },
        { xPx: 12, yPx: 22, score: 0.25 },
      ],
    });
    expect(decoder.judgeScores([output])).toBe('sound');
    expect(decoder.judgeScores([output.map((value, at) => (at % 12 === 4 || at % 12 === 5 ? 0 : value))])).toBe(
      'all-zero',
    );
    expect(decoder.strayScore?.([output])).toBeUndefined();
  });

  it('holds points of two numbers for seen', () => {
    const decoder = recognised(recognise(4 + 1 + 4, poseOf('[2, 2]')));
    const output = new Float32Array(9 * cells);
    for (const [row, value] of [1, 2, 3, 4].entries()) output[(5 + row) * cells] = value;
    expect(decoder.details!(0, [output], unfitted(input), anyBox).keypoints).toEqual([
      { xPx: 1, yPx: 2, score: 1 },
      { xPx: 3, yPx: 4, score: 1 },
    ]);
  });

  it('gives every point or none, whatever the numbers are', () => {
    const points = 3;
    const rows = 5 + points * 3;
    const decoder = recognised(recognise(rows, poseOf(`[${points}, 3]`)));
    const letterbox = fitLetterbox({ widthPx: 100, heightPx: 77 }, input);
    const numbers = fc.array(wildNumber, { minLength: points * 3, maxLength: points * 3 });
    fc.assert(
      fc.property(numbers, fc.nat({ max: cells - 1 }), (values, source) => {
        const output = new Float32Array(rows * cells);
        for (const [row, value] of values.entries()) output[(5 + row) * cells + source] = value;
        const { keypoints } = decoder.details!(source, [output], letterbox, anyBox);
        detectionSchema.shape.keypoints.parse(keypoints);
        const places = values.map(Math.fround).filter((_, index) => index % 3 !== 2);
        const seen = values.filter((_, index) => index % 3 === 2);
        const sound = places.every(Number.isFinite) && !seen.some(Number.isNaN);
        expect(keypoints?.length).toBe(sound ? points : undefined);
        for (const [point, { xPx, yPx, score }] of (keypoints ?? []).entries()) {
          const { scaleX, scaleY, leftPx, topPx } = letterbox;
          expect(xPx * scaleX + leftPx).toBeCloseTo(places[2 * point]!, places[2 * point]! > 1e6 ? -25 : 4);
          expect(yPx * scaleY + topPx).toBeCloseTo(places[2 * point + 1]!, places[2 * point + 1]! > 1e6 ? -25 : 4);
          expect(score).toBeCloseTo(Math.min(1, Math.max(0, seen[point]!)), 6);
        }
      }),
    );
  });

  it('ten thousand boxes at once have their own points', () => {
    const large = { widthPx: 800, heightPx: 800 };
    const many = gridCells(large, [8, 16, 32]);
    const decoder = recognised(yolov8Pose.recognise(headOf(large, [[1, 56, many]])));
    const output = scatteredNumbers(56 * many, 3);
    for (let cell = 0; cell < many; cell++) {
      for (const [row, value] of [400, 400, 200, 300].entries()) output[row * many + cell] = value;
      output[4 * many + cell] = cell < 10_000 ? 0.5 + cell / 1e5 : 0;
      output[5 * many + cell] = cell;
    }
    const buffer = new CandidateBuffer(decoder.capacity);
    decoder.decode([output], 0.4, buffer);
    expect(buffer.count).toBe(10_000);
    const kept = createSuppressor(decoder.capacity).suppress(buffer, 1);
    expect(kept).toHaveLength(maxDetections);
    const noses = [...kept].map((index) => {
      return decoder.details!(buffer.source[index]!, [output], unfitted(large), anyBox).keypoints![0]!.xPx;
    });
    expect(noses).toEqual(Array.from({ length: maxDetections }, (_, rank) => 9999 - rank));
  });
});
