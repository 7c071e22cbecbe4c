import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { samplesOf } from '../../../test/harness/samples.ts';
import type { Detection } from '../../protocol/detection.ts';
import { readImage } from '../image-file.ts';
import { createDetector } from './detector.ts';
import type { Corners } from './preprocess/letterbox.ts';

/** Real networks and photographs with the boxes an independent decoder found; kept outside the project. */
const { folder, areThere } = samplesOf('models');

/** Quantised networks answer to single levels of the picture, so that only exact resampling can be compared. */
const networks = [
  { name: 'yolov5n', layout: 'yolov5', scoreTolerance: 0.02, resamplings: ['exact', 'fast'] },
  { name: 'yolov5n_fp16', layout: 'yolov5', scoreTolerance: 0.02, resamplings: ['exact', 'fast'] },
  { name: 'yolov5n_nhwc', layout: 'yolov5', scoreTolerance: 0.02, resamplings: ['exact'] },
  { name: 'yolov5n_end2end7', layout: 'end-to-end', scoreTolerance: 0.02, resamplings: ['exact', 'fast'] },
  { name: 'yolov8n320_deq', layout: 'yolov8', scoreTolerance: 0.02, resamplings: ['exact', 'fast'] },
  { name: 'yolov8n-seg320_deq', layout: 'yolov8-seg', scoreTolerance: 0.02, resamplings: ['exact', 'fast'] },
  { name: 'yolov8n_int8_dashcam', layout: 'yolov8', scoreTolerance: 0.05, resamplings: ['exact'] },
  { name: 'yolox_nano', layout: 'yolox', scoreTolerance: 0.02, resamplings: ['exact'] },
  { name: 'yolo-fastest-1.1.decoded', layout: 'darknet', scoreTolerance: 0.02, resamplings: ['exact'] },
  { name: 'yolo-fastest-1.1.boxesconfs', layout: 'darknet-boxes', scoreTolerance: 0.02, resamplings: ['exact'] },
] as const;
const cases = networks.flatMap(({ resamplings, ...network }) =>
  resamplings.map((resampling) => ({ ...network, resampling })),
);

const referenceSchema = z.object({
  post: z.object({ conf: z.number(), nms_iou: z.number().nullable() }),
  photos: z.array(
    z.object({
      photo: z.string(),
      width: z.int(),
      height: z.int(),
      detections: z.array(
        z.object({
          class: z.int(),
          name: z.string(),
          score: z.number(),
          box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
        }),
      ),
    }),
  ),
});

function corners({ box }: Detection): Corners {
  return { left: box.xPx, top: box.yPx, right: box.xPx + box.widthPx, bottom: box.yPx + box.heightPx };
}

function overlap(a: Corners, b: Corners): number {
  const width = Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left));
  const height = Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const area = (box: Corners) => (box.right - box.left) * (box.bottom - box.top);
  return (width * height) / (area(a) + area(b) - width * height);
}

describe.skipIf(!areThere)('real networks on real photographs', () => {
  for (const { name, layout, scoreTolerance, resampling } of cases) {
    it(`${name} agrees with the independent decoder, ${resampling} resampling`, { timeout: 120_000 }, async () => {
      const reference = referenceSchema.parse(
        JSON.parse(readFileSync(join(folder, 'references', `${name}.json`), 'utf8')),
      );
      const detector = await createDetector({
        modelFile: join(folder, `${name}.onnx`),
        scoreThreshold: reference.post.conf,
        // None where the network suppresses by itself: a threshold that every box would fail must not matter then.
        iouThreshold: reference.post.nms_iou ?? 0,
        threads: 1,
        resampling,
      });
      expect(detector.info.layout).toBe(layout);
      let compared = 0;
      let lowestOverlap = 1;
      let largestScoreError = 0;
      for (const photo of reference.photos) {
        const image = await readImage(join(folder, 'photos', photo.photo));
        expect([image.widthPx, image.heightPx]).toEqual([photo.width, photo.height]);
        const { detections } = await detector.detect(image.rgb, photo.width, photo.height);
        // What the reference is sure of is found, and what is found surely is in the reference.
        for (const expected of photo.detections.filter((box) => box.score >= 0.4)) {
          const [left, top, right, bottom] = expected.box;
          const box = { left, top, right, bottom };
          const found = detections
            .filter((detection) => detection.label === expected.name && detection.classId === expected.class)
            .sort((a, b) => overlap(corners(b), box) - overlap(corners(a), box))[0];
          expect(found, `${photo.photo}: ${expected.name} ${expected.score}`).toBeDefined();
          lowestOverlap = Math.min(lowestOverlap, overlap(corners(found!), box));
          largestScoreError = Math.max(largestScoreError, Math.abs(found!.score - expected.score));
          compared++;
        }
        for (const detection of detections.filter(({ score }) => score >= 0.4 + scoreTolerance)) {
          const [best] = photo.detections
            .filter((expected) => expected.class === detection.classId)
            .map(({ box: [left, top, right, bottom] }) => overlap(corners(detection), { left, top, right, bottom }))
            .sort((a, b) => b - a);
          expect(best, `${photo.photo}: ${detection.label} ${detection.score} is not in the reference`).toBeGreaterThan(
            0.9,
          );
        }
      }
      await detector.close();
      console.log(
        `${name}, ${resampling}: ${compared} boxes, lowest IoU ${lowestOverlap.toFixed(4)}, largest score error ${largestScoreError.toFixed(4)}`,
      );
      expect(compared).toBeGreaterThan(5);
      expect(lowestOverlap).toBeGreaterThanOrEqual(0.95);
      expect(largestScoreError).toBeLessThanOrEqual(scoreTolerance);
    });
  }
});
