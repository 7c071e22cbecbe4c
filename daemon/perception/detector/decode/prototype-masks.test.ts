import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { samplesOf } from '../../../../test/harness/samples.ts';
import { readImage } from '../../image-file.ts';
import { headOf, recognised, scatteredNumbers, unfitted } from '../../testing/heads.ts';
import { unpackMask } from '../../testing/masks.ts';
import { CandidateBuffer } from '../candidates.ts';
import { createDetector } from '../detector.ts';
import { createSuppressor, maxDetections } from '../nms.ts';
import { gridCells } from './decoder.ts';
import { yolov8Seg } from './yolov8-seg.ts';

const input = { widthPx: 64, heightPx: 32 };
const cells = gridCells(input, [8, 16, 32]);
const classCount = 3;
const channels = 2;
const grid = { widthPx: 16, heightPx: 8 };
const gridLength = channels * grid.widthPx * grid.heightPx;

describe('a mask', () => {
  const decoder = recognised(
    yolov8Seg.recognise(
      headOf(input, [
        [1, 4 + classCount + channels, cells],
        [1, channels, grid.heightPx, grid.widthPx],
      ]),
    ),
  );
  /** The first prototype is on in its right half, the second everywhere; the box of cell 5 takes the first. */
  const prototypes = Float32Array.from({ length: gridLength }, (_, i) => (i >= gridLength / 2 || i % 16 >= 8 ? 1 : -1));
  const output = new Float32Array((4 + classCount + channels) * cells);
  output[(4 + classCount) * cells + 5] = 2;

  it('is runs of pixels off and on within the box, rounded outwards', () => {
    const box = { xPx: 30.2, yPx: 10.1, widthPx: 3.6, heightPx: 1.4 };
    expect(decoder.details!(5, [output, prototypes], unfitted(input), box)).toEqual({
      // Rows 10 and 11, columns 30 to 33; row 10 and column 30 begin outside of the box.
      mask: { xPx: 30, yPx: 10, widthPx: 4, heightPx: 2, runs: [6, 2] },
    });
  });

  it('of an object that covers nothing is one run', () => {
    const box = { xPx: 1, yPx: 1, widthPx: 3, heightPx: 2 };
    expect(decoder.details!(4, [output, prototypes], unfitted(input), box).mask?.runs).toEqual([6]);
  });

  it('starts with an empty run where its first pixel is on', () => {
    const box = { xPx: 40, yPx: 1, widthPx: 3, heightPx: 2 };
    expect(decoder.details!(5, [output, prototypes], unfitted(input), box).mask?.runs).toEqual([0, 6]);
  });
});

it('ten thousand boxes at once give their masks in the end', () => {
  const large = { widthPx: 800, heightPx: 800 };
  const many = gridCells(large, [8, 16, 32]);
  const decoder = recognised(
    yolov8Seg.recognise(
      headOf(large, [
        [1, 4 + 1 + 4, many],
        [1, 4, 200, 200],
      ]),
    ),
  );
  const output = scatteredNumbers(9 * many, 1);
  for (let cell = 0; cell < many; cell++) {
    for (const [row, side] of [400 + (cell % 300), 400, 200, 300].entries()) output[row * many + cell] = side;
    output[4 * many + cell] = cell < 10_000 ? 0.5 + cell / 1e5 : 0;
  }
  const prototypes = scatteredNumbers(4 * 200 * 200, 2);
  const buffer = new CandidateBuffer(decoder.capacity);
  decoder.decode([output, prototypes], 0.4, buffer);
  expect(buffer.count).toBe(10_000);
  const kept = createSuppressor(decoder.capacity).suppress(buffer, 1);
  expect(kept).toHaveLength(maxDetections);
  const box = { xPx: 300, yPx: 250, widthPx: 200, heightPx: 300 };
  const sizes = [...kept].map((index) => {
    const { mask } = decoder.details!(buffer.source[index]!, [output, prototypes], unfitted(large), box);
    return mask!.runs.reduce((sum, length) => sum + length, 0);
  });
  expect(new Set(sizes)).toEqual(new Set([200 * 300]));
});

const { folder, areThere } = samplesOf('models');
const referenceSchema = z.object({
  photos: z.array(
    z.object({
      photo: z.string(),
      detections: z.array(z.object({ class: z.int(), score: z.number(), mask_area_frac_of_box: z.number() })),
    }),
  ),
});

/**
 * The reference cut its masks at the prototypes' resolution, where a cell more or less is much of a small object, so large
 * ones are compared.
 */
it.skipIf(!areThere)(
  'real masks cover as much of their boxes as the reference says',
  { timeout: 120_000 },
  async () => {
    const name = 'yolov8n-seg320_deq';
    const reference = referenceSchema.parse(
      JSON.parse(readFileSync(join(folder, 'references', `${name}.json`), 'utf8')),
    );
    const detector = await createDetector({
      ...{ modelFile: join(folder, `${name}.onnx`), scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1 },
      resampling: 'exact',
    });
    let compared = 0;
    for (const { photo, detections: expected } of reference.photos) {
      const { rgb, widthPx, heightPx } = await readImage(join(folder, 'photos', photo));
      const { detections } = await detector.detect(rgb, widthPx, heightPx);
      for (const { classId, score, box, mask } of detections) {
        const sideShare = Math.min(box.widthPx, box.heightPx) / Math.max(widthPx, heightPx);
        const same = expected.find((each) => each.class === classId && Math.abs(each.score - score) < 0.005);
        if (same === undefined || sideShare < 0.2) continue;
        const covered = unpackMask(mask!).filter((isOn) => isOn).length / (box.widthPx * box.heightPx);
        expect(Math.abs(covered - same.mask_area_frac_of_box), `${photo} class ${classId}`).toBeLessThan(0.03);
        compared++;
      }
    }
    await detector.close();
    expect(compared).toBeGreaterThan(4);
  },
);
