import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDetector } from '../perception/detector/detector.ts';
import { cocoLabelsByNumber } from '../perception/detector/model/coco-labels.ts';
import { addNetwork } from './models-add.ts';
import { showNetwork } from './models-info.ts';
import { keypointShape } from './options.ts';
import { listen, named, networkBench } from './testing/network-bench.ts';

const { folder, save } = networkBench('models-add');

describe('models add', () => {
  const cardOf = (name: string) => JSON.parse(readFileSync(join(folder(), `${name}.json`), 'utf8'));

  it('copies the network with a card that says everything of it', async () => {
    const file = save('my-cones');
    const { said, output } = listen();
    const options = { classes: ['blue', 'yellow'], channels: 'bgr', licence: 'MIT', source: 'mine' } as const;
    await addNetwork(file, options, output, folder());
    expect(readdirSync(folder()).sort()).toEqual(['my-cones.json', 'my-cones.onnx']);
    expect(cardOf('my-cones')).toEqual({
      ...{ name: 'my-cones', licence: 'MIT', source: 'mine', layout: 'yolov8', classes: ['blue', 'yellow'] },
      input: {
        ...{ widthPx: 64, heightPx: 64, channels: 'bgr', scale: '0-1', fit: 'letterbox', letterboxValue: 114 },
      },
      sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
    });
    expect(said.out).toMatch(/bgr \(card\).*run --model my-cones\n/s);
    expect(said.out).toContain(`("classes" in ${join(folder(), 'my-cones.json')})`);
    expect(said.out).not.toContain('staging');
  });

  it('takes over a card that lies beside it, and what is asked for goes before that', async () => {
    const file = save('carded');
    writeFileSync(
      file.replace('.onnx', '.json'),
      JSON.stringify({
        classes: ['a', 'b'],
        input: { mean: [1, 2, 3], deviation: [4, 5, 6], fit: 'stretch' },
        by: 'x',
      }),
    );
    await addNetwork(file, { name: 'as-it-was' }, listen().output, folder());
    expect(cardOf('as-it-was')).toMatchObject({ by: 'x', input: { mean: [1, 2, 3], fit: 'stretch' } });
    await addNetwork(file, { name: 'changed', scale: '0-255', padding: 0 }, listen().output, folder());
    expect(cardOf('changed').input).toEqual({
      ...{ widthPx: 64, heightPx: 64, channels: 'rgb', scale: '0-255', fit: 'stretch', letterboxValue: 0 },
    });
  });

  it('writes labels that mean the same when they are read again, where they are counted from 1', async () => {
    const listed = {
      outputs: [
        { name: 'boxes', shape: [1, 4], data: [8, 4, 24, 20] },
        { name: 'labels', shape: [1], type: 'int64' as const, data: [1] },
        { name: 'scores', shape: [1], data: [0.75] },
      ],
    };
    const labelOf = async (modelFile: string) => {
      const detector = await createDetector({ modelFile, scoreThreshold: 0.25, iouThreshold: 0.5, threads: 1 });
      const { detections } = await detector.detect(new Uint8Array(64 * 64 * 3), 64, 64);
      await detector.close();
      return detections[0]?.label;
    };
    const file = save('unlabelled', listed);
    expect(await labelOf(file)).toBe('person');
    await addNetwork(file, {}, listen().output, folder());
    expect(await labelOf(join(folder(), 'unlabelled.onnx'))).toBe('person');
    const classes = cocoLabelsByNumber.map((label) => label.replace('background', 'class 0'));
    writeFileSync(join(folder(), 'unlabelled.json'), JSON.stringify({ classes }));
    expect(await labelOf(join(folder(), 'unlabelled.onnx')), 'a card of before').toBe('person');
  });

  it('writes what classes are counted from, where it is asked for', async () => {
    await addNetwork(save('from-1'), { classes: ['a', 'b'], firstClass: 1 }, listen().output, folder());
    expect(cardOf('from-1')).toMatchObject({ classes: ['a', 'b'], firstClass: 1 });
  });

  it('writes how many points a pose has, where it is asked for', async () => {
    const pose = { outputs: [{ name: 'output0', shape: [1, 11, 84], data: new Float32Array(11 * 84).fill(0.01) }] };
    await addNetwork(save('gates-pose', pose), { keypoints: [3, 2] }, listen().output, folder());
    expect(cardOf('gates-pose')).toMatchObject({ layout: 'yolov8-pose', keypoints: [3, 2], classes: ['class 0'] });
    expect(() => keypointShape('3')).toThrow(/2 or 3, such as "17,3"/);
    for (const text of ['0,3', '4,4', '-4,2', '4,2,1', '']) expect(() => keypointShape(text), text).toThrow();
    expect(keypointShape('4, 2')).toEqual([4, 2]);
  });

  it('takes labels that are asked for instead of those in the network, and says so', async () => {
    const { said, output } = listen();
    await addNetwork(save('renamed', named), { classes: ['stop', 'pylon'] }, output, folder());
    expect(cardOf('renamed').classes).toEqual(['stop', 'pylon']);
    const file = join(folder(), 'renamed.onnx');
    const where = `("classes" in ${join(folder(), 'renamed.json')}, instead of "names" in the metadata of ${file})`;
    expect(said.out).toContain(`2: stop, pylon ${where}\n`);
    const shown = listen();
    await showNetwork(file, {}, shown.output);
    expect(shown.said.out).toContain(where);
  });

  it('takes a layout that is named as the network has it, though only its numbers tell it from another', async () => {
    // 18 channels are a box and 13 classes, or three anchors of one class each.
    const outputs = [8, 4, 2].map((side, index) => {
      const data = Float32Array.from({ length: 18 * side * side }, (_, at) => (at < 4 * side * side ? 0 : -6));
      return { name: `grid${index}`, shape: [1, 18, side, side], data };
    });
    const { said, output } = listen();
    const file = save('grids', { outputs });
    await addNetwork(file, { layout: 'yolox-raw-heads' }, output, folder());
    expect(cardOf('grids')).toMatchObject({ layout: 'yolox-raw-heads', classes: { length: 13 } });
    expect(said.out).not.toMatch(/without that it would be taken/);
    await expect(addNetwork(file, { layout: 'yolo-raw-heads', name: 'x' }, output, folder())).rejects.toThrow(
      /layout yolox-raw-heads with 13 classes .*it would have 1\./,
    );
  });

  it('counts a single class in the singular', async () => {
    // Of one class, YOLOX's columns are six as v8's of two are; its score is not low where there is nothing.
    const data = Float32Array.from({ length: 504 }, (_, at) => [0.5, 0.5, 1, 1, 0.01, 0.5][at % 6]!);
    const file = save('single', { outputs: [{ name: 'output0', shape: [1, 84, 6], data }] });
    await expect(addNetwork(file, { layout: 'yolov8' }, listen().output, folder())).rejects.toThrow(
      /recognised as layout \S+ with 1 class \(/,
    );
  });

  it('believes a layout that is named with its classes, and notes what it would be taken for', async () => {
    const outputs = [{ name: 'output', shape: [1, 189, 85], data: new Float32Array(189 * 85) }];
    const inputs = [{ name: 'images', shape: [1, 3, 96, 96] }];
    const file = save('unusual', { inputs, outputs });
    const classes = Array.from({ length: 81 }, (_, at) => `kind ${at}`);
    await addNetwork(file, { layout: 'yolov8', classes }, listen().output, folder());
    expect(cardOf('unusual')).toMatchObject({ layout: 'yolov8', classes });
    const { said, output } = listen();
    await addNetwork(file, { layout: 'yolov6', name: 'other' }, output, folder());
    expect(said.out).toMatch(/warning +its card names layout yolov6; without that it would be taken for yolox/);
  });

  it('replaces a network only when told so', async () => {
    await addNetwork(save('twice'), {}, listen().output, folder());
    const other = save('twice', named);
    await expect(addNetwork(other, {}, listen().output, folder())).rejects.toThrow(
      /twice\.onnx is there already.*--force/,
    );
    expect(cardOf('twice').classes).toEqual(['class 0', 'class 1']);
    await addNetwork(other, { force: true }, listen().output, folder());
    expect(cardOf('twice').classes).toEqual(['stop sign', 'cone']);
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    [
      'no detector',
      () =>
        addNetwork(
          save('cls', { outputs: [{ name: 'x', shape: [1, 9], data: new Float32Array(9) }] }),
          {},
          listen().output,
          folder(),
        ),
      /cls\.onnx/,
    ],
    [
      'the wrong number of classes',
      () => addNetwork(save('few'), { classes: ['a'] }, listen().output, folder()),
      /few\.onnx has 2 classes, but --classes lists 1 label.* in --classes, in the network's own order/,
    ],
    [
      'another layout than it has',
      () => addNetwork(save('layout'), { layout: 'yolov5' }, listen().output, folder()),
      /layout\.onnx fits no layout.*says yolov5/s,
    ],
    [
      'a layout that makes other classes of its numbers',
      () => {
        const outputs = [{ name: 'output', shape: [1, 189, 85], data: new Float32Array(189 * 85) }];
        const inputs = [{ name: 'images', shape: [1, 3, 96, 96] }];
        return addNetwork(save('yolox', { inputs, outputs }), { layout: 'yolov8' }, listen().output, folder());
      },
      /yolox\.onnx is recognised as layout yolox with 80 classes .*; as yolov8.* it would have 81.*--classes/,
    ],
    ['a name that is none', () => addNetwork(save('a b'), {}, listen().output, folder()), /"a b" cannot name/],
  ])('refuses a network of %s and leaves nothing behind', async (_, add, text) => {
    const refused = add();
    await expect(refused).rejects.toThrow(text);
    await expect(refused).rejects.not.toThrow(/staging/);
    expect(readdirSync(folder())).toEqual([]);
  });
});
