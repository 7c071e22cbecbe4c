import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { UserError } from '../../platform/user-error.ts';
import { networkSaver } from '../testing/save-networks.ts';
import { type TinyNetworkOptions, tinyNetwork, yolov5Head, yolov8Head } from '../testing/tiny-network.ts';
import { createDetector, type DetectorOptions } from './detector.ts';
import { cardFileOf, type ModelCard, readModelFile } from './model/model-file.ts';

const folder = testFolder('detector');
const save = networkSaver(folder);

function open(network: TinyNetworkOptions, options: Partial<DetectorOptions> = {}) {
  return createDetector({ modelFile: save(network), scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1, ...options });
}

/** Cells of a 64x64 input: 64 + 16 + 4. */
const cells = 84;
const carNames = "{0: 'blue cone', 1: 'yellow cone'}";
const boxes = [
  { centreX: 32, centreY: 32, width: 16, height: 8, classId: 1, score: 0.9 },
  // The same object again, and another one that lies in the padding of a wide picture.
  { centreX: 32.5, centreY: 32, width: 16, height: 8, classId: 1, score: 0.8 },
  { centreX: 32, centreY: 4, width: 8, height: 4, classId: 0, score: 0.7 },
];
const v8: TinyNetworkOptions = {
  outputs: [{ name: 'output0', shape: [1, 6, cells], data: yolov8Head(2, cells, boxes) }],
  metadata: { names: carNames, task: 'detect' },
};
/** 128x64 into 64x64: half size, 16 rows of padding above and below. */
const wide = { rgb: new Uint8Array(128 * 64 * 3), widthPx: 128, heightPx: 64 };

