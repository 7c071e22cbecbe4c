import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  anyThreshold,
  found,
  headOf,
  manyWildNumbers,
  recognised,
  wildTensor,
} from '../../testing/decoder-checks.ts';
import { fitLetterbox, pointToImage } from '../preprocess/letterbox.ts';
import { modelZooYolov3 } from './model-zoo-yolov3.ts';

const classCount = 3;
const boxCount = 20;
const named = (name: string, shape: number[], type = 'float32') => ({ name, shape, type });
const outputs = (chosen: number) => [
  named('boxes', [1, boxCount, 4]),
  named('scores', [1, classCount, boxCount]),
  named('indices', [chosen, 3], 'int32'),
];

/** The boxes that `indices` points at. */
function expected([boxes, scores, chosen]: readonly Float32Array[], boxesInAll: number, threshold: number) {
  const rows = Array.from({ length: Math.floor(chosen!.length / 3) }, (_, i) => [
    ...chosen!.subarray(3 * i, 3 * i + 3),
  ]);
  const sound = rows.filter(
    ([picture, classId, box]) =>
      picture === 0 && [...Array(classCount).keys()].includes(classId!) && box! >= 0 && box! < boxesInAll,
  );
  return allowed(
    sound.map(([, classId = 0, box = 0]) => {
      const [y1, x1, y2, x2] = [...boxes!.subarray(4 * box, 4 * box + 4)];
      return { classId, score: scores![classId * boxesInAll + box]!, corners: [x1!, y1!, x2!, y2!] };
    }),
    threshold,
  );
}

const hints = { otherInputs: ['image_shape'] };

describe('model-zoo-yolov3', () => {
  const decoder = recognised(modelZooYolov3.recognise(headOf(outputs(0), { hints })));
  it('finds what the plain definition finds, whatever it is pointed at', () => {
    const index = fc.integer({ min: -2, max: boxCount + 2 });
    const row = fc.tuple(fc.constantFrom(0, 0, 0, 1, -1), fc.integer({ min: -1, max: classCount }), index);
    let some = 0;
    fc.assert(
      fc.property(
        wildTensor(4 * boxCount),
        wildTensor(classCount * boxCount),
        fc.array(row, { maxLength: 50 }),
        anyThreshold,
        (boxes, scores, rows, threshold) => {
          const all = [boxes, scores, Float32Array.from(rows.flat())];
          const plain = expected(all, boxCount, threshold);
          expect(found(decoder, all, threshold)).toEqual(plain);
          some += plain.length;
        },
      ),
      { numRuns: 200 },
    );
    expect(some).toBeGreaterThan(0);
  });

  it('finds boxes among ten thousand', () => {
    const many = 10_000;
    const [boxes, scores] = [manyWildNumbers(4 * many), manyWildNumbers(classCount * many)];
    const chosen = Float32Array.from({ length: 3 * many }, (_, i) =>
      i % 3 === 0 ? 0 : i % 3 === 1 ? i % 2 : (i * 7) % many,
    );
    const head = headOf(
      [named('a', [1, many, 4]), named('b', [1, classCount, many]), named('c', [1, many, 3], 'int64')],
      { hints },
    );
    const plain = expected([boxes, scores, chosen], many, 0.25);
    expect(plain.length).toBeGreaterThan(500);
    expect(found(recognised(modelZooYolov3.recognise(head)), [boxes, scores, chosen], 0.25)).toEqual(plain);
  });

  it('is recognised by shapes and types in any order, with indices of two or three dimensions', () => {
    const [boxes, scores, indices] = outputs(2);
    expect(modelZooYolov3.recognise(headOf([indices!, scores!, boxes!], { hints }))).toMatchObject({
      ...{ layout: 'model-zoo-yolov3', classCount, outputIndexes: [2, 1, 0], wholeOutputs: [2] },
      ...{
        suppression: 'done',
        lengths: 'varying',
        conventions: { fit: 'letterbox', paddingLevel: 128, channels: 'rgb' },
      },
    });
    const nested = named('indices', [1, 0, 3], 'int64');
    expect(modelZooYolov3.recognise(headOf([boxes!, scores!, nested], { hints }))?.layout).toBe('model-zoo-yolov3');
  });

  it.each([
    { why: 'indices that are no whole numbers', shapes: [...outputs(2).slice(0, 2), named('c', [2, 3])] },
    { why: 'pairs for indices', shapes: [...outputs(2).slice(0, 2), named('c', [2, 2], 'int32')] },
    { why: 'scores of other boxes', shapes: [outputs(2)[0]!, named('b', [1, 3, 21]), outputs(2)[2]!] },
    { why: 'scores a row for each box', shapes: [outputs(2)[0]!, named('b', [1, boxCount, 3]), outputs(2)[2]!] },
    { why: 'two outputs', shapes: outputs(2).slice(1) },
  ])('is not recognised with $why', ({ shapes }) => {
    expect(modelZooYolov3.recognise(headOf(shapes, { hints }))).toBeUndefined();
  });

  it('is recognised without its input only when a card says so: a suppression put behind another network looks alike', () => {
    expect(modelZooYolov3.recognise(headOf(outputs(2)))).toBeUndefined();
    const says = { hints: { namedLayout: 'model-zoo-yolov3' as const } };
    expect(modelZooYolov3.recognise(headOf(outputs(2), says))?.layout).toBe('model-zoo-yolov3');
  });

  it('judges all scores, those too that nothing points at', () => {
    const scores = new Float32Array(classCount * boxCount);
    const all = [new Float32Array(4 * boxCount), scores, new Float32Array(0)];
    expect(decoder.judgeScores(all)).toBe('all-zero');
    scores[7] = 1e-6;
    expect(decoder.judgeScores(all)).toBe('sound');
    scores.fill(Number.NaN);
    expect(decoder.judgeScores(all)).toBe('not-finite');
  });
});

/**
 * keras-yolo3's `yolo_correct_boxes` along one axis: from a share of the network's input to pixels of the picture whose
 * size it is told. The whole picture's scale comes from both sides.
 */
function corrected(share: number, side: 0 | 1, told: readonly [number, number], network: readonly [number, number]) {
  const scale = Math.min(network[0] / told[0], network[1] / told[1]);
  const taken = Math.round(told[side] * scale);
  const offset = (network[side] - taken) / 2 / network[side];
  return (share - offset) * (network[side] / taken) * told[side];
}

it('a graph that is told its input for the picture leaves the letterbox to us, to the same end', () => {
  const side = fc.integer({ min: 100, max: 2000 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(side, side, share, share, (widthPx, heightPx, x, y) => {
      const network = [416, 416] as const;
      const letterbox = fitLetterbox({ widthPx, heightPx }, { widthPx: network[0], heightPx: network[1] });
      // A point of the picture, as a share of the network's input.
      const across = (letterbox.leftPx + x * letterbox.scaled.widthPx) / network[0];
      const down = (letterbox.topPx + y * letterbox.scaled.heightPx) / network[1];
      const ours = pointToImage(
        letterbox,
        corrected(across, 0, network, network),
        corrected(down, 1, network, network),
      );
      // Half a pixel of padding and half a pixel of rounding, in the network's pixels.
      const tolerancePx = 1.01 / letterbox.scaleX;
      expect(Math.abs(ours.xPx - corrected(across, 0, [widthPx, heightPx], network))).toBeLessThan(tolerancePx);
      expect(Math.abs(ours.yPx - corrected(down, 1, [widthPx, heightPx], network))).toBeLessThan(tolerancePx);
    }),
  );
});
