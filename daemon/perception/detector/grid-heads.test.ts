import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { UserError } from '../../platform/user-error.ts';
import { networkSaver } from '../testing/save-networks.ts';
import type { TinyNetworkOptions } from '../testing/tiny-network.ts';
import { createDetector } from './detector.ts';
import { cardFileOf, type ModelCard } from './model/model-file.ts';

/** Whole networks whose boxes come from grids, from the file to the picture's pixels. */
const save = networkSaver(testFolder('grid-heads'));

type Output = TinyNetworkOptions['outputs'][number];

const saveCones = (outputs: readonly Output[], card: ModelCard = {}) =>
  save({ outputs }, { card: { classes: ['blue cone', 'yellow cone'], ...card } });

async function detect(modelFile: string) {
  const detector = await createDetector({ modelFile, scoreThreshold: 0.5, iouThreshold: 0.45, threads: 1 });
  // 128x64 into 64x64: letterboxed at half size, or stretched at half its width.
  const result = await detector.detect(new Uint8Array(128 * 64 * 3), 128, 64);
  await detector.close();
  return { info: detector.info, ...result };
}

/** A tensor of one number but for a run of others. */
function tensor(
  name: string,
  shape: readonly number[],
  background: number,
  at = 0,
  values: readonly number[] = [],
): Output {
  const data = new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(background);
  data.set(values, at);
  return { name, shape, data };
}

const columns = 7;
/** Half a cell beyond the middle of the cell, by v5's rule. */
const far = Math.log(3);
/** Raw heads of v5 with a box in the middle of the network, of the first anchor of the finest grid. */
const fine = tensor('350', [1, 3, 8, 8, columns], -9, (3 * 8 + 3) * columns, [far, far, 0, 0, 6, -9, 6]);
const middle = tensor('12', [1, 3, 4, 4, columns], -9);
const coarse = tensor('2', [1, 3, 2, 2, columns], -9);

/** The same numbers column by column, as Darknet's converters leave them. */
function joined({ name, shape, data }: Output): Output {
  const [, anchors = 0, down = 0, across = 0] = shape.map(Number);
  const cells = down * across;
  const transposed = Float32Array.from({ length: data.length }, (_, at) => {
    const [anchor, column, cell] = [Math.floor(at / cells / columns), Math.floor(at / cells) % columns, at % cells];
    return data[(anchor * cells + cell) * columns + column]!;
  });
  return { name, shape: [1, anchors * columns, down, across], data: transposed };
}

const letterboxed = { xPx: 48, yPx: 24, widthPx: 32, heightPx: 16 };
const stretched = { xPx: 48, yPx: 28, widthPx: 32, heightPx: 8 };
/** Width and height of 16x8 network pixels for the first anchor, and others. */
const grid = [16, 8, 30, 30, 60, 60];

describe('a network whose boxes come from grids', () => {
  it.each<{ layout: string; what: string; outputs: Output[]; card?: ModelCard; box: object }>([
    {
      ...{ layout: 'yolox', what: 'boxes relative to their cells, the picture at the top', box: letterboxed },
      // Row 2 * 8 + 4: its cell's corner is at (32, 16).
      outputs: [tensor('output', [1, 84, columns], 0, 20 * columns, [0, 0, Math.log(2), 0, 0.9, 0, 0.9])],
    },
    {
      ...{ layout: 'yolo-raw-heads', what: 'outputs in any order', box: letterboxed },
      outputs: [coarse, fine, middle],
      card: { anchors: [grid, grid, grid] },
    },
    {
      ...{ layout: 'yolo-raw-heads', what: 'anchors and columns in one dimension', box: letterboxed },
      outputs: [middle, coarse, fine].map(joined),
      card: { anchors: [grid, grid, grid] },
    },
    {
      ...{ layout: 'darknet', what: 'decoded rows', box: stretched },
      outputs: [tensor('output', [1, 60, columns], 1e-6, 30 * columns, [32, 32, 16, 8, 0.9, 0, 0.9])],
    },
    {
      ...{ layout: 'darknet-boxes', what: 'scores before boxes of four dimensions', box: stretched },
      outputs: [
        tensor('a', [1, 60, 2], 1e-6, 2 * 7 + 1, [0.8]),
        tensor('b', [1, 60, 1, 4], 0.5, 4 * 7, [24 / 64, 28 / 64, 40 / 64, 36 / 64]),
      ],
    },
    {
      ...{ layout: 'darknet-raw-heads', what: 'named by its card', box: stretched },
      outputs: [
        joined(coarse),
        // Cell (1, 1) of stride 16 ends at (32, 32), where a sigmoid near 1 puts the centre.
        joined(tensor('b', [1, 3, 4, 4, columns], -9, 5 * columns, [40, 40, 0, 0, 6, -9, 6])),
      ],
      card: { layout: 'darknet-raw-heads', anchors: [grid, grid] },
    },
  ])('is read as $layout: $what', async ({ layout, outputs, card, box }) => {
    const { info, detections, warning } = await detect(saveCones(outputs, card));
    expect(info.layout).toBe(layout);
    const pixels = Object.fromEntries(Object.entries(box).map(([side, px]) => [side, expect.closeTo(px, 3)]));
    expect(detections).toEqual([{ label: 'yellow cone', classId: 1, score: expect.any(Number), box: pixels }]);
    expect(warning).toBeUndefined();
  });

  it('is refused with anchors that do not fit, naming the card', async () => {
    const modelFile = saveCones([fine, middle, coarse], { anchors: [grid] });
    const refused = detect(modelFile);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(`"anchors" in ${cardFileOf(modelFile)} must be 3 lists`);
  });

  it('is refused with what would be right when its grids are of no network', async () => {
    const refused = detect(saveCones([fine, middle]));
    await expect(refused).rejects.toThrow(
      /350 float32 \[1, 3, 8, 8, 7\].*yolo-raw-heads: for each of strides 8, 16, 32/s,
    );
    await expect(refused).rejects.toThrow(/yolox: one output \[1, 84, 5 \+ classes\].*darknet: one output \[1, 60, /s);
  });

  it('is refused where nothing tells whose of two its grids are, with what its card could say', async () => {
    const unnamed = [8, 4, 2].map((side) => tensor(`${side}`, [1, 18, side, side], -9));
    const refused = detect(saveCones(unnamed, { classes: undefined }));
    await expect(refused).rejects.toThrow(
      /one of "yolo-raw-heads", .*"yolox-raw-heads".*\{"layout": "yolo-raw-heads"/s,
    );
    expect((await detect(saveCones(unnamed, { classes: ['cone'] }))).info.layout).toBe('yolo-raw-heads');
  });

  it('says so when scores were lost in quantising', async () => {
    const lost = [fine, middle, coarse].map(({ name, shape }) => tensor(name, shape.map(Number), 0));
    const { warning } = await detect(saveCones(lost));
    expect(warning).toMatch(/exactly 0.*quantised/);
  });
});
