import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { networkSaver } from '../testing/save-networks.ts';
import type { TinyNetworkOptions, TinyTensor } from '../testing/tiny-network.ts';
import { createDetector } from './detector.ts';
import type { ModelCard } from './model/model-file.ts';

/** Whole networks of the layouts that have more than a grid of boxes for an answer. */
const save = networkSaver(testFolder('finished-heads'));

async function open(network: TinyNetworkOptions, card?: ModelCard, scoreThreshold = 0.25) {
  // Boxes that the network has suppressed already must stay, however strictly we would have done it.
  return createDetector({ modelFile: save(network, { card }), scoreThreshold, iouThreshold: 0, threads: 1 });
}

async function detect(network: TinyNetworkOptions, card?: ModelCard) {
  const detector = await open(network, card);
  // 128x64 into 64x64: letterboxed at half size with 16 rows of padding above, stretched at half its width.
  const result = await detector.detect(new Uint8Array(128 * 64 * 3), 128, 64);
  await detector.close();
  return { info: detector.info, ...result };
}

type Output = TinyNetworkOptions['outputs'][number];
const output = (
  name: string,
  shape: TinyTensor['shape'],
  data: ArrayLike<number>,
  more: Partial<Output> = {},
): Output => ({ name, shape, data, ...more });

/** In the network's pixels, and the same in the picture, letterboxed and stretched. */
const corners = [24, 28, 40, 36];
const letterboxed = { xPx: 48, yPx: 24, widthPx: 32, heightPx: 16 };
const stretched = { xPx: 48, yPx: 28, widthPx: 32, heightPx: 8 };
const shares = corners.map((side) => side / 64);
const yxyx = ([x1, y1, x2, y2]: number[]) => [y1!, x1!, y2!, x2!];
const cone = { classes: ['blue cone', 'yellow cone'] };

/** 64x64 in strides 8, 16, 32, 64 with three classes and eight bins: the cell of stride 8 at (32, 32), a stride each way. */
function nanodetPlus(): Float32Array {
  const columns = 2 + 32;
  const head = Float32Array.from({ length: 85 * columns }, (_, i) => (i % columns < 2 ? 1e-4 : 0));
  const row = (4 * 8 + 4) * columns;
  head[row + 1] = 0.75;
  for (const [side, bin] of [1, 1, 1, 1].entries()) head[row + 2 + 8 * side + bin] = 50;
  return head;
}

