import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { found, headOf, recognised } from '../testing/decoder-checks.ts';
import { graphNetwork, networkNode } from '../testing/graph-network.ts';
import { graphTensor, graphNode as node, scalar, weightsOf } from '../testing/graphs.ts';
import { networkSaver } from '../testing/save-networks.ts';
import type { TinyNetworkOptions } from '../testing/tiny-network.ts';
import type { NetworkHints } from './decode/decoder.ts';
import { nmsFree } from './decode/nms-free.ts';
import { ssd } from './decode/ssd.ts';
import { yolov5 } from './decode/yolov5.ts';
import { yoloxRawHeads } from './decode/yolox-raw-heads.ts';
import { describeNetwork } from './describe-network.ts';
import { createDetector } from './detector.ts';
import { firstClassOf } from './model/class-offset.ts';
import type { ModelCard } from './model/model-file.ts';
import { Constants } from './model/onnx-constants.ts';
import { type GraphNode, readNode } from './model/onnx-graph.ts';
import { outputOperators } from './model/output-operators.ts';
import { bytesField, joined, numberField, textField } from './model/protobuf-writer.ts';
import { imageNetScale, ultralyticsInput } from './preprocess/input-format.ts';

/** Heads that have the shapes of others: each is read as what it is, or refused or announced in words. */
const folder = testFolder('lookalike-heads');

const save = networkSaver(folder);

async function layoutOf(network: TinyNetworkOptions, card?: ModelCard): Promise<string> {
  const modelFile = save(network, { card });
  const detector = await createDetector({ modelFile, scoreThreshold: 0.25, iouThreshold: 0.5, threads: 1 });
  await detector.close();
  return detector.info.layout;
}

const numbers = weightsOf([
  ...[scalar('one', 1), scalar('two', 2), scalar('minus-one', -1)],
  ...[graphTensor('list', [3], [1, 2, 4]), graphTensor('list-from-0', [3], [0, 1, 2])],
]);

/** A `Constant` "one" whose number stands in an attribute of this name. */
function listed(attribute: string, number: Uint8Array | readonly number[]): GraphNode {
  const value = joined(textField(1, attribute), number);
  return readNode(joined(textField(2, 'one'), textField(4, 'Constant'), bytesField(5, value)));
}

function filledWith(value: number): GraphNode {
  return { ...node('ConstantOfShape', ['rows'], 'one'), tensors: [graphTensor('', [1], [value]).bytes] };
}

