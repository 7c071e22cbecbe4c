import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../../test/harness/test-folders.ts';
import { found, headOf, recognised } from '../../testing/decoder-checks.ts';
import { networkSaver } from '../../testing/save-networks.ts';
import { describeNetwork } from '../describe-network.ts';
import { createDetector } from '../detector.ts';
import { readAnchorHead, readBoxHead } from '../model/box-head.ts';
import type { NetworkHints } from './decoder.ts';
import { ssd } from './ssd.ts';

/** Networks that list the boxes they have chosen: they differ in what their labels are counted from, and in how they take pictures. */

const corners = [8, 4, 24, 20];
const values = [corners, [0.75], [2]].map((each) => Float32Array.from(each));
const three = [
  { name: 'boxes', shape: [1, 4] },
  { name: 'classes', shape: [1], type: 'int64' },
  { name: 'scores', shape: [1] },
];
const size = { name: 'image_size', shape: [2], type: 'int64' };

const read = (outputs: Parameters<typeof headOf>[0], hints: Partial<NetworkHints> = {}) => {
  const decoder = recognised(ssd.recognise(headOf(outputs, { hints })));
  return { decoder, classId: found(decoder, values, 0.25)[0]?.classId };
};

describe('boxes with a class and a score each, under plain names', () => {
  it("are Detectron2's where the background stands behind the classes in its weights", () => {
    const { decoder, classId } = read(three, { boxHead: { classCount: 5, background: 'last' } });
    expect(classId).toBe(2);
    expect(decoder).toMatchObject({
      classCount: 5,
      conventions: { channels: 'bgr', deviation: [1, 1, 1], fit: 'letterbox-top-left' },
      because: expect.stringMatching(/Detectron2.*counted from 0, as its weights.*"firstClass": 1/),
    });
  });

  it('are where the size of the picture stands behind them, whatever they are called', () => {
    for (const names of [
      ['boxes', 'classes', 'scores', 'image_size'],
      ['1632', '1634', '1633', '1640'],
    ]) {
      const outputs = [...three, size].map((each, at) => ({ ...each, name: names[at]! }));
      const { decoder, classId } = read(outputs);
      expect(classId).toBe(2);
      expect(decoder.because).toMatch(/Detectron2.*is the size of its picture/);
      expect(decoder.outputIndexes).toEqual([0, 2, 1]);
    }
  });

  it('are told from the size where there are two of them', () => {
    const two = three.map((each) => ({ ...each, shape: [2, ...each.shape.slice(1)] }));
    expect(read([...two, size]).decoder.outputIndexes).toEqual([0, 2, 1]);
    expect(read([size, ...two]).decoder.outputIndexes, 'by its name').toEqual([1, 3, 2]);
    expect(read([{ ...size, name: '9' }, ...two.toReversed()]).decoder.outputIndexes).toHaveLength(3);
  });

  it('are beside masks that have numbers for names', () => {
    const masks = { name: '1650', shape: [1, 1, 28, 28] };
    const numbered = three.map((each, at) => ({ ...each, name: String(at) }));
    expect(read([masks, ...numbered, { ...size, name: '9' }]).decoder.outputIndexes).toEqual([1, 3, 2]);
  });

  it('are where the first convolution takes levels, and nothing else tells', () => {
    expect(read(three, { expects: 'levels' }).classId).toBe(2);
    expect(read(three, { expects: 'unit', statedClasses: 3 }).classId).toBe(1);
  });

  it("are torchvision's where the background stands before the classes in its weights", () => {
    const { decoder, classId } = read(three, { boxHead: { classCount: 2, background: 'first' }, expects: 'levels' });
    expect(classId, 'counted from 1').toBe(1);
    expect(decoder).toMatchObject({
      ...{ classCount: 2, conventions: { channels: 'rgb', deviation: [255, 255, 255] } },
      because: expect.stringMatching(/torchvision.*2 classes beside the background, counted from 1$/),
    });
    expect(read(three, { boxHead: { classCount: 90, background: 'first' } }).decoder.classCount).toBe(91);
  });

  it("are supposed to be torchvision's where nothing tells, and it is said what a card can say", () => {
    expect(read(three).decoder.because).toMatch(/counted from 1; where it counts from 0.*"firstClass": 0/);
  });

  it('count as their card says', () => {
    expect(read(three, { statedFirstClass: 0, statedClasses: 3 })).toMatchObject({
      ...{ classId: 2, decoder: { classCount: 3, because: expect.stringMatching(/counted from 0$/) } },
    });
    const ofDetectron2 = { boxHead: { classCount: 5, background: 'last' as const } };
    expect(read(three, { ...ofDetectron2, statedFirstClass: 1 }).classId).toBe(1);
    expect(read(three, { pictureName: 'image', statedFirstClass: 0 }).classId).toBe(2);
  });

  it('are none of two sizes, or of a fourth output that is no size', () => {
    for (const odd of [[size, { ...size, name: 'other' }], [{ ...size, shape: [3] }], [{ ...size, type: 'float32' }]]) {
      expect(ssd.recognise(headOf([...three, ...odd]))).toBeUndefined();
    }
  });
});