describe('a detector', () => {
  it('says what it runs', async () => {
    const detector = await open(v8);
    expect(detector.info).toMatchObject({
      ...{
        layout: 'yolov8',
        labels: ['blue cone', 'yellow cone'],
        provider: 'cpu',
        inputWidthPx: 64,
        inputHeightPx: 64,
      },
    });
    await detector.close();
  });

  it('gives boxes in the pixels of the picture, suppressed and clipped', async () => {
    const detector = await open(v8);
    const { detections, timing, warning } = await detector.detect(wide.rgb, wide.widthPx, wide.heightPx);
    expect(detections).toEqual([
      {
        ...{ label: 'yellow cone', classId: 1, score: expect.closeTo(0.9, 5) },
        box: { xPx: 48, yPx: 24, widthPx: 32, heightPx: 16 },
      },
    ]);
    expect(warning).toBeUndefined();
    expect(Object.values(timing).every((each) => each >= 0)).toBe(true);
    await detector.close();
  });

  it('lowers the scores of boxes that share a place where the card says so, and leaves out what becomes too low', async () => {
    const aside = (centreX: number, score: number) => ({
      centreX,
      centreY: 32,
      width: 16,
      height: 8,
      classId: 1,
      score,
    });
    // The second shares a third of what both cover with the first, the third with the second.
    const data = yolov8Head(2, cells, [aside(20, 0.9), aside(28, 0.72), aside(36, 0.27)]);
    const row: TinyNetworkOptions = { ...v8, outputs: [{ name: 'output0', shape: [1, 6, cells], data }] };
    const scores = async (card: ModelCard) => {
      const modelFile = save(row, { card });
      const detector = await createDetector({ modelFile, scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1 });
      const { detections } = await detector.detect(wide.rgb, wide.widthPx, wide.heightPx);
      await detector.close();
      return detections.map(({ score }) => score);
    };
    const believed = [0.9, 0.72, 0.27].map((score) => expect.closeTo(score, 5));
    expect(await scores({})).toEqual(believed);
    expect(await scores({ suppression: 'hard' })).toEqual(believed);
    expect(await scores({ suppression: 'soft' })).toEqual([expect.closeTo(0.9, 5), expect.closeTo(0.64, 5)]);
    const modelFile = save(row);
    writeFileSync(cardFileOf(modelFile), '{ "suppression": "firm" }');
    expect(() => readModelFile(modelFile)).toThrow(/suppression/);
  });

  it.each<{ what: string; network: TinyNetworkOptions }>([
    {
      what: 'float16 in and out',
      network: {
        ...v8,
        inputs: [{ name: 'images', shape: [1, 3, 64, 64], type: 'float16' }],
        outputs: [{ name: 'output0', shape: [1, 6, cells], type: 'float16', data: yolov8Head(2, cells, boxes) }],
      },
    },
    { what: 'channels last', network: { ...v8, inputs: [{ name: 'images', shape: [1, 64, 64, 3] }] } },
    {
      what: 'dynamic sides everywhere, the size in the metadata',
      network: {
        inputs: [{ name: 'images', shape: ['batch', 3, 'height', 'width'] }],
        outputs: [
          {
            ...{ name: 'output0', shape: ['batch', 6, 'anchors'], dataShape: [1, 6, cells] },
            data: yolov8Head(2, cells, boxes),
          },
        ],
        metadata: { names: carNames, imgsz: '[64, 64]' },
      },
    },
    {
      what: 'YOLOv5, outputs named by numbers, raw heads first',
      network: {
        outputs: [
          { name: '350', shape: [1, 3, 8, 8, 7], data: new Float32Array(3 * 64 * 7) },
          { name: '12', shape: [1, 3 * cells, 7], data: yolov5Head(2, 3 * cells, boxes) },
        ],
        metadata: { names: carNames },
      },
    },
  ])('runs $what', async ({ network }) => {
    for (const resampling of ['fast', 'exact'] as const) {
      const detector = await open(network, { resampling });
      const { detections } = await detector.detect(wide.rgb, wide.widthPx, wide.heightPx);
      expect(detections).toHaveLength(1);
      expect(detections[0]).toMatchObject({
        label: 'yellow cone',
        box: { xPx: 48, yPx: 24, widthPx: 32, heightPx: 16 },
      });
      await detector.close();
    }
  });

  it('takes one frame at a time, none of the wrong size, and none after its end', async () => {
    const detector = await open(v8);
    const first = detector.detect(wide.rgb, 128, 64);
    await expect(detector.detect(wide.rgb, 128, 64)).rejects.toThrow(/in flight/);
    await first;
    await expect(detector.detect(wide.rgb, 127, 64)).rejects.toThrow(RangeError);
    expect((await detector.detect(wide.rgb, 128, 64)).detections).toHaveLength(1);
    await detector.close();
    await detector.close();
    await expect(detector.detect(wide.rgb, 128, 64)).rejects.toThrow(/closed/);
  });

  it.each([
    { what: 'all zero', value: 0, text: /exactly 0.*quantised/ },
    { what: 'no numbers', value: Number.NaN, text: /not finite/ },
  ])('says so when scores are $what', async ({ value, text }) => {
    const data = yolov8Head(2, cells, boxes).fill(value, 4 * cells);
    const detector = await open({ ...v8, outputs: [{ name: 'output0', shape: [1, 6, cells], data }] });
    const { detections, warning } = await detector.detect(wide.rgb, 128, 64);
    expect(detections).toEqual([]);
    expect(warning).toMatch(text);
    await detector.close();
  });

  it('refuses a network without scores where they should be, unless its card names the layout', async () => {
    const data = yolov8Head(2, cells, boxes).fill(8, 4 * cells);
    const logits = { ...v8, outputs: [{ name: 'output0', shape: [1, 6, cells], data }] };
    await expect(open(logits)).rejects.toThrow(
      /scores of its classes would stand are other numbers, such as 8; expected 0 to 1/,
    );
    const modelFile = save(logits, { card: { layout: 'yolov8' } });
    const detector = await createDetector({ modelFile, scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1 });
    expect(await detector.detect(wide.rgb, 128, 64)).toMatchObject({
      ...{ detections: [], warning: expect.stringMatching(/without its sigmoid/) },
    });
    await detector.close();
  });

  it('says so when all of many boxes lie outside the picture, and not of one', async () => {
    const above = Array.from({ length: 9 }, (_, i) => ({ ...boxes[2]!, centreX: 4 + 6 * i, centreY: 4 }));
    for (const [some, warning] of [
      [above, expect.stringMatching(/all 9 boxes of .* outside the picture/)],
      [above.slice(0, 1), undefined],
    ] as const) {
      const data = yolov8Head(2, cells, some);
      const detector = await open({ ...v8, outputs: [{ name: 'output0', shape: [1, 6, cells], data }] });
      const result = await detector.detect(wide.rgb, 128, 64);
      expect([result.detections, result.warning]).toEqual([[], warning]);
      await detector.close();
    }
  });

  it('is silent about a picture with nothing in it', async () => {
    const data = yolov8Head(2, cells, []);
    const detector = await open({ ...v8, outputs: [{ name: 'output0', shape: [1, 6, cells], data }] });
    expect(await detector.detect(wide.rgb, 128, 64)).toMatchObject({ detections: [] });
    expect(await detector.detect(wide.rgb, 128, 64)).not.toHaveProperty('warning');
    await detector.close();
  });
});