describe('rows of six of a network that chooses its boxes', () => {
  const shape = [1, 100, 6];
  const rows = Float32Array.from({ length: 600 }, (_, at) => [8, 4, 24, 20, 0.75, 2][at % 6]! * (at < 6 ? 1 : 0));
  const read = (hints: Parameters<typeof headOf>[1]) => {
    const decoder = recognised(nmsFree.recognise(headOf([shape], hints)));
    return { decoder, classIds: found(decoder, [rows], 0.25).map(({ classId }) => classId) };
  };

  it('says what its classes are counted from, and what the card can say, where nothing tells', () => {
    const { decoder, classIds } = read({});
    expect(classIds).toEqual([2]);
    expect(decoder.because).toMatch(/counted from 0.*EfficientDet.*card.*"classes".*"background"/);
  });

  it('takes the pictures as EfficientDet does where its graph adds 1, but those of Ultralytics as ever', () => {
    const counted = { firstClass: 1 as const };
    expect(read({ hints: counted }).decoder.conventions.fit).toBe('letterbox-top-left');
    const ofUltralytics = read({ hints: { ...counted, task: 'detect' as const, statedClasses: 2 } });
    expect(ofUltralytics).toMatchObject({ decoder: { conventions: ultralyticsInput }, classIds: [1] });
  });

  it('is believed in what its metadata say, whatever boxes it makes of an empty picture', () => {
    const crossed = Float32Array.from({ length: 600 }, (_, at) => [24, 20, 8, 4, 0.001, 2][at % 6]!);
    const head = (hints: Partial<NetworkHints>) => ({ ...headOf([shape], { hints }), firstRun: [crossed] });
    expect(nmsFree.recognise(head({ task: 'detect', metadata: { end2end: 'True' } }))?.layout).toBe('nms-free');
    expect(nmsFree.recognise(head({}))).toBeUndefined();
  });

  it('counts them from 1 where the graph adds 1 to them, as EfficientDet does', () => {
    const counted = { firstClass: 1 as const };
    const unnamed = read({ hints: counted });
    expect(unnamed.classIds, "COCO's own numbers").toEqual([2]);
    expect(unnamed.decoder).toMatchObject({ classCount: 91, because: expect.stringMatching(/counted from 1/) });
    const weighed = read({ hints: { ...counted, boxHead: { classCount: 3, background: 'first' } } });
    expect(weighed, 'as its weights say').toMatchObject({ classIds: [1], decoder: { classCount: 3 } });
    expect(read({ hints: { ...counted, statedClasses: 2 } }).classIds).toEqual([1]);
    expect(read({ hints: { ...counted, statedClasses: 3, statedBackground: true } }).classIds).toEqual([2]);
    expect(read({ hints: { statedClasses: 3 } }).classIds).toEqual([2]);
  });

  it.each([
    ['added before its rows are joined', [node('Add', ['id', 'one'], 'c')], 1],
    ['and made a float', [node('Add', ['one', 'id'], 'd'), node('Cast', ['d'], 'c')], 1],
    ['the first of a list', [node('Gather', ['list', 'id'], 'c')], 1],
    ['added to something else', [node('Add', ['id', 'two'], 'c')], undefined],
    ['not added', [node('Mod', ['id', 'one'], 'c')], 0],
    ['not among what is looked up', [node('Gather', ['list-from-0', 'id'], 'c')], 0],
    ['nowhere', [node('Relu', ['id'], 'c')], undefined],
    ['in a circle', [node('Cast', ['c'], 'c')], undefined],
  ])('shows it by its graph: 1 is %s', (_, classes, first) => {
    const joined = [
      node('Concat', ['boxes', 'scores', 'c'], 'rows'),
      node('Concat', ['rows', 'zeros'], 'full'),
      node('Unsqueeze', ['full', 'axes'], 'one-picture'),
      node('Concat', ['one-picture'], 'out'),
    ];
    const nodes = [...classes, ...joined];
    expect(firstClassOf(nodes, new Constants(nodes, numbers), 'out')).toBe(first);
  });

  /** Rows of boxes with these classes, as a network answers to an empty picture. */
  const readShown = (classes: readonly number[], hints: Partial<NetworkHints> = {}) => {
    const shown = Float32Array.from({ length: 600 }, (_, at) => {
      const classId = classes[Math.floor(at / 6)];
      return classId === undefined ? 0 : [8, 4, 24, 20, 0.01, classId][at % 6]!;
    });
    const head = headOf([shape], { hints });
    const decoder = recognised(nmsFree.recognise({ ...head, firstRun: [shown] }));
    return { decoder, classIds: found(decoder, [rows], 0.25).map(({ classId }) => classId) };
  };

  it('counts them from what the first run shows', () => {
    expect(readShown([3, 0]).decoder.because).toMatch(/counted from 0, as it said class 0 of an empty picture$/);
    expect(readShown([3, 1], { statedClasses: 3 }).classIds).toEqual([1]);
    expect(readShown([3, 1], { statedClasses: 3 }).decoder.because).toMatch(/counted from 1, as it said class 3/);
    expect(readShown([3, 0], { statedClasses: 3 }).classIds).toEqual([2]);
    expect(readShown([85]).decoder).toMatchObject({ classCount: 91 });
    for (const classes of [[], [1, 2], [95]]) expect(readShown(classes).decoder.because).toMatch(/"background"$/);
    expect(() => readShown([0.5]), 'that is no class').toThrow('not recognised');
  });

  it('counts them from 1 where its parts are named as those of EfficientDet are, whose pictures it then takes', async () => {
    const saveWith = (part: string) => {
      const modelFile = join(folder, `${part}.onnx`);
      const kernel = graphTensor(`model.${part}.predict.conv_pw.weight`, [1], [1]);
      const tensors = [graphTensor('rows', shape, [...rows]), kernel];
      const output = { name: 'out', shape };
      writeFileSync(
        modelFile,
        graphNetwork({ nodes: [networkNode('Mul', ['rows', kernel.name], 'out')], tensors, outputs: [output] }),
      );
      return modelFile;
    };
    const efficientDet = await describeNetwork(saveWith('class_net'));
    expect(efficientDet).toMatchObject({
      layout: 'nms-free',
      because: expect.stringMatching(/counted from 1, as EfficientDet does/),
      input: { fit: 'letterbox-top-left', mean: imageNetScale.mean },
    });
    expect(efficientDet.labels[2]).toBe('bicycle');
    const other = await describeNetwork(saveWith('head'));
    expect(other).toMatchObject({ because: expect.stringMatching(/"background"$/), input: { fit: 'letterbox' } });
    expect(other.labels[2]).toBe('car');
  });

  it.each([
    ['the labels begin with the background', { statedClasses: 3, statedBackground: true, isEfficientDet: true }],
    ['the graph makes them so', { firstClass: 0 as const, isEfficientDet: true }],
    ['Ultralytics made it', { metadata: { end2end: 'True' } }],
  ])('counts them from 0, without a doubt, where %s', (_, hints) => {
    const { decoder, classIds } = read({ hints });
    expect(classIds).toEqual([2]);
    expect(decoder.because).toMatch(/counted from 0(, the background|, as its graph makes them)?$/);
  });

  it.each([
    ['a whole number of 32 bits', scalar('one', 1, 6), []],
    ['one of double precision, made another type', scalar('1', 1, 11), [node('Cast', ['1'], 'one')]],
    ['in a shape of its own', scalar('1', 1, 6), [node('Unsqueeze', ['1', 'axes'], 'one')]],
    ['one for each row', graphTensor('one', [1, 3, 1], [1, 1, 1]), []],
    ['listed in a node', scalar('unused', 0), [listed('value_int', numberField(3, 1))]],
    ['a float that is listed in a node', scalar('unused', 0), [listed('value_float', [0x15, 0, 0, 0x80, 0x3f])]],
    ['what a node fills with', scalar('unused', 0), [filledWith(1)]],
  ])('reads the 1 where it is %s', (_, tensor, makers) => {
    const nodes = [...makers, node('Add', ['id', 'one'], 'c'), node('Concat', ['boxes', 'scores', 'c'], 'out')];
    const constants = new Constants(nodes, weightsOf([tensor]));
    expect(firstClassOf(nodes, constants, 'out')).toBe(1);
  });

  it.each([
    ['the class is joined to box and score in one', [node('Concat', ['boxes-scores', 'c'], 'out')], 1],
    ['-1 is taken off', [node('Sub', ['id', 'minus-one'], 'c'), node('Concat', ['b', 's', 'c'], 'out')], 1],
    ['it is written into rows', [node('ScatterND', ['rows', 'places', 'c'], 'out')], 1],
    ['rows are joined to others', [node('Concat', ['rows', 'c-less'], 'out')], undefined],
    ['1 is added to something that is no class', [node('Concat', ['c', 'scores', 'id'], 'out')], undefined],
  ])('follows the class where %s', (_, joined, first) => {
    const nodes = [...(joined.length > 1 ? [] : [node('Add', ['id', 'one'], 'c')]), ...joined];
    expect(firstClassOf(nodes, new Constants(nodes, numbers), 'out')).toBe(first);
  });

  it('ends in a graph of any length', () => {
    const chain = Array.from({ length: 50_000 }, (_, at) => node('Concat', [String(at), String(at)], String(at + 1)));
    expect(firstClassOf(chain, new Constants(chain, numbers), '50000')).toBeUndefined();
    const written = chain.map(({ inputs, outputs }) => node('ScatterND', [...inputs, inputs[0]!], outputs[0]!));
    expect(firstClassOf(written, new Constants(written, numbers), '50000')).toBeUndefined();
  });
});

