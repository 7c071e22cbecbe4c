import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyThreshold, found, headOf, recognised, smallInput } from '../../testing/decoder-checks.ts';
import { wildLogits } from '../../testing/raw-head-checks.ts';
import { recognisers } from './recognisers.ts';
import { yolox } from './yolox.ts';
import { yoloxRawHeads } from './yolox-raw-heads.ts';

const classCount = 5;
const columns = 5 + classCount;
const cells = 42;
const grids = [8, 16, 32].map((stride) => ({
  across: smallInput.widthPx / stride,
  down: smallInput.heightPx / stride,
}));
const hints = { statedClasses: classCount };

function shapes(channels: number): number[][] {
  return grids.map(({ across, down }) => [1, channels, down, across]);
}

/** Grid by grid the channels from `from` to `end` of rows that lie as a joined head has them. */
function planes(rows: Float32Array, from: number, end: number, order: 'first' | 'last'): Float32Array[] {
  let firstRow = 0;
  return grids.map(({ across, down }) => {
    const [count, start] = [across * down, firstRow];
    firstRow += count;
    const channels = end - from;
    return Float32Array.from({ length: count * channels }, (_, at) => {
      const [cell, channel] =
        order === 'first' ? [at % count, Math.floor(at / count)] : [Math.floor(at / channels), at % channels];
      return rows[(start + cell) * columns + from + channel]!;
    });
  });
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
const joined = recognised(yolox.recognise(headOf([[1, cells, columns]], { hints })));
/** As YOLOX puts them out: the sigmoid of all but boxes. */
const activated = (rows: Float32Array) => rows.map((value, at) => (at % columns < 4 ? value : sigmoid(value)));

describe('yolox-raw-heads', () => {
  const wanted = (rows: Float32Array, threshold: number) => {
    const boxes = found(joined, [activated(rows)], threshold);
    return boxes.map((box) => ({ ...box, score: expect.closeTo(box.score, 5) }));
  };

  /** Finite numbers of usual size: what is none is the joined head's affair as well. */
  const logits = wildLogits(cells * columns).map((rows) =>
    rows.map((value) => (Math.abs(value) <= 10 ? value : Math.sign(value) || 0.5)),
  );
  /** Far from the threshold on both sides, where rounding decides nothing. */
  const clear = (rows: Float32Array, threshold: number) =>
    found(joined, [activated(rows)], 0).every(({ score }) => Math.abs(score - threshold) > 1e-4);

  it.each([
    { order: 'first', takes: 'logits' },
    { order: 'last', takes: 'logits' },
    { order: 'first', takes: 'sigmoids' },
  ] as const)('finds what the joined head has, channels $order, by $takes', ({ order, takes }) => {
    const heads = shapes(columns).map((shape) => (order === 'first' ? shape : [1, shape[2]!, shape[3]!, shape[1]!]));
    const decoder = recognised(yoloxRawHeads.recognise(headOf(heads.toReversed(), { hints })));
    fc.assert(
      fc.property(logits, anyThreshold, (rows, threshold) => {
        fc.pre(threshold > 0 && clear(rows, threshold));
        const outputs = planes(takes === 'logits' ? rows : activated(rows), 0, columns, order).toReversed();
        expect(found(decoder, outputs, threshold)).toEqual(wanted(rows, threshold));
      }),
    );
  });

  it('finds it in boxes, objectness and classes apart, in any order', () => {
    const parts = [
      { from: 4, end: 5 },
      { from: 5, end: columns },
      { from: 0, end: 4 },
    ];
    const heads = parts.flatMap(({ from, end }) => shapes(end - from));
    const decoder = recognised(yoloxRawHeads.recognise(headOf(heads)));
    fc.assert(
      fc.property(logits, anyThreshold, (rows, threshold) => {
        fc.pre(threshold > 0 && clear(rows, threshold));
        const outputs = parts.flatMap(({ from, end }) => planes(rows, from, end, 'first'));
        expect(found(decoder, outputs, threshold)).toEqual(wanted(rows, threshold));
      }),
    );
  });

  it("leaves YOLOv6's distances alone, beside which stands the sum of the scores", () => {
    const sides = [4, classCount, 1].flatMap(shapes);
    const operators = new Set(['Relu', 'Sigmoid', 'ReduceSum', 'Clip']);
    expect(yoloxRawHeads.recognise(headOf(sides, { hints: { operators } }))).toBeUndefined();
    const without = new Set(['Sigmoid', 'Clip']);
    expect(yoloxRawHeads.recognise(headOf(sides, { hints: { operators: without } }))).toBeDefined();
    const named = { operators, namedLayout: 'yolox-raw-heads' } as const;
    expect(yoloxRawHeads.recognise(headOf(sides, { hints: named }))).toBeDefined();
  });

  it('lives through any numbers, and says when scores are lost', () => {
    const decoder = recognised(yoloxRawHeads.recognise(headOf(shapes(columns), { hints })));
    fc.assert(
      fc.property(wildLogits(cells * columns), anyThreshold, (rows, threshold) => {
        for (const { corners, score } of found(decoder, planes(rows, 0, columns, 'first'), threshold)) {
          expect(corners.every(Number.isFinite) && score >= threshold && score <= 1).toBe(true);
        }
      }),
    );
    const ofAll = (value: number) => planes(new Float32Array(cells * columns).fill(value), 0, columns, 'first');
    expect(decoder.judgeScores(ofAll(0))).toBe('all-zero');
    expect(decoder.judgeScores(ofAll(Number.NaN))).toBe('not-finite');
    expect(decoder.judgeScores(ofAll(-8))).toBe('sound');
  });

  it.each([
    { what: "COCO's classes", channels: 85, hints: {}, layout: 'yolox-raw-heads' },
    { what: 'stated classes', channels: 8, hints: { statedClasses: 3 }, layout: 'yolox-raw-heads' },
    {
      what: 'more channels than v8 has besides',
      channels: 67,
      hints: { statedClasses: 62 },
      layout: 'yolox-raw-heads',
    },
    { what: "v8's distances", channels: 67, hints: { statedClasses: 3 }, layout: 'yolov8-raw-heads' },
    { what: "v8's distances and COCO's classes", channels: 144, hints: {}, layout: 'yolov8-raw-heads' },
    { what: 'three anchors', channels: 24, hints: { statedClasses: 3 }, layout: 'yolo-raw-heads' },
    { what: 'a name in its card', channels: 144, hints: { namedLayout: 'yolox-raw-heads' }, layout: 'yolox-raw-heads' },
  ] as const)('is told from others: $what', ({ channels, hints: told, layout }) => {
    const head = headOf(shapes(channels), { hints: told });
    const named = 'namedLayout' in told ? told.namedLayout : undefined;
    const decoders = recognisers.filter(
      (recogniser) => (named ?? recogniser.layout) === recogniser.layout && recogniser.recognise(head) !== undefined,
    );
    expect(decoders[0]?.layout).toBe(layout);
  });

  it('is doubted where nothing but its shape speaks for it and its numbers are of another head', () => {
    const rows = (change: (value: number, column: number) => number) =>
      planes(
        Float32Array.from({ length: cells * columns }, (_, at) => change(at % columns < 4 ? 0.5 : -5, at % columns)),
        ...([0, columns, 'first'] as const),
      );
    const guessed = recognised(yoloxRawHeads.recognise(headOf(shapes(columns))));
    const stray = (change: (value: number, column: number) => number) => guessed.strayScore?.(rows(change));
    expect(stray((value) => value)).toBeUndefined();
    expect(stray((value, column) => (column < 4 ? value : sigmoid(value)))).toBeUndefined();
    expect(
      stray((value, column) => (column === 1 ? 200 : value)),
      'corners in pixels',
    ).toBe(200);
    expect(
      stray((value, column) => (column === 3 ? 12 : value)),
      'distances',
    ).toBe(12);
    expect(
      stray((value, column) => (column === 4 ? 3 : value)),
      'objects everywhere',
    ).toBe(3);
    expect(
      stray((value, column) => (column < 4 ? value : 0.75)),
      'objects everywhere',
    ).toBe(0.75);
    expect(
      stray(() => Number.NaN),
      'told elsewhere',
    ).toBeUndefined();
    for (const told of [hints, { namedLayout: 'yolox-raw-heads' as const }]) {
      expect(recognised(yoloxRawHeads.recognise(headOf(shapes(columns), { hints: told }))).strayScore).toBeUndefined();
    }
  });

  it('is not taken for a network of Ultralytics, nor where a grid is missing or unlike', () => {
    expect(yoloxRawHeads.recognise(headOf(shapes(85), { hints: { task: 'detect' } }))).toBeUndefined();
    expect(yoloxRawHeads.recognise(headOf(shapes(85).slice(1, 2)))).toBeUndefined();
    expect(yoloxRawHeads.recognise(headOf([...shapes(85).slice(0, 2), ...shapes(9).slice(2)]))).toBeUndefined();
  });

  it('takes pictures as YOLOX does', () => {
    const conventions = (expects: 'unit' | undefined) =>
      yoloxRawHeads.recognise(headOf(shapes(85), { hints: { expects } }))?.conventions;
    expect(conventions(undefined)).toMatchObject({ channels: 'bgr', deviation: [1, 1, 1], fit: 'letterbox-top-left' });
    expect(conventions('unit')).toMatchObject({ channels: 'rgb', fit: 'letterbox-top-left' });
  });
});