const heads: { what: string; layout: string; network: TinyNetworkOptions; card?: ModelCard; box: object }[] = [
  {
    what: 'YOLOv10 or YOLO26',
    layout: 'nms-free',
    network: { outputs: [output('output0', [1, 2, 6], [...corners, 0.75, 1, ...corners, 0.1, 0])] },
    box: letterboxed,
  },
  {
    what: 'YOLOv10 in half precision, with a dynamic number of boxes',
    layout: 'nms-free',
    network: {
      outputs: [
        output('output0', ['batch', 'boxes', 6], [...corners, 0.75, 1], { type: 'float16', dataShape: [1, 1, 6] }),
      ],
    },
    box: letterboxed,
  },
  {
    what: "YOLOv7's end-to-end export",
    layout: 'end-to-end',
    network: {
      outputs: [output('output', ['boxes', 7], [0, ...corners, 1, 0.75, 1, ...corners, 1, 0.9], { dataShape: [2, 7] })],
    },
    box: letterboxed,
  },
  {
    what: 'EfficientNMS in plain operators',
    layout: 'tensorrt-nms',
    network: {
      outputs: [
        output('num_dets', [1, 1], [1], { type: 'int32' }),
        output('det_boxes', [1, 2, 4], [...corners, 0, 0, 64, 64]),
        output('det_scores', [1, 2], [0.75, 0.9]),
        output('det_classes', [1, 2], [1, 0], { type: 'int32' }),
      ],
    },
    box: letterboxed,
  },
  {
    what: "the model zoo's YOLOv3, told the picture's size",
    layout: 'model-zoo-yolov3',
    network: {
      inputs: [
        { name: 'input_1', shape: ['N', 3, 64, 64] },
        { name: 'image_shape', shape: ['N', 2] },
      ],
      outputs: [
        output('boxes', [1, 'n', 4], [0, 0, 1, 1, ...yxyx(corners)], { dataShape: [1, 2, 4] }),
        output('scores', [1, 2, 'n'], [0, 0, 0.5, 0.75], { dataShape: [1, 2, 2] }),
        output('indices', ['m', 3], [0, 1, 1], { dataShape: [1, 3], type: 'int32' }),
      ],
    },
    box: letterboxed,
  },
  {
    what: "jetson-inference's SSD-Mobilenet",
    layout: 'ssd',
    network: {
      inputs: [{ name: 'input_0', shape: [1, 3, 64, 64] }],
      outputs: [
        output('scores', [1, 2, 3], [0.9, 0.05, 0.05, 0.2, 0.05, 0.75]),
        output('boxes', [1, 2, 4], [0, 0, 1, 1, ...shares]),
      ],
    },
    box: stretched,
  },
  {
    what: "TensorFlow's SSD, levels in, floats for counts and classes",
    layout: 'ssd',
    network: {
      inputs: [{ name: 'image_tensor:0', shape: [1, 64, 64, 3], type: 'uint8' }],
      outputs: [
        output('detection_boxes:0', [1, 2, 4], [...yxyx(shares), 0, 0, 1, 1]),
        output('detection_classes:0', [1, 2], [2, 1]),
        output('detection_scores:0', [1, 2], [0.75, 0.9]),
        output('num_detections:0', [1], [1]),
      ],
    },
    box: stretched,
  },
  {
    what: "torchvision's SSD",
    layout: 'ssd',
    network: {
      outputs: [
        output('boxes', ['n', 4], corners, { dataShape: [1, 4] }),
        output('scores', ['n'], [0.75], { dataShape: [1] }),
        output('labels', ['n'], [2], { dataShape: [1], type: 'int64' }),
      ],
    },
    box: letterboxed,
  },
  {
    what: 'NanoDet-Plus',
    layout: 'nanodet',
    network: { outputs: [output('output', [1, 85, 34], nanodetPlus())] },
    box: { xPx: 48, yPx: 24, widthPx: 32, heightPx: 16 },
  },
];

