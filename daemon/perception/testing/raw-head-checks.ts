import fc from 'fast-check';
import type { Found } from './decoder-checks.ts';

/** A plain definition of raw heads, to hold decoders against. Three anchors a cell. */
export interface PlainGrid {
  readonly stride: number;
  readonly across: number;
  readonly down: number;
  /** Width and height of each anchor. */
  readonly anchors: readonly number[];
  /** By how much the range of centres is stretched about the middle of the cell. */
  readonly centreScale: number;
}

export const arrangements = ['anchor-first', 'anchor-last', 'channels-first', 'channels-last'] as const;
export type Arrangement = (typeof arrangements)[number];

export function shapeOf({ across, down }: PlainGrid, columns: number, arrangement: Arrangement): number[] {
  switch (arrangement) {
    case 'anchor-first':
      return [1, 3, down, across, columns];
    case 'anchor-last':
      return [1, down, across, 3, columns];
    case 'channels-first':
      return [1, 3 * columns, down, across];
    case 'channels-last':
      return [1, down, across, 3 * columns];
  }
}

export function numbersIn({ across, down }: PlainGrid, columns: number): number {
  return 3 * across * down * columns;
}

/** Numbers that lie anchor by anchor, line by line, cell by cell and column by column, brought into another order. */
export function arranged(
  values: Float32Array,
  grid: PlainGrid,
  columns: number,
  arrangement: Arrangement,
): Float32Array {
  const cells = grid.across * grid.down;
  return Float32Array.from({ length: values.length }, (_, at) => {
    const [anchor, cell, column] = placeOf(at, cells, columns, arrangement);
    return values[(anchor * cells + cell) * columns + column]!;
  });
}

function placeOf(at: number, cells: number, columns: number, arrangement: Arrangement): [number, number, number] {
  const part = (size: number, count: number) => Math.floor(at / size) % count;
  switch (arrangement) {
    case 'anchor-first':
      return [part(cells * columns, 3), part(columns, cells), part(1, columns)];
    case 'channels-first':
      return [part(cells * columns, 3), part(1, cells), part(cells, columns)];
    case 'anchor-last':
    case 'channels-last':
      return [part(columns, 3), part(3 * columns, cells), part(1, columns)];
  }
}

/**
 * Every box of raw heads with its score, in the order of grids, anchors and cells. `tensors` lie as `arranged` takes them.
 * `areActivated`: their sigmoid has been taken, but of sizes that are exponentials.
 */
export function plainBoxes(
  grids: readonly PlainGrid[],
  tensors: readonly Float32Array[],
  columns: number,
  { sizes, areActivated }: { sizes: 'squares' | 'exponentials'; areActivated: boolean },
): Found[] {
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
  const activate = (value: number) => (areActivated ? value : sigmoid(value));
  return grids.flatMap(({ stride, across, down, anchors, centreScale }, index) => {
    const found: Found[] = [];
    for (let box = 0; box < 3 * across * down; box++) {
      const row = [...tensors[index]!.subarray(box * columns, (box + 1) * columns)];
      const [x = 0, y = 0, wide = 0, high = 0, objectness = 0, ...classes] = row;
      const scores = classes.map((value) => (Number.isFinite(value) ? value : Number.NEGATIVE_INFINITY));
      const best = Math.max(...scores);
      if (![x, y, wide, high, objectness, best].every(Number.isFinite)) continue;
      const score = activate(objectness) * activate(best);
      if (!(score > 0)) continue;
      const cell = box % (across * down);
      const anchor = 2 * Math.floor(box / (across * down));
      const centre = (value: number, corner: number) =>
        (activate(value) * centreScale - (centreScale - 1) / 2 + corner) * stride;
      const size = (value: number, side: number) =>
        (sizes === 'squares' ? (2 * activate(value)) ** 2 : Math.exp(value)) * side;
      const [centreX, centreY] = [centre(x, cell % across), centre(y, Math.floor(cell / across))];
      const [width, height] = [size(wide, anchors[anchor]!), size(high, anchors[anchor + 1]!)];
      found.push({
        classId: scores.indexOf(best),
        score,
        corners: [centreX - width / 2, centreY - height / 2, centreX + width / 2, centreY + height / 2],
      });
    }
    return found;
  });
}

/** Logits as they are in networks, and now and then what a network gone mad may put out; the same of each seed. */
export function wildLogits(length: number): fc.Arbitrary<Float32Array> {
  const odd = [0, -0, Number.NaN, Infinity, -Infinity, 1e30, -1e30, 1e-40, 100, -100];
  return fc.integer({ min: 1, max: 2 ** 31 }).map((seed) => {
    let state = seed;
    return Float32Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const high = state >>> 8;
      return high % 16 === 0 ? odd[(high >>> 4) % odd.length]! : (state / 2 ** 32) * 20 - 10;
    });
  });
}

/** As if a sigmoid had been taken: all but nonsense within 0..1. */
export function asShares(tensor: Float32Array): Float32Array {
  return tensor.map((value) => (Number.isFinite(value) ? Math.abs(value) % 1 : value));
}
