import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  anyThreshold,
  type Found,
  found,
  headOf,
  manyWildNumbers,
  type OutputSpec,
  recognised,
  smallInput,
  wildTensor,
} from '../../testing/decoder-checks.ts';
import type { Decoder, LayoutRecogniser } from './decoder.ts';
import { endToEnd } from './end-to-end.ts';
import { mostFinishedBoxes } from './finished-boxes.ts';
import { nmsFree } from './nms-free.ts';
import { ssd } from './ssd.ts';
import { tensorrtNms } from './tensorrt-nms.ts';

const { widthPx, heightPx } = smallInput;

/** Each layout with the plain definition of what box number `i` is, and how many there are. */
interface Finished {
  readonly name: string;
  readonly recogniser: LayoutRecogniser;
  readonly outputs: (boxes: number) => OutputSpec[];
  /** How many numbers the decoder's outputs hold, in the order that it reads them. */
  readonly lengths: (boxes: number) => number[];
  readonly box: (outputs: readonly Float32Array[], i: number) => Found & { skipped?: boolean };
  readonly count: (outputs: readonly Float32Array[], boxes: number) => number;
}

const named = (name: string, shape: number[], type = 'float32') => ({ name, shape, type });
const all = (_: readonly Float32Array[], boxes: number) => boxes;
/** A count is the nearest whole number within bounds; none is none. */
const stated = (position: number) => (outputs: readonly Float32Array[], boxes: number) => {
  const count = outputs[position]![0]!;
  return Number.isNaN(count) ? 0 : Math.max(0, Math.min(boxes, Math.round(count)));
};

/** The first row of which but one end is a whole number tells which end is the class. */
function endsInClass(rows: Float32Array): boolean {
  let row = 0;
  const isWhole = (column: number) => Number.isInteger(rows[7 * row + column]);
  while (7 * row < rows.length && isWhole(5) === isWhole(6)) row++;
  return 7 * row < rows.length && isWhole(6);
}

const layouts: readonly Finished[] = [
  {
    name: 'nms-free',
    recogniser: nmsFree,
    outputs: (boxes) => [[1, boxes, 6]],
    lengths: (boxes) => [6 * boxes],
    box: ([rows], i) => {
      const [x1, y1, x2, y2, score, classId] = [...rows!.subarray(6 * i, 6 * i + 6)];
      return { corners: [x1!, y1!, x2!, y2!], score: score!, classId: Math.round(classId!) };
    },
    count: all,
  },
  {
    name: 'end-to-end',
    recogniser: endToEnd,
    outputs: (boxes) => [[boxes, 7]],
    lengths: (boxes) => [7 * boxes],
    box: ([rows], i) => {
      const [picture, x1, y1, x2, y2, ...ends] = [...rows!.subarray(7 * i, 7 * i + 7)];
      const [classId, score] = endsInClass(rows!) ? [ends[1]!, ends[0]!] : [ends[0]!, ends[1]!];
      return { corners: [x1!, y1!, x2!, y2!], score, classId: Math.round(classId), skipped: picture !== 0 };
    },
    count: all,
  },
  {
    name: 'tensorrt-nms',
    recogniser: tensorrtNms,
    outputs: (boxes) => [
      named('num_dets', [1, 1], 'int32'),
      named('det_boxes', [1, boxes, 4]),
      named('det_scores', [1, boxes]),
      named('det_classes', [1, boxes], 'int32'),
    ],
    lengths: (boxes) => [1, 4 * boxes, boxes, boxes],
    box: ([, boxes, scores, classes], i) => ({
      corners: [...boxes!.subarray(4 * i, 4 * i + 4)],
      score: scores![i]!,
      classId: Math.round(classes![i]!),
    }),
    count: stated(0),
  },
  {
    name: "ssd as TensorFlow's",
    recogniser: ssd,
    outputs: (boxes) => [
      named('num_detections:0', [1]),
      named('detection_boxes:0', [1, boxes, 4]),
      named('detection_scores:0', [1, boxes]),
      named('detection_classes:0', [1, boxes]),
    ],
    lengths: (boxes) => [4 * boxes, boxes, boxes, 1],
    box: ([boxes, scores, classes], i) => {
      const [y1, x1, y2, x2] = [...boxes!.subarray(4 * i, 4 * i + 4)];
      const corners = [x1! * widthPx, y1! * heightPx, x2! * widthPx, y2! * heightPx];
      return { corners, score: scores![i]!, classId: Math.round(classes![i]!) };
    },
    count: stated(3),
  },
  {
    name: "ssd as torchvision's",
    recogniser: ssd,
    outputs: (boxes) => [named('a', [boxes, 4]), named('b', [boxes], 'int64'), named('c', [boxes])],
    lengths: (boxes) => [4 * boxes, boxes, boxes],
    box: ([boxes, scores, labels], i) => {
      const [x1, y1, x2, y2] = [...boxes!.subarray(4 * i, 4 * i + 4)];
      return { corners: [x1!, y1!, x2!, y2!], score: scores![i]!, classId: Math.round(labels![i]!) };
    },
    count: all,
  },
];

