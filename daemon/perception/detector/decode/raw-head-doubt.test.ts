import { describe, expect, it } from 'vitest';
import { headOf, smallInput } from '../../testing/decoder-checks.ts';
import type { NetworkHints } from './decoder.ts';
import { recognisers } from './recognisers.ts';

const grids = [8, 16, 32].map((stride) => ({
  across: smallInput.widthPx / stride,
  down: smallInput.heightPx / stride,
}));
/** Three anchors of one class, or a YOLOX of thirteen. */
const channels = 18;

/** Grids whose every cell holds the same, but for a little that differs from cell to cell. */
function grid(each: readonly number[]): Float32Array[] {
  return grids.map(({ across, down }) => {
    const cells = across * down;
    return Float32Array.from({ length: channels * cells }, (_, at) => {
      return each[Math.floor(at / cells)]! + ((at * 7) % 5) / 100;
    });
  });
}

function layoutOf(hints: Partial<NetworkHints>, firstRun?: readonly Float32Array[], order: 'first' | 'last' = 'first') {
  const shapes = grids.map(({ across, down }) =>
    order === 'first' ? [1, channels, down, across] : [1, down, across, channels],
  );
  const head = { ...headOf(shapes, { hints }), firstRun };
  for (const { recognise, layout } of recognisers) {
    const decoder = recognise(head);
    if (decoder !== undefined) return { layout, classCount: decoder.classCount };
  }
  return undefined;
}

const anchors = { layout: 'yolo-raw-heads', classCount: 1 };
const yolox = { layout: 'yolox-raw-heads', classCount: 13 };
const repeated = (each: readonly number[]) => [...each, ...each, ...each];
const classes = (value: number) => new Array<number>(13).fill(value);

describe('grids of channels that are three anchors or the one box of a YOLOX', () => {
  it.each([
    { what: 'stated labels', hints: { statedClasses: 1 }, layout: anchors },
    { what: 'stated labels', hints: { statedClasses: 13 }, layout: yolox },
    { what: 'one convolution in the graph', hints: { outputOrigin: 'convolution' as const }, layout: anchors },
    { what: 'parts that the graph joins', hints: { outputOrigin: 'parts' as const }, layout: yolox },
  ])('are told apart by $what: $layout.layout', ({ hints, layout }) => {
    expect(layoutOf(hints)).toEqual(layout);
    expect(layoutOf(hints, grid(repeated([0, 0, 0, 0, -6, -1])))).toEqual(layout);
  });

  it.each([
    { what: 'logits of anchors', each: repeated([0.1, -0.2, 0.3, -0.5, -7, -1]), layout: anchors },
    { what: 'sigmoids of anchors', each: repeated([0.5, 0.45, 0.6, 0.5, 0.001, 0.3]), layout: anchors },
    { what: 'logits of a YOLOX', each: [0.5, 0.4, 1, 1.2, -8, ...classes(-3)], layout: yolox },
    { what: 'sigmoids of a YOLOX', each: [0.5, -0.4, 1, 1.2, 0.0004, ...classes(0.05)], layout: yolox },
    { what: 'numbers of neither', each: new Array<number>(channels).fill(-9), layout: undefined },
    { what: 'no numbers', each: new Array<number>(channels).fill(Number.NaN), layout: undefined },
  ])('are told apart by what stands in them: $what', ({ each, layout }) => {
    expect(layoutOf({}, grid(each))).toEqual(layout);
  });

  it('are refused where their numbers cannot be read, and taken for anchors before they have run', () => {
    const head = headOf(grids.map(({ across, down }) => [1, channels, down, across]));
    const unread = { ...head, firstRun: [undefined, undefined, undefined] };
    expect(recognisers.every(({ recognise }) => recognise(unread) === undefined)).toBe(true);
    expect(layoutOf({})).toEqual(anchors);
    expect(layoutOf({}, undefined, 'last')).toEqual(anchors);
  });

  it('are none of either where their number is of neither', () => {
    expect(layoutOf({ statedClasses: 13, namedLayout: 'yolox-raw-heads' })).toEqual(yolox);
    const head = headOf(
      grids.map(({ across, down }) => [1, 64 + 11, down, across]),
      { hints: { outputOrigin: 'parts' } },
    );
    const [first] = recognisers.flatMap(({ recognise }) => recognise(head) ?? []);
    expect(first).toMatchObject({ layout: 'yolov8-raw-heads', classCount: 11 });
  });
});