describe('a network that is no detector', () => {
  const output = (shape: number[], name = 'output0') => ({
    ...{ name, shape, data: new Float32Array(shape.reduce((product, side) => product * side, 1)) },
  });
  it.each<{ what: string; network: TinyNetworkOptions; text: RegExp }>([
    {
      what: 'a driver',
      network: { outputs: [output([1, 2], 'steering')] },
      text: /steering float32 \[1, 2\].*\[1, 4 \+ classes, 84\].*a few numbers.*name them in its card/s,
    },
    {
      what: 'segmentation without its prototypes',
      network: { outputs: [output([1, 116, cells])], metadata: { task: 'segment' } },
      text: /yolov8-seg: .*prototypes \[1, masks, 16, 16\].*made to segment/s,
    },
    {
      what: 'pose that does not say its points',
      network: { outputs: [output([1, 68, cells])], metadata: { task: 'pose' } },
      text: /made to pose.*kpt_shape/s,
    },
    {
      what: 'another task',
      network: { ...v8, metadata: { task: 'obb' } },
      text: /oriented boxes, task "obb".*upright/,
    },
    {
      what: 'other strides',
      network: { outputs: [output([1, 86, 77])] },
      text: /fits no layout.*output0 float32 \[1, 86, 77\]/s,
    },
    {
      what: 'two inputs',
      network: {
        ...v8,
        inputs: [
          { name: 'a', shape: [1, 3, 64, 64] },
          { name: 'b', shape: [1] },
        ],
      },
      text: /its input "b" is for.*a float32 \[1, 3, 64, 64\]; b/s,
    },
    {
      what: 'words to look for',
      network: {
        ...v8,
        inputs: [
          { name: 'a', shape: [1, 3, 64, 64] },
          { name: 'input_ids', shape: [1, 16], type: 'int64' },
        ],
      },
      text: /what words say that its input "input_ids" takes.*fixed classes/s,
    },
    {
      what: 'no colours',
      network: { ...v8, inputs: [{ name: 'a', shape: [1, 1, 64, 64] }] },
      text: /no side of 3 colours/,
    },
    {
      what: 'an absurd size',
      network: { ...v8, inputs: [{ name: 'a', shape: [1, 3, 64, 100_000] }] },
      text: /100000x64/,
    },
    {
      what: 'whole numbers for input',
      network: { ...v8, inputs: [{ name: 'a', shape: [1, 3, 64, 64], type: 'int64' }] },
      text: /input is int64/,
    },
    {
      what: 'a batch beyond reason',
      network: { ...v8, inputs: [{ name: 'a', shape: [8192, 3, 64, 64] }] },
      text: /takes 8192 pictures at once.*batch=1/,
    },
    {
      what: 'labels of another network',
      network: { ...v8, metadata: { names: "{0: 'a'}" } },
      text: /2 classes.*lists 1/,
    },
    {
      what: 'whole numbers for output',
      network: { outputs: [{ ...output([1, 6, cells]), type: 'int64' }] },
      text: /is int64, .* expected float32/,
    },
  ])('is refused: $what', async ({ network, text }) => {
    const modelFile = save(network);
    const refused = createDetector({ modelFile, scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1 });
    await expect(refused).rejects.toThrow(text);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(modelFile);
  });

  it('is refused by the runtime with its own words', async () => {
    const unknown = tinyNetwork(v8).map((byte) => byte);
    const text = Buffer.from(unknown);
    text.write('Ydentity', text.indexOf('Identity'));
    const file = join(folder, 'unknown-operator.onnx');
    writeFileSync(file, text);
    const refused = createDetector({ modelFile: file, scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1 });
    await expect(refused).rejects.toThrow(/ONNX Runtime refuses the network .*unknown-operator\.onnx: .*Ydentity/s);
    await expect(refused).rejects.toThrow(UserError);
  });
});
