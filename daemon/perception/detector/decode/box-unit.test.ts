import { describe, expect, it } from 'vitest';
import { found, headOf, recognised } from '../../testing/decoder-checks.ts';
import { darknet } from './darknet.ts';
import type { Decoder } from './decoder.ts';
import { yolov5 } from './yolov5.ts';
import { yolov8 } from './yolov8.ts';

/** Of 64x32 pixels. */
const cells = 42;
const classCount = 3;

/** Boxes `[x, y, width, height]` spread over the picture as cells are, sides in this unit, and one of them found. */
function spreadBoxes(count: number, unit: { x: number; y: number }): number[][] {
  return Array.from({ length: count }, (_, at) => {
    const share = (at + 0.5) / count;
    return [share * unit.x, (1 - share) * unit.y, 0.25 * unit.x, 0.5 * unit.y];
  });
}

const forms: {
  name: string;
  decoder: Decoder;
  count: number;
  write: (boxes: number[][], at: number) => Float32Array;
}[] = [
  {
    ...{ name: 'yolov8', decoder: recognised(yolov8.recognise(headOf([[1, 4 + classCount, cells]]))), count: cells },
    write: (boxes, at) =>
      Float32Array.from({ length: (4 + classCount) * cells }, (_, index) => {
        const [row, cell] = [Math.floor(index / cells), index % cells];
        return row < 4 ? boxes[cell]![row]! : cell === at && row === 5 ? 0.75 : 0;
      }),
  },
  {
    name: 'yolov8 transposed',
    decoder: recognised(yolov8.recognise(headOf([[1, cells, 7]], { hints: { statedClasses: classCount } }))),
    count: cells,
    write: (boxes, at) => Float32Array.from(boxes.flatMap((box, row) => [...box, 0, row === at ? 0.75 : 0, 0])),
  },
  {
    ...{ name: 'yolov5', decoder: recognised(yolov5.recognise(headOf([[1, 3 * cells, 8]]))), count: 3 * cells },
    write: (boxes, at) => Float32Array.from(boxes.flatMap((box, row) => [...box, row === at ? 0.75 : 0, 0, 1, 0])),
  },
  {
    ...{ name: 'darknet', decoder: recognised(darknet.recognise(headOf([[1, 30, 8]]))), count: 30 },
    write: (boxes, at) => Float32Array.from(boxes.flatMap((box, row) => [...box, row === at ? 0.75 : 0, 0, 1, 0])),
  },
];

describe.each(forms)('$name', ({ decoder, count, write }) => {
  const inPixels = spreadBoxes(count, { x: 64, y: 32 });

  it('finds the same whether its boxes are in pixels or in shares of the picture', () => {
    for (const at of [0, Math.floor(count / 2), count - 1]) {
      const [expected, ...others] = found(decoder, [write(inPixels, at)], 0.5);
      const [seen] = found(decoder, [write(spreadBoxes(count, { x: 1, y: 1 }), at)], 0.5);
      expect(others).toEqual([]);
      expect(seen).toMatchObject({ classId: 1, score: 0.75 });
      for (const [side, value] of seen!.corners.entries()) expect(value).toBeCloseTo(expected!.corners[side]!, 3);
    }
  });

  it('takes a speck in the corner for what it is when the other boxes are in pixels', () => {
    const boxes = inPixels.with(0, [0.5, 0.5, 0.75, 0.75]);
    expect(found(decoder, [write(boxes, 0)], 0.5)).toMatchObject([{ corners: [0.125, 0.125, 0.875, 0.875] }]);
  });

  it('takes large boxes for pixels although the others are nowhere', () => {
    const boxes = inPixels.map((box, at) => (at === 0 ? box : [0, 0, 0, 0]));
    expect(found(decoder, [write(boxes, 0)], 0.5)).toEqual(found(decoder, [write(inPixels, 0)], 0.5));
  });
});
