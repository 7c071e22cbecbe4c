import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { networkSaver } from '../testing/save-networks.ts';
import { type TinyNetworkOptions, yolov8Head } from '../testing/tiny-network.ts';
import { describeNetwork } from './describe-network.ts';
import type { ModelCard } from './model/model-file.ts';
import { ultralyticsInput } from './preprocess/input-format.ts';

const save = networkSaver(testFolder('describe'));

/** Cells of a 64x64 input. */
const cells = 84;
const v8: TinyNetworkOptions = {
  outputs: [{ name: 'output0', shape: [1, 6, cells], data: yolov8Head(2, cells, []) }],
  metadata: { names: "{0: 'blue cone', 1: 'yellow cone'}" },
};

describe('a network is described', () => {
  it('by its file, its graph and its layout', async () => {
    const file = save(v8);
    const bytes = readFileSync(file);
    expect(await describeNetwork(file)).toEqual({
      ...{ file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
      ...{ producer: 'tiny', irVersion: 8, opsets: { '': 13 }, nodes: 1, parameters: 6 * cells },
      work: { operations: 0, uncounted: [] },
      inputs: [{ name: 'images', type: 'float32', shape: [1, 3, 64, 64] }],
      outputs: [{ name: 'output0', type: 'float32', shape: [1, 6, cells] }],
      ...{ layout: 'yolov8', suppression: 'needed', because: expect.stringContaining('output0') },
      input: {
        ...{ widthPx: 64, heightPx: 64, pictures: 1, type: 'float32', order: 'nchw', channels: 'rgb' },
        ...{ mean: [0, 0, 0], deviation: [255, 255, 255], fit: 'letterbox', paddingLevel: 114 },
      },
      usualInput: ultralyticsInput,
      inputFrom: { channels: 'layout', scale: 'layout', fit: 'layout', padding: 'layout' },
      labels: ['blue cone', 'yellow cone'],
      labelsFrom: `"names" in the metadata of ${file}`,
      ...{ card: undefined, warnings: [], warningTroubles: [] },
    });
  });

  it('by its card, where it has one', async () => {
    const card: ModelCard = { classes: ['a', 'b'], input: { channels: 'bgr', scale: '0-255' } };
    const file = save({ outputs: v8.outputs }, { card });
    expect(await describeNetwork(file)).toMatchObject({
      input: { channels: 'bgr', deviation: [1, 1, 1], fit: 'letterbox' },
      inputFrom: { channels: 'card', scale: 'card', fit: 'layout', padding: 'layout' },
      labels: ['a', 'b'],
      card: file.replace('.onnx', '.json'),
    });
  });

  it('by what its metadata say of pictures in the words of ONNX, and its card goes before', async () => {
    const metadata = {
      ...v8.metadata,
      ...{ 'Image.BitmapPixelFormat': 'Bgr8', 'Image.NominalPixelRange': 'NominalRange_0_255' },
    };
    expect(await describeNetwork(save({ ...v8, metadata }))).toMatchObject({
      input: { channels: 'bgr', deviation: [1, 1, 1], fit: 'letterbox' },
      inputFrom: { channels: 'metadata', scale: 'metadata', fit: 'layout' },
    });
    expect(await describeNetwork(save({ ...v8, metadata }, { card: { input: { channels: 'rgb' } } }))).toMatchObject({
      input: { channels: 'rgb', deviation: [1, 1, 1] },
      inputFrom: { channels: 'card', scale: 'metadata' },
    });
  });

  it('by the order of sides that are all left open', async () => {
    for (const sides of [
      ['batch', 'num_channels', 'height', 'width'],
      ['', '', '', ''],
      ['N', 'C', 'H', 'W'],
    ]) {
      const open: TinyNetworkOptions = { ...v8, inputs: [{ name: 'images', shape: sides }] };
      expect(await describeNetwork(save({ ...open, metadata: { imgsz: '64' } }))).toMatchObject({
        input: { order: 'nchw', widthPx: 64, heightPx: 64 },
      });
    }
    const last: TinyNetworkOptions = { ...v8, inputs: [{ name: 'images', shape: ['n', 'h', 'w', 'channels'] }] };
    expect(await describeNetwork(save({ ...last, metadata: { imgsz: '64' } }))).toMatchObject({
      input: { order: 'nhwc' },
    });
    const nothing: TinyNetworkOptions = { ...v8, inputs: [{ name: 'images', shape: ['a', 'b', 'c', 'd'] }] };
    await expect(describeNetwork(save(nothing))).rejects.toThrow(/no side of 3 colours/);
  });

  it.each([
    { classCount: 80, labelsFrom: /COCO's, as it has 80 classes/, last: 'toothbrush' },
    { classCount: 91, labelsFrom: /COCO's, by the numbers up to 90/, last: 'toothbrush' },
    { classCount: 3, labelsFrom: /^numbers/, last: 'class 2' },
  ])('by the labels that $classCount classes have when nobody names them', async ({ classCount, ...expected }) => {
    const data = yolov8Head(classCount, cells, []);
    const file = save({ outputs: [{ name: 'output0', shape: [1, 4 + classCount, cells], data }] });
    const { labels, labelsFrom } = await describeNetwork(file);
    expect(labelsFrom).toMatch(expected.labelsFrom);
    expect(labels.at(-1)).toBe(expected.last);
  });

  it('by the shapes of a run, where the file leaves them open', async () => {
    const open: TinyNetworkOptions = {
      inputs: [{ name: 'images', shape: ['batch', 3, 'height', 'width'] }],
      outputs: [{ ...v8.outputs[0]!, shape: ['batch', 6, 'anchors'], dataShape: [1, 6, cells] }],
      metadata: { imgsz: '[64, 64]' },
    };
    const { outputs, labels, labelsFrom } = await describeNetwork(save(open));
    expect(outputs).toEqual([{ name: 'output0', type: 'float32', shape: [1, 6, cells] }]);
    expect([labels, labelsFrom]).toEqual([['class 0', 'class 1'], expect.stringMatching(/numbers/)]);
  });

  it('with what will not go well elsewhere', async () => {
    expect((await describeNetwork(save({ ...v8, opsets: { '': 17 } }))).warnings).toEqual([
      expect.stringMatching(/will not run on the car with ONNX Runtime 1\.11: it is of opset 17/),
    ]);
    expect((await describeNetwork(save(v8, { card: { sha256: 'f'.repeat(64) } }))).warnings).toEqual([
      expect.stringMatching(/is the card of another file/),
    ]);
    expect((await describeNetwork(save(v8, { card: { clases: ['a'] } }))).warnings).toEqual([
      expect.stringMatching(/not read: "clases" \(did you mean "classes"\?\)$/),
    ]);
  });
});

describe('a network that cannot be used', () => {
  it('is refused with what it has and what was expected', async () => {
    const file = save({ outputs: [{ name: 'logits', shape: [1, 10, 3], data: new Float32Array(30) }] });
    await expect(describeNetwork(file)).rejects.toThrow(
      /Found inputs: images float32 \[1, 3, 64, 64\]; outputs: logits float32 \[1, 10, 3\].*Expected for an input of 64x64/s,
    );
  });
});