describe('a head of YOLOv5 with more than 180 numbers behind its objectness', () => {
  const [boxes, columns] = [252, 5 + 15 + 180];
  const outputs = [{ name: 'output', shape: [1, boxes, columns], data: new Float32Array(boxes * columns).fill(0.01) }];

  it('is refused in words where no labels say that all are classes: yolov5-obb has an angle there', async () => {
    const why = /195 numbers.*oriented boxes \(yolov5-obb\).*180.*card: "classes"/s;
    await expect(layoutOf({ outputs })).rejects.toThrow(why);
    const labels = Array.from({ length: 15 }, (_, at) => `thing ${at}`);
    await expect(layoutOf({ outputs }, { classes: labels })).rejects.toThrow(why);
    const plain = Array.from({ length: 195 }, (_, at) => `thing ${at}`);
    expect(await layoutOf({ outputs }, { classes: plain })).toBe('yolov5');
    expect(await layoutOf({ outputs }, { layout: 'yolov5' })).toBe('yolov5');
  });

  it('has up to 180 classes without a doubt', () => {
    expect(yolov5.recognise(headOf([[1, 126, 185]]))?.classCount).toBe(180);
    expect(yolov5.recognise(headOf([[1, 126, 186]]))).toBeUndefined();
  });
});

describe('boxes, classes and scores', () => {
  const outputs = (numbers: string) => [
    { name: 'boxes', shape: [1, 4] },
    { name: numbers, shape: [1], type: 'int64' },
    { name: 'scores', shape: [1] },
  ];
  const values = [[8, 4, 24, 20], [0.75], [2]].map((each) => Float32Array.from(each));
  const read = (numbers: string, statedClasses?: number) => {
    const decoder = recognised(ssd.recognise(headOf(outputs(numbers), { hints: { statedClasses } })));
    return { decoder, classId: found(decoder, values, 0.25)[0]?.classId };
  };

  it("are Detectron2's by its own name for its classes: COCO's 80, counted from 0", () => {
    const { decoder, classId } = read('pred_classes');
    expect(classId).toBe(2);
    expect(decoder).toMatchObject({
      classCount: 80,
      conventions: { channels: 'bgr', deviation: [1, 1, 1] },
      because: expect.stringMatching(/Detectron2.*counted from 0.*"background"/),
    });
    expect(read('pred_classes', 3).classId).toBe(2);
  });

  it.each(['labels', 'classes', 'class_ids'])("are torchvision's by any other, as %s: 91 numbers from 1", (name) => {
    expect(read(name).decoder).toMatchObject({ classCount: 91, conventions: { channels: 'rgb' } });
    expect(read(name, 3).classId).toBe(1);
  });
});