describe('a detector', () => {
  it.each(heads)('runs $what', async ({ layout, network, box }) => {
    const { info, detections, warning } = await detect(network, cone);
    expect(info).toMatchObject({ layout, labels: cone.classes });
    expect(detections).toEqual([{ label: 'yellow cone', classId: 1, score: expect.closeTo(0.75, 3), box }]);
    expect(warning).toBeUndefined();
  });

  it('feeds a picture by itself where the network takes no batch, as torchvision exports', async () => {
    const network = heads.find(({ what }) => what.startsWith('torchvision'))!.network;
    for (const shape of [
      [3, 64, 64],
      [64, 64, 3],
    ]) {
      const { detections } = await detect({ ...network, inputs: [{ name: 'image', shape }] }, cone);
      expect(detections).toMatchObject([{ label: 'yellow cone', box: letterboxed }]);
    }
    await expect(open({ ...network, inputs: [{ name: 'image', shape: [3, 64] }] })).rejects.toThrow(
      /no single picture/,
    );
  });

  it("takes the model zoo's YOLOv3 at the size that it was trained at, where it leaves its sides open", async () => {
    const network = heads.find(({ layout }) => layout === 'model-zoo-yolov3')!.network;
    const [picture, imageShape] = network.inputs!;
    const open = { ...picture!, shape: ['N', 3, 'height', 'width'] };
    const { info } = await detect({ ...network, inputs: [open, imageShape!] }, cone);
    expect(info).toMatchObject({ inputWidthPx: 416, inputHeightPx: 416 });
    const { info: other } = await detect({ ...heads[0]!.network, inputs: [open] }, cone);
    expect(other).toMatchObject({ inputWidthPx: 640, inputHeightPx: 640 });
  });

  it.each(['float32', 'float16'] as const)(
    'tells boxes from nothing without labels, as DETR has it: %s',
    async (type) => {
      const sides = [0.5, 0.5, 0.25, 0.125];
      const network: TinyNetworkOptions = {
        inputs: [
          { name: 'pixel_values', shape: [1, 3, 64, 64] },
          { name: 'pixel_mask', shape: [1, 64, 64], type: 'int64' },
        ],
        outputs: [
          output('logits', [1, 3, 3], [-4, 3, 1, -4, -5, 6, -3, -4, 7], { type }),
          output('pred_boxes', [1, 3, 4], [...sides, ...sides, ...sides], { type }),
        ],
      };
      const { info, detections } = await detect(network);
      expect(info).toMatchObject({ layout: 'detr', labels: ['class 0', 'class 1'] });
      const score = Math.exp(3) / (Math.exp(-4) + Math.exp(3) + Math.E);
      expect(detections).toEqual([{ label: 'class 1', classId: 1, score: expect.closeTo(score, 3), box: stretched }]);
    },
  );

  it('leaves several labels of one box as the network chose them', async () => {
    const rows = [0, ...corners, 1, 0.75, 0, ...corners, 1, 0.5, 0, ...corners, 0, 0.6];
    const { detections } = await detect({ outputs: [output('output', [3, 7], rows)] }, cone);
    expect(detections.map(({ label, score }) => [label, score.toFixed(2)])).toEqual([
      ['yellow cone', '0.75'],
      ['blue cone', '0.60'],
      ['yellow cone', '0.50'],
    ]);
  });

  it('finds nothing, and nothing wrong with that, where a network answers with no rows', async () => {
    const none = output('output', ['boxes', 7], [], { dataShape: [0, 7] });
    const { info, detections, warning } = await detect({ outputs: [none] });
    expect(info.layout).toBe('end-to-end');
    expect(detections).toEqual([]);
    expect(warning).toBeUndefined();
  });

  it('names classes that nobody listed by their number', async () => {
    const network = { outputs: [output('output0', [1, 2, 6], [...corners, 0.75, 93, 0, 0, 64, 64, 0.5, 2])] };
    expect((await detect(network)).detections.map(({ label }) => label)).toEqual(['class 93', 'car']);
    expect((await detect(network, cone)).detections.map(({ label }) => label)).toEqual(['class 93', 'class 2']);
  });

  it("gives COCO's numbers their names where the background is class 0", async () => {
    const scores = Float32Array.from({ length: 91 }, (_, id) => (id === 13 ? 0.75 : 0.001));
    const { detections } = await detect({
      outputs: [output('scores', [1, 1, 91], scores), output('boxes', [1, 1, 4], shares)],
    });
    expect(detections).toMatchObject([{ label: 'stop sign', classId: 13 }]);
  });

  it('knows the background among the labels that a card lists', async () => {
    const network = heads.find(({ what }) => what.startsWith('torchvision'))!.network;
    const { detections } = await detect(network, { classes: ['__background__', 'blue cone', 'yellow cone'] });
    expect(detections).toMatchObject([{ label: 'yellow cone', classId: 2 }]);
  });

  it('believes the layout that a card names where shapes leave a doubt', async () => {
    const network = { outputs: [output('output', [1, 85, 34], nanodetPlus())] };
    await expect(open(network)).rejects.toThrow(/one of "yolov8", .*"nanodet", .*"yolox".*"layout"/);
    expect((await detect(network, { layout: 'nanodet' })).detections).toMatchObject([{ label: 'class 1' }]);
  });

  it('refuses seven numbers, which are no row of a box for sure', async () => {
    const network = { outputs: [output('logits', [1, 7], new Float32Array(7))] };
    await expect(open(network)).rejects.toThrow(/it gives a few numbers/);
  });
});

describe('boxes that end before they begin', () => {
  const network = (boxes: readonly (readonly number[])[]) => ({
    outputs: [
      output('num_detections', [1], [boxes.length], { type: 'int32' }),
      output('boxes', [1, boxes.length, 4], boxes.flat()),
      output(
        'confidence',
        [1, boxes.length],
        boxes.map(() => 0.75),
      ),
      output(
        'classes',
        [1, boxes.length],
        boxes.map(() => 0),
        { type: 'int64' },
      ),
    ],
  });
  const sized = [40, 28, 16, 8];

  it('are said to be no corners, also beside a few that may pass for such', async () => {
    const words = /3 end before they begin.*width and height.*export it with corners/s;
    expect(await detect(network([sized, sized, sized]))).toMatchObject({
      ...{ detections: [], warning: expect.stringMatching(words) },
    });
    expect((await detect(network([sized, sized, corners, sized]))).warning).toMatch(words);
  });

  it('are no doubt about the others where they are few', async () => {
    expect(await detect(network([sized, corners, corners, corners]))).not.toHaveProperty('warning');
  });
});
