import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { conesAndGates, networkSaver } from '../testing/save-networks.ts';
import { type TinyNetworkOptions, yolov8Head } from '../testing/tiny-network.ts';
import { describeNetwork } from './describe-network.ts';
import { createDetector } from './detector.ts';
import { loadNetwork } from './loaded-network.ts';
import { foldPreprocessing } from './model/fold-preprocessing.ts';
import { checkDrivable } from './model/layout.ts';
import { readModelFile } from './model/model-file.ts';
import { createFastPreprocessor } from './preprocess/fast-preprocess.ts';
import { firstOfBatch, firstShapes } from './runtime/first-of-batch.ts';
import { loadNodeRuntime } from './runtime/node-runtime.ts';

const folder = testFolder('batch');
const save = networkSaver(folder, conesAndGates);

const pictures = 3;
const cells = 84;
const head = (centreX: number, classId: number) =>
  yolov8Head(2, cells, [{ centreX, centreY: 32, width: 16, height: 8, classId, score: 0.75 }]);
/** Each picture of the batch has another object. */
const heads = [head(32, 1), head(16, 0), head(48, 0)].flatMap((each) => [...each]);
const inputs = [{ name: 'images', shape: [pictures, 3, 64, 64] }];
const inPixels = { score: 0.75, box: { xPx: 24, yPx: 28, widthPx: 16, heightPx: 8 } };

const detectorOptions = { scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1 };

async function look(options: TinyNetworkOptions) {
  const detector = await createDetector({ ...detectorOptions, modelFile: save(options) });
  try {
    return (await detector.detect(new Uint8Array(64 * 64 * 3), 64, 64)).detections;
  } finally {
    await detector.close();
  }
}

describe('a network for several pictures at once', () => {
  it.each(['float32', 'float16'] as const)('finds what is in the first one, outputs of %s', async (type) => {
    const output = { name: 'output0', shape: [pictures, 6, cells], data: heads, type };
    expect(await look({ inputs, outputs: [output] })).toMatchObject([{ label: 'gate', ...inPixels }]);
  });

  it('is read also where its outputs leave open how many they are', async () => {
    const output = { name: 'output0', shape: ['batch', 6, cells], dataShape: [pictures, 6, cells], data: heads };
    expect(await look({ inputs, outputs: [output] })).toMatchObject([{ label: 'gate', ...inPixels }]);
  });

  it('is read by the numbers of pictures that rows carry, however many rows there are', async () => {
    const data = [1, 0, 0, 9, 9, 0, 0.9, 0, 24, 28, 40, 36, 1, 0.75, 2, 0, 0, 9, 9, 0, 0.9, 2, 0, 0, 8, 8, 0, 0.8];
    const output = { name: 'output', shape: ['boxes', 7], dataShape: [4, 7], data };
    expect(await look({ inputs, outputs: [output] })).toMatchObject([{ label: 'gate', ...inPixels }]);
    const rows = [{ name: 'output', type: 'float32', shape: ['boxes', 7] }];
    expect(firstShapes(rows, pictures)).toEqual(rows);
  });

  it('gets the picture as the first, and zeros beside it', async () => {
    const network = {
      inputs,
      outputs: [
        { name: 'output0', shape: [pictures, 6, cells], data: heads },
        { name: 'seen', shape: [pictures, 3, 64, 64], data: [], copyOf: 'images' },
      ],
    };
    const loaded = await loadNetwork(
      { ...detectorOptions, modelFile: save({ ...network, outputs: [network.outputs[0]!] }) },
      loadNodeRuntime,
    );
    const { input, letterbox } = createFastPreprocessor(loaded.format, 'shared');
    letterbox(new Uint8Array(64 * 64 * 3).fill(255), { widthPx: 64, heightPx: 64 });
    await loaded.close();
    expect(input).toHaveLength(pictures * 3 * 64 * 64);
    const runtime = await loadNodeRuntime({ modelFile: save(network), threads: 1 });
    const results = await runtime.bind({ name: 'images', data: input, shape: inputs[0]!.shape }, []).run();
    const seen = results[1]!.data as Float32Array;
    expect(seen.subarray(0, 3 * 64 * 64).every((value) => Math.abs(value - 1) < 1e-3)).toBe(true);
    expect(seen.subarray(3 * 64 * 64).every((value) => value === 0)).toBe(true);
    const first = firstOfBatch(runtime, pictures);
    expect(first.outputs.map(({ shape }) => shape)).toEqual([
      [1, 6, cells],
      [1, 3, 64, 64],
    ]);
    const [output] = await first.bind({ name: 'images', data: input, shape: inputs[0]!.shape }, []).run();
    expect(output).toEqual({ name: 'output0', type: 'float32', shape: [1, 6, cells], data: head(32, 1) });
    expect(firstOfBatch(runtime, 1)).toBe(runtime);
    await runtime.close();
  });

  it('is told each of its other inputs as often as it takes pictures', async () => {
    const shape = { name: 'im_shape', shape: [pictures, 2] };
    const outputs = [{ name: 'output0', shape: [pictures, 6, cells], data: heads }];
    expect(await look({ inputs: [...inputs, shape], outputs })).toMatchObject([{ label: 'gate' }]);
  });

  it('can be driven by, folded, and says what it costs', async () => {
    const file = save({ inputs, outputs: [{ name: 'output0', shape: [pictures, 6, cells], data: heads }] });
    checkDrivable(readModelFile(file));
    const { warnings, outputs, input } = await describeNetwork(file);
    expect(warnings).toContainEqual(expect.stringMatching(/3 pictures at once.*pays for all 3.*batch=1/));
    expect(outputs).toMatchObject([{ shape: [pictures, 6, cells] }]);
    const folded = join(folder, 'folded.onnx');
    writeFileSync(folded, foldPreprocessing(readFileSync(file), 'images', input));
    expect((await describeNetwork(folded)).inputs).toMatchObject([{ type: 'uint8', shape: [pictures, 64, 64, 3] }]);
  });

  it('of a batch that is open gets one', async () => {
    const open = [{ name: 'images', shape: ['batch', 3, 64, 64] }];
    const output = { name: 'output0', shape: ['batch', 6, cells], dataShape: [1, 6, cells], data: head(32, 1) };
    const file = save({ inputs: open, outputs: [output] });
    expect((await describeNetwork(file)).warnings.join()).not.toMatch(/at once/);
    expect(await look({ inputs: open, outputs: [output] })).toMatchObject([{ label: 'gate', ...inPixels }]);
  });
});
