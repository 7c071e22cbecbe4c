import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { blindConvolution, graphNetwork, networkNode } from '../testing/graph-network.ts';
import { graphTensor } from '../testing/graphs.ts';
import { networkSaver } from '../testing/save-networks.ts';
import type { TinyNetworkOptions } from '../testing/tiny-network.ts';
import { describeNetwork, type NetworkDescription } from './describe-network.ts';
import type { ModelCard } from './model/model-file.ts';

/** Networks that have the outputs of others and take their pictures, or mean their numbers, in another way. */
const folder = testFolder('neighbour-heads');
const save = networkSaver(folder);

const described = (network: TinyNetworkOptions, card?: ModelCard): Promise<NetworkDescription> =>
  describeNetwork(save(network, { card }));
const layoutOf = async (network: TinyNetworkOptions, card?: ModelCard) => (await described(network, card)).layout;

describe('boxes, scores and labels by Keras', () => {
  const named = (names: readonly [string, string, string]) => ({
    inputs: [{ name: 'input_1', shape: [1, 64, 64, 3] }],
    outputs: [
      { name: names[0], shape: [1, 2, 4], data: [4, 4, 20, 30, 0, 0, 0, 0] },
      { name: names[1], shape: [1, 2], data: [0.8, -1] },
      { name: names[2], shape: [1, 2], type: 'int32' as const, data: [3, -1] },
    ],
  });

  it("are keras-retinanet's by the layer they are called by: blue first, less Caffe's means, not stretched", async () => {
    const { layout, input, because } = await described(
      named(['filtered_detections', 'filtered_detections_1', 'filtered_detections_2']),
    );
    expect(layout).toBe('labelled-boxes');
    expect(because).toMatch(/keras-retinanet/);
    expect(input).toMatchObject({
      ...{ channels: 'bgr', fit: 'letterbox-top-left', order: 'nhwc' },
      ...{ mean: [123.68, 116.779, 103.939], deviation: [1, 1, 1] },
    });
  });

  it('are others by other names, and what a card says goes before all', async () => {
    expect((await described(named(['boxes', 'scores', 'labels']))).input).toMatchObject({ channels: 'rgb' });
    const card = { input: { channels: 'rgb', scale: '0-1' } } as const;
    const named3 = named(['filtered_detections', 'filtered_detections_1', 'filtered_detections_2']);
    expect((await described(named3, card)).input).toMatchObject({ channels: 'rgb', deviation: [255, 255, 255] });
  });

  it("are keras-retinanet's by the names of its parts, whatever its outputs are called", async () => {
    const { nodes, tensors } = blindConvolution('p3', 8, [1, 2, 3, 4]);
    const file = join(folder, 'parts.onnx');
    const part = graphTensor('retinanet/classification_submodel/pyramid_classification_0/kernel', [1], [1]);
    const constants = [graphTensor('b', [1, 1, 4], [4, 4, 20, 30]), graphTensor('s', [1, 1], [0.8]), part];
    writeFileSync(
      file,
      graphNetwork({
        nodes: [
          ...nodes,
          networkNode('Mul', ['b', part.name], 'boxes'),
          networkNode('Mul', ['s', part.name], 'scores'),
          networkNode('Cast', ['s'], 'labels', { to: 6 }),
        ],
        tensors: [...tensors, ...constants],
        outputs: [
          { name: 'boxes', shape: [1, 1, 4] },
          { name: 'scores', shape: [1, 1] },
          { name: 'labels', shape: [1, 1], type: 'int32' },
        ],
      }),
    );
    expect((await describeNetwork(file)).input).toMatchObject({ channels: 'bgr', mean: [123.68, 116.779, 103.939] });
  });
});

