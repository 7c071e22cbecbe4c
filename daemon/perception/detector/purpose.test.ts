import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { networkSaver } from '../testing/save-networks.ts';
import { type TinyNetworkOptions, yolov8Head } from '../testing/tiny-network.ts';
import { createDetector, type DetectorOptions } from './detector.ts';
import { checkDrivable } from './model/layout.ts';
import { readModelFile } from './model/model-file.ts';

const save = networkSaver(testFolder('purpose'));

async function look(
  network: TinyNetworkOptions,
  options: Partial<DetectorOptions> = {},
  size: readonly [number, number] = [128, 64],
) {
  const detector = await createDetector({
    ...{ modelFile: save(network), scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1, ...options },
  });
  const { detections } = await detector.detect(new Uint8Array(size[0] * size[1] * 3), ...size);
  await detector.close();
  return { detections, layout: detector.info.layout };
}

/** Cells of a 64x64 input. */
const cells = 84;
/** Prototypes of 16x16 that are on in the right half; the box in the middle has 1 for its coefficient. */
const prototypes = Float32Array.from({ length: 256 }, (_, i) => (i % 16 >= 8 ? 1 : -1));
const middle = { centreX: 32, centreY: 32, width: 16, height: 8, classId: 0, score: 0.9 };
const boxed = yolov8Head(2, cells, [middle]);
boxed[5 * cells] = 1;
const segmentation: TinyNetworkOptions = {
  outputs: [
    { name: 'masks', shape: [1, 1, 16, 16], data: prototypes },
    { name: 'boxes', shape: [1, 6, cells], data: boxed },
  ],
  metadata: { names: "{0: 'person'}", task: 'segment' },
};
const posed = yolov8Head(7, cells, [middle]);
for (const [row, value] of [30, 30, 0.9, 34, 33, 0.2].entries()) posed[(5 + row) * cells] = value;
const pose: TinyNetworkOptions = {
  outputs: [{ name: 'output0', shape: [1, 11, cells], data: posed }],
  metadata: { names: "{0: 'hand'}", task: 'pose', kpt_shape: '[2, 3]' },
};
const classifier: TinyNetworkOptions = {
  outputs: [{ name: 'output0', shape: [1, 3], data: [0.7, 0.2, 0.1] }],
  metadata: { names: "{0: 'person', 1: 'stop sign', 2: 'track'}", task: 'classify' },
};
const box = { xPx: 48, yPx: 24, widthPx: 32, heightPx: 16 };
const score = expect.closeTo(0.9, 5);

describe('to look', () => {
  it('a segmentation network gives masks in the pixels of the picture', async () => {
    const { detections, layout } = await look(segmentation);
    expect(layout).toBe('yolov8-seg');
    const runs = [16, ...Array.from({ length: 31 }, () => 16)];
    expect(detections).toEqual([
      { label: 'person', classId: 0, score, box, mask: { xPx: 48, yPx: 24, widthPx: 32, heightPx: 16, runs } },
    ]);
  });

  it('a pose network gives points in the pixels of the picture', async () => {
    const { detections, layout } = await look(pose);
    expect(layout).toBe('yolov8-pose');
    expect(detections).toEqual([
      {
        ...{ label: 'hand', classId: 0, score, box },
        keypoints: [
          { xPx: 60, yPx: 28, score: expect.closeTo(0.9, 5) },
          { xPx: 68, yPx: 34, score: expect.closeTo(0.2, 5) },
        ],
      },
    ]);
  });

  it('a classification network gives the whole picture, cropped or not', async () => {
    for (const size of [
      [128, 64],
      [50, 333],
      [64, 64],
    ] as const) {
      const { detections, layout } = await look(classifier, { scoreThreshold: 0.15 }, size);
      expect(layout).toBe('classification');
      const whole = { xPx: 0, yPx: 0, widthPx: size[0], heightPx: size[1] };
      expect(detections).toEqual([
        { label: 'person', classId: 0, score: expect.closeTo(0.7, 5), box: whole },
        { label: 'stop sign', classId: 1, score: expect.closeTo(0.2, 5), box: whole },
      ]);
    }
  });

  it('a classification network of seven classes is no detector with seven columns', async () => {
    const names = "{0: 'a', 1: 'b', 2: 'c', 3: 'd', 4: 'e', 5: 'f', 6: 'g'}";
    const data = [0, 0, 0, 0, 9, 0, 0];
    const outputs = [{ name: 'output0', shape: [1, 7], data }];
    expect(await look({ outputs, metadata: { task: 'classify', names } })).toMatchObject({
      ...{ layout: 'classification', detections: [{ label: 'e', score: expect.closeTo(0.999, 2) }] },
    });
  });

  it('a network is read as its metadata say', async () => {
    const unnamed = (metadata: Record<string, string>) => ({
      ...{ outputs: [{ name: 'output0', shape: [1, 56, cells], data: yolov8Head(52, cells, [middle]) }], metadata },
    });
    expect((await look(unnamed({}))).layout).toBe('yolov8-pose');
    expect((await look(unnamed({ task: 'detect' }))).layout).toBe('yolov8');
    const names = JSON.stringify(Object.fromEntries(Array.from({ length: 52 }, (_, i) => [i, `c${i}`])));
    expect((await look(unnamed({ names }))).layout).toBe('yolov8');
  });
});

describe('to drive', () => {
  it('masks are left out, points and boxes are not', async () => {
    expect((await look(segmentation, { purpose: 'drive' })).detections).toEqual([
      { label: 'person', classId: 0, score, box },
    ]);
    expect((await look(pose, { purpose: 'drive' })).detections[0]?.keypoints).toHaveLength(2);
  });

  it('a network that cannot say where is refused, before it runs where its shapes are written down', async () => {
    const text = /network-\d+\.onnx says what a picture shows, but not where \(layout classification\).*--model/;
    await expect(look(classifier, { purpose: 'drive' })).rejects.toThrow(text);
    expect(() => checkDrivable(readModelFile(save(classifier)))).toThrow(text);
    const dynamic = classifier.outputs.map((output) => ({ ...output, shape: ['batch', 3], dataShape: [1, 3] }));
    const unknown = { ...classifier, outputs: dynamic };
    await expect(look(unknown, { purpose: 'drive' })).rejects.toThrow(text);
    expect(checkDrivable(readModelFile(save(unknown)))).toBeUndefined();
    for (const fine of [segmentation, pose]) expect(checkDrivable(readModelFile(save(fine)))).toBeUndefined();
  });
});