describe('three outputs a stride, of four numbers, one, and a score a class', () => {
  /** 64x64 in strides 8, 16, 32. */
  const heads = (box: number, names: readonly string[] = ['a', 'b', 'c'], middle = -5) =>
    [8, 4, 2].flatMap((side) =>
      [3, 4, 1].map((channels, at) => ({
        name: `${names[at]}${side}`,
        shape: [1, channels, side, side],
        data: new Float32Array(channels * side * side).fill([-5, box, middle][at]!),
      })),
    );
  const words = /as those of FCOS and ATSS do: distances.*"layout": "yolox-raw-heads"/s;

  it('are refused in words as distances where no number is below 0, or a name says centre-ness', async () => {
    await expect(layoutOf({ outputs: heads(1.5) })).rejects.toThrow(words);
    const named = heads(-0.5, ['cls', 'reg', 'centerness']);
    await expect(layoutOf({ outputs: named })).rejects.toThrow(words);
    expect(await layoutOf({ outputs: heads(-0.5) })).toBe('yolox-raw-heads');
    expect(await layoutOf({ outputs: heads(0) })).toBe('yolox-raw-heads');
    expect(await layoutOf({ outputs: heads(1.5) }, { layout: 'yolox-raw-heads' })).toBe('yolox-raw-heads');
  });

  it('are refused where the one number says of most cells that something may be there, with its sigmoid or not', async () => {
    for (const middle of [0.2, -0.5, -2]) {
      await expect(layoutOf({ outputs: heads(-0.5, undefined, middle) })).rejects.toThrow(words);
    }
    const activated = heads(-0.5, undefined, 0.4).map((each) => ({
      ...each,
      data: each.data.map((x) => (x === -5 ? 0.01 : x)),
    }));
    await expect(layoutOf({ outputs: activated })).rejects.toThrow(words);
    expect(await layoutOf({ outputs: heads(-0.5, undefined, -2.5) })).toBe('yolox-raw-heads');
    expect(await layoutOf({ outputs: heads(-0.5, undefined, 0.01) })).toBe('yolox-raw-heads');
  });

  it.each([
    ['Conv', true],
    ['Exp', false],
    ['Relu', false],
    ['Mul', false],
  ])('are told by what makes their boxes: %s', (operator, isYolox) => {
    const shapes = [8, 4, 2].flatMap((across) => [3, 4, 1].map((channels) => [1, channels, across / 2, across]));
    const boxes = ['output1', 'output4', 'output7'];
    const operators = outputOperators(
      boxes.flatMap((name) => [node(operator, ['x'], `${name}-made`), node('Transpose', [`${name}-made`], name)]),
      new Constants([], weightsOf([])),
      boxes,
    );
    expect([...operators]).toEqual(boxes.map((name) => [name, operator]));
    const head = headOf(shapes, { hints: { outputOperators: operators } });
    expect(yoloxRawHeads.recognise(head) !== undefined).toBe(isYolox);
  });
});