describe('a head of v8 whose four numbers are distances', () => {
  const cells = 84;
  const size = { inputs: [{ name: 'images', shape: [1, 3, 64, 64] }] };
  /** Distances of a cell, or a box that lies at it. */
  const head = (box: (cell: number) => readonly number[]) => ({
    ...size,
    outputs: [
      {
        name: 'output0',
        shape: [1, 7, cells],
        data: Array.from({ length: 7 * cells }, (_, at) =>
          at < 4 * cells ? box(at % cells)[Math.floor(at / cells)]! : 0.01,
        ),
      },
    ],
  });
  const distances = head((cell) => [2 + (cell % 3), 3, 1.6, 2]);
  const words = /four numbers.*no box.*DFL, in strides.*"layout": "yolov8"/s;

  it('is refused in words, unless its card names its layout', async () => {
    await expect(layoutOf(distances)).rejects.toThrow(words);
    expect(await layoutOf(distances, { layout: 'yolov8' })).toBe('yolov8');
  });

  it('is refused transposed, and with its scores apart', async () => {
    const transposed = (columns: number) =>
      Array.from({ length: cells * columns }, (_, at) => (at % columns < 4 ? 2 + (at % 3) : 0.01));
    await expect(
      layoutOf({ ...size, outputs: [{ name: 'output0', shape: [1, cells, 5], data: transposed(5) }] }),
    ).rejects.toThrow(words);
    const apart = (sides: (at: number) => number) => [
      { name: 'boxes', shape: [1, cells, 4], data: Array.from({ length: 4 * cells }, (_, at) => sides(at)) },
      { name: 'scores', shape: [1, cells, 3], data: new Float32Array(3 * cells).fill(0.01) },
    ];
    const alike = apart((at) => 2.5 + (at % 3) / 10);
    await expect(layoutOf({ ...size, outputs: alike })).rejects.toThrow(/no box.*"layout": "corner-grids"/s);
    const shares = apart((at) => {
      const cell = Math.floor(at / 4);
      return (at % 2 === 0 ? (cell % 8) / 8 : (Math.floor(cell / 8) % 8) / 8) + Math.floor((at % 4) / 2) / 10;
    });
    expect(await layoutOf({ ...size, outputs: shares }), 'in shares').toBe('corner-grids');
  });

  it.each([
    ['boxes in pixels', (cell: number) => [4 + 8 * (cell % 8), 4 + 8 * Math.floor(cell / 8), 9, 7]],
    ['boxes in shares', (cell: number) => [(cell % 8) / 8, Math.floor(cell / 8) / 11, 0.1, 0.2]],
    ['nothing', () => [0, 0, 0, 0]],
    [
      'small boxes in pixels, of which no graph shows that they are distances',
      (cell: number) => [20 + 3 * (cell % 3), 31, 16, 40],
    ],
    ['small shares, as well', (cell: number) => [0.2 + (cell % 3) / 10, 0.3, 0.6, 0.2]],
    ['a box for some of the cells', (cell: number) => (cell % 9 === 0 ? [2 + (cell % 3), 3, 1.6, 2] : [0, 0, 0, 0])],
    ['the same box for all', () => [2, 3, 1.6, 2]],
  ])('is read where they are %s', async (_, box) => {
    expect(await layoutOf(head(box))).toBe('yolov8');
  });
});