function expected(layout: Finished, outputs: readonly Float32Array[], boxes: number, threshold: number): Found[] {
  const every = Array.from({ length: layout.count(outputs, boxes) }, (_, i) => layout.box(outputs, i));
  return allowed(
    every.filter(({ classId, skipped }) => skipped !== true && classId >= 0 && classId < 1e6),
    threshold,
  );
}

/** Wild numbers would not show what they are; the card says it. */
const decoderOf = ({ recogniser, outputs }: Finished, boxes = 5): Decoder =>
  recognised(recogniser.recognise(headOf(outputs(boxes), { hints: { boxUnit: 'pixels' } })));

describe.each(layouts)('boxes that a network chose itself: $name', (layout) => {
  it('are found as the plain definition finds them in any numbers, whatever their number', () => {
    const decoder = decoderOf(layout);
    expect(decoder).toMatchObject({ lengths: 'varying', suppression: 'done' });
    let some = 0;
    const runs = fc.integer({ min: 0, max: 40 }).chain((boxes) =>
      fc.record({
        boxes: fc.constant(boxes),
        threshold: anyThreshold,
        outputs: fc.tuple(...layout.lengths(boxes).map(wildTensor)),
      }),
    );
    fc.assert(
      fc.property(runs, ({ boxes, threshold, outputs }) => {
        const plain = expected(layout, outputs, boxes, threshold);
        expect(found(decoder, outputs, threshold)).toEqual(plain);
        some += plain.length;
      }),
      { numRuns: 150 },
    );
    expect(some).toBeGreaterThan(0);
  });

  it('are found among ten thousand', () => {
    const outputs = layout.lengths(10_000).map(manyWildNumbers);
    if (layout.name === 'tensorrt-nms') outputs[0]![0] = 9_999;
    if (layout.name === "ssd as TensorFlow's") outputs[3]![0] = 9_999;
    if (layout.name === 'end-to-end') for (let i = 0; i < 10_000; i++) outputs[0]![7 * i] = i % 3 === 0 ? 1 : 0;
    const plain = expected(layout, outputs, 10_000, 0.25);
    expect(plain.length).toBeGreaterThan(500);
    expect(found(decoderOf(layout), outputs, 0.25)).toEqual(plain);
  });

  it('may be none, or rows of zeros, and the network is sound', () => {
    const decoder = decoderOf(layout);
    for (const boxes of [0, 1, 5]) {
      const outputs = layout.lengths(boxes).map((length) => new Float32Array(length));
      expect(found(decoder, outputs, 0.25)).toEqual([]);
      expect(decoder.judgeScores(outputs)).toBe('sound');
    }
  });

  it('have classes that the labels say, else as many as COCO', () => {
    const usual = layout.recogniser === ssd ? 91 : 80;
    expect(decoderOf(layout)).toMatchObject({ classCount: usual, because: expect.stringContaining(`COCO's ${usual}`) });
    const head = headOf(layout.outputs(5), { hints: { statedClasses: 2 } });
    expect(layout.recogniser.recognise(head)).toMatchObject({
      ...{ classCount: 2, because: expect.stringContaining('states 2 labels') },
    });
  });
});

it('boxes that a network chose itself are taken up to a bound, and no farther', () => {
  const decoder = recognised(nmsFree.recognise(headOf([[1, 300, 6]])));
  const row = [4, 4, 8, 8, 0.5, 1];
  const rows = Float32Array.from({ length: 6 * (mostFinishedBoxes + 10) }, (_, i) => row[i % 6]!);
  expect(found(decoder, [rows], 0.25)).toHaveLength(mostFinishedBoxes);
});

describe('scores of boxes that a network chose itself', () => {
  const decoder = recognised(nmsFree.recognise(headOf([[1, 300, 6]])));
  it.each([
    { what: 'none of two boxes that are somewhere', rows: [4, 4, 8, 8, 0, 1, 1, 1, 2, 2, 0, 0], verdict: 'all-zero' },
    { what: 'no number', rows: [4, 4, 8, 8, Number.NaN, 1], verdict: 'not-finite' },
    { what: 'small', rows: [4, 4, 8, 8, 0, 1, 4, 4, 8, 8, 1e-6, 1], verdict: 'sound' },
  ])('are judged: $what', ({ rows, verdict }) => {
    expect(decoder.judgeScores([Float32Array.from(rows)])).toBe(verdict);
  });
});
