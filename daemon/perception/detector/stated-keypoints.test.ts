import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { networkSaver } from '../testing/save-networks.ts';
import { type TinyNetworkOptions, yolov8Head } from '../testing/tiny-network.ts';
import { createDetector } from './detector.ts';

const save = networkSaver(testFolder('stated-keypoints'), {});
const cells = 84;

async function look(network: TinyNetworkOptions, card?: object) {
  const modelFile = save(network);
  if (card !== undefined) writeFileSync(modelFile.replace(/onnx$/, 'json'), JSON.stringify(card));
  const detector = await createDetector({ modelFile, scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1 });
  try {
    const { detections } = await detector.detect(new Uint8Array(64 * 64 * 3), 64, 64);
    return { layout: detector.info.layout, detections };
  } finally {
    await detector.close();
  }
}

/** Two classes and two points of three numbers, those of one box in its column. */
const data = yolov8Head(2 + 6, cells, [{ centreX: 30, centreY: 32, width: 16, height: 8, classId: 1, score: 0.9 }]);
const column = data.indexOf(30);
for (const [row, value] of [26, 30, 0.75, 34, 33, 0.5].entries()) data[(6 + row) * cells + column] = value;
const pose = { outputs: [{ name: 'output0', shape: [1, 12, cells], data }] };
const points = [
  { xPx: 26, yPx: 30, score: 0.75 },
  { xPx: 34, yPx: 33, score: 0.5 },
];

describe('the points that a card states', () => {
  it('make a pose of a head that says nothing of them', async () => {
    const { layout, detections } = await look(pose, { keypoints: [2, 3] });
    expect(layout).toBe('yolov8-pose');
    expect(detections).toMatchObject([{ classId: 1, box: { xPx: 22, yPx: 28, widthPx: 16, heightPx: 8 } }]);
    expect(detections[0]!.keypoints).toEqual(points);
  });

  it('go before those in the metadata, and before what these say that it is for', async () => {
    const metadata = { task: 'detect', kpt_shape: '[1, 2]' };
    expect((await look({ ...pose, metadata }, { keypoints: [2, 3] })).detections[0]!.keypoints).toEqual(points);
  });

  it('make a pose of rows that a network chose itself', async () => {
    const row = [22, 28, 38, 36, 0.9, 1, 26, 30, 0.75, 34, 33, 0.5];
    const rows = Array.from({ length: 300 }, (_, at) => (at === 0 ? row : new Array<number>(12).fill(0))).flat();
    const chosen = { outputs: [{ name: 'output0', shape: [1, 300, 12], data: rows }] };
    const { layout, detections } = await look(chosen, { keypoints: [2, 3], boxes: 'pixels' });
    expect(layout).toBe('nms-free-pose');
    expect(detections).toMatchObject([{ classId: 1, keypoints: points }]);
    await expect(look(chosen)).rejects.toThrow(
      /6 numbers more than a box, its score and its class.*"keypoints": \[2, 3\] or \[3, 2\]/s,
    );
  });

  it('are asked for where the metadata say that it is a pose, and not of how many points', async () => {
    await expect(look({ ...pose, metadata: { task: 'pose' } })).rejects.toThrow(
      /made to pose.*"keypoints": \[17, 3\]/s,
    );
  });

  it('that do not fit are told with the card, and what has them is read as nothing else', async () => {
    await expect(look(pose, { keypoints: [17, 3] })).rejects.toThrow(
      /yolov8-pose: .*its card .*\.json says "keypoints": \[17, 3\], which must leave a box and at least one class/s,
    );
    await expect(look(pose, { keypoints: [2, 3], layout: 'yolov8' })).rejects.toThrow(
      /says yolov8 and "keypoints": \[2, 3\]/,
    );
  });

  it.each([[[0, 3]], [[2, 4]], [[2]], ['2,3'], [[2.5, 3]]])('are refused as %j', async (keypoints) => {
    await expect(look(pose, { keypoints })).rejects.toThrow(/card .*\.json is not usable: keypoints/);
  });
});