describe('how a second stage counts its classes', () => {
  const weights = (...shapes: readonly (readonly number[])[]) => shapes.map((shape) => ({ shape }));
  it.each([
    ["Detectron2's of COCO", weights([1024, 12544], [1024, 1024], [81, 1024], [320, 1024]), 80, 'last'],
    ["Detectron2's of one class", weights([2, 1024], [4, 1024]), 1, 'last'],
    ['transposed', weights([1024, 6], [1024, 20]), 5, 'last'],
    ["torchvision's of COCO", weights([91, 1024], [364, 1024], [256, 256, 3, 3]), 90, 'first'],
    ["torchvision's of one class", weights([2, 1024], [8, 1024]), 1, 'first'],
  ])('is read from the weights: %s', (_, shapes, classCount, background) => {
    expect(readBoxHead(shapes)).toEqual({ classCount, background });
  });

  it.each([
    ['none', []],
    ['boxes alike for all classes', weights([81, 1024], [4, 1024])],
    ['two that do not agree', weights([5, 64], [4, 64], [16, 64])],
    ['products of other features', weights([81, 1024], [320, 512])],
    ['empty ones', weights([0, 0], [0, 4], [])],
  ])('is not told by %s', (_, shapes) => {
    expect(readBoxHead(shapes)).toBeUndefined();
  });
});

describe('how many classes a detector of one stage tells apart', () => {
  const weights = (...each: readonly (readonly [name: string, rows: number])[]) =>
    each.map(([name, rows]) => ({ name: `${name}.weight`, shape: [rows, 256, 3, 3] }));
  const [scores, boxes] = ['head.classification_head', 'm.head.regression_head'];

  it.each([
    ["torchvision's FCOS", weights([`${scores}.cls_logits`, 4], [`${boxes}.bbox_reg`, 4]), 3],
    ["torchvision's RetinaNet", weights([`${boxes}.bbox_reg`, 36], [`${scores}.cls_logits`, 18]), 1],
    [
      "torchvision's SSD",
      weights(
        [`${scores}.module_list.0`, 16],
        [`${boxes}.module_list.0`, 16],
        [`${scores}.module_list.1.1`, 24],
        [`${boxes}.module_list.1.1`, 24],
      ),
      3,
    ],
    ["effdet's", weights(['class_net.predict.conv_pw', 27], ['box_net.predict.conv_pw', 36]), 3],
    ["MMDetection's RetinaNet", weights(['bbox_head.retina_cls', 27], ['bbox_head.retina_reg', 36]), 3, 'last'],
    ["MMDetection's RTMDet", weights(['bbox_head.rtm_cls.0', 5], ['bbox_head.rtm_reg.0', 4]), 5, 'last'],
  ])('is read from the weights: %s', (_, named, classCount, background = 'first') => {
    expect(readAnchorHead(named)).toEqual({ classCount, background });
  });

  it.each([
    ['none', []],
    ['other names', weights(['classifier.cls_logits', 4], ['regression_head.bbox_reg', 4])],
    ["the distributions of a GFL's", weights(['bbox_head.gfl_cls', 3], ['bbox_head.gfl_reg', 68])],
    ['scores alone', weights([`${scores}.cls_logits`, 4])],
    ['nothing but the background', weights([`${scores}.cls_logits`, 9], [`${boxes}.bbox_reg`, 36])],
    [
      'grids that do not agree',
      weights(
        [`${scores}.module_list.0`, 16],
        [`${boxes}.module_list.0`, 16],
        [`${scores}.module_list.1`, 24],
        [`${boxes}.module_list.1`, 16],
      ),
    ],
    ['parts of a class', weights([`${scores}.cls_logits`, 10], [`${boxes}.bbox_reg`, 36])],
  ])('is not told by %s', (_, named) => {
    expect(readAnchorHead(named)).toBeUndefined();
  });
});

describe('a file of such boxes', () => {
  const outputs = [
    { name: 'boxes', shape: [1, 4], data: corners },
    { name: 'labels', shape: [1], type: 'int64' as const, data: [2] },
    { name: 'scores', shape: [1], data: [0.75] },
  ];
  const save = networkSaver(testFolder('listed-boxes'), { outputs });
  const labelOf = async (modelFile: string) => {
    const detector = await createDetector({ modelFile, scoreThreshold: 0.25, iouThreshold: 0.5, threads: 1 });
    const { detections } = await detector.detect(new Uint8Array(64 * 64 * 3), 64, 64);
    await detector.close();
    return detections[0]?.label;
  };

  it('is counted from what its card says', async () => {
    const classes = ['cone', 'gate', 'ball'];
    expect(await labelOf(save({ outputs }, { card: { classes, firstClass: 0 } }))).toBe('ball');
    expect(await labelOf(save({ outputs }, { card: { classes, firstClass: 1 } }))).toBe('gate');
    expect(await labelOf(save({ outputs }, { card: { classes } }))).toBe('gate');
    await expect(labelOf(save({ outputs }, { card: { classes, firstClass: 2 as 1 } }))).rejects.toThrow(/firstClass/);
  });

  it("is the model zoo's R-CNN by its input's name and its outputs' numbers", async () => {
    const numbered = outputs.map((output, at) => ({ ...output, name: String(6379 + 2 * at) }));
    const image = { name: 'image', shape: [3, 'height', 'width'] };
    const zoo = await describeNetwork(save({ inputs: [image], outputs: numbered }));
    expect(zoo).toMatchObject({ input: { channels: 'bgr', deviation: [1, 1, 1] }, labels: { length: 80 } });
    expect(zoo.because).toMatch(/model zoo/);
    const other = { ...image, name: 'picture' };
    expect((await describeNetwork(save({ inputs: [other], outputs: numbered }))).because).toMatch(/torchvision/);
  });
});