describe('a grid of stride 32 with five anchors', () => {
  const network = (classes: number) => ({
    inputs: [{ name: 'images', shape: [1, 3, 64, 64] }],
    outputs: [
      { name: 'grid', shape: [1, 5 * (5 + classes), 2, 2], data: new Float32Array(20 * (5 + classes)).fill(-4) },
    ],
  });

  it('asks for the anchors of a YOLOv2 of its own classes by the name of the field', async () => {
    await expect(layoutOf(network(3))).rejects.toThrow(
      /YOLOv2 of 3 classes.*"anchors": \[\[width, height.*ten numbers/s,
    );
    const anchors = [[10, 20, 20, 10, 30, 30, 40, 20, 50, 60]];
    expect(await layoutOf(network(3), { anchors })).toBe('yolov2');
  });
});

describe('three outputs a stride of a network of one class', () => {
  /** Objectness or score, box, score or centre-ness: their order does not tell. */
  const heads = (first: number, last: number, names: readonly string[]) =>
    [8, 4, 2].flatMap((side) =>
      [1, 4, 1].map((channels, at) => ({
        name: `${names[at]}${side}`,
        shape: [1, channels, side, side],
        data: new Float32Array(channels * side * side).fill([first, -0.5, last][at]!),
      })),
    );
  const network = (first: number, last: number, names = ['a', 'b', 'c']) => ({
    inputs: [{ name: 'images', shape: [1, 3, 64, 64] }],
    outputs: heads(first, last, names),
  });
  const words = /as those of FCOS and ATSS do.*"layout": "yolox-raw-heads"/s;

  it("may have a centre-ness as well as a YOLOX's score, and is refused in words", async () => {
    await expect(layoutOf(network(-5, -0.3))).rejects.toThrow(words);
    await expect(layoutOf(network(-0.3, -5))).rejects.toThrow(words);
    await expect(layoutOf(network(0.01, 0.4))).rejects.toThrow(words);
  });

  it.each([
    ['neither says that something may be there', network(-5, -6), undefined],
    ['a name says objectness', network(-5, -0.3, ['obj_', 'reg_', 'cls_']), undefined],
    ['its card names the layout', network(-5, -0.3), { layout: 'yolox-raw-heads' as const }],
  ])("is a YOLOX's where %s", async (_, outputs, card) => {
    expect(await layoutOf(outputs, card)).toBe('yolox-raw-heads');
  });
});

describe('boxes, labels and scores behind a division by 255', () => {
  const listed = (means: readonly number[], scale: number) => {
    const { nodes, tensors } = blindConvolution('features', 8, [1]);
    const [first] = nodes;
    const kernel = graphTensor('features kernel', [1, 3, 8, 8], new Array<number>(192).fill(0.5));
    const file = join(folder, `listed-${means[0]}.onnx`);
    writeFileSync(
      file,
      graphNetwork({
        nodes: [
          networkNode('Mul', ['images', 'scale'], 'unit'),
          networkNode('Sub', ['unit', 'means'], 'centred'),
          networkNode('Squeeze', ['centred', 'axis'], 'one'),
          networkNode('Unsqueeze', ['one', 'axis'], 'batch'),
          { ...first!, inputs: ['batch', ...first!.inputs.slice(1)] },
          networkNode('Mul', ['b', 'k'], 'boxes'),
          networkNode('Mul', ['s', 'k'], 'scores'),
          networkNode('Cast', ['s'], 'labels', { to: 7 }),
        ],
        tensors: [
          ...tensors.filter(({ name }) => name !== kernel.name),
          ...[kernel, graphTensor('scale', [1], [scale]), graphTensor('means', [3, 1, 1], means)],
          ...[graphTensor('axis', [1], [0], 7), graphTensor('k', [1], [1])],
          ...[graphTensor('b', [1, 4], [1, 2, 30, 40]), graphTensor('s', [1], [0.5])],
        ],
        outputs: [
          { name: 'boxes', shape: [1, 4] },
          { name: 'scores', shape: [1] },
          { name: 'labels', shape: [1], type: 'int64' },
        ],
      }),
    );
    return describeNetwork(file);
  };

  it("are torchvision's where red's mean is taken off first: levels, counted from 1", async () => {
    const { because, input } = await listed([0.48235, 0.45882, 0.40784], 1 / 255);
    expect(because).toMatch(/torchvision.*counted from 1/s);
    expect(input).toMatchObject({ channels: 'rgb', deviation: [1, 1, 1] });
  });

  it("are Detectron2's where blue's is", async () => {
    const { because, input } = await listed([103.53, 116.28, 123.675], 0.01);
    expect(because).toMatch(/Detectron2/);
    expect(input).toMatchObject({ channels: 'bgr', deviation: [1, 1, 1] });
  });
});

describe('rows of six that begin with class and score', () => {
  const rows = (row: readonly number[], boxes = 50) => ({
    inputs: [{ name: 'images', shape: [1, 3, 64, 64] }],
    outputs: [
      {
        name: 'predictions',
        shape: [1, boxes, 6],
        data: Array.from({ length: 6 * boxes }, (_, at) => row[at] ?? 0),
      },
    ],
  });

  it.each([
    ['pixels', [1, 0.012, 4.5, 5.5, 30.25, 40.75]],
    ['shares', [1, 0.012, 0.1, 0.2, 0.5, 0.6]],
  ])('are refused in words, with boxes in %s', async (_, row) => {
    await expect(layoutOf(rows(row))).rejects.toThrow(/begin with a class and a score.*"input"/s);
  });

  it.each([
    ['box, score and class', [0, 0.5, 0.9, 0.95, 0.97, 3]],
    ['box, class and score', [1, 0.5, 20, 30, 2, 0.75]],
    ['nothing', []],
  ])('are others where they are of %s', async (_, row) => {
    expect(await layoutOf(rows(row))).toBe('nms-free');
  });
});
