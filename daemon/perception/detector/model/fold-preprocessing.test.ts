import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { samplesOf } from '../../../../test/harness/samples.ts';
import { testFolder } from '../../../../test/harness/test-folders.ts';
import { UserError } from '../../../platform/user-error.ts';
import { readImage } from '../../image-file.ts';
import { tinyNetwork, yolov8Head } from '../../testing/tiny-network.ts';
import { createDetector } from '../detector.ts';
import { createExactPreprocessor } from '../preprocess/exact-preprocess.ts';
import { type InputConventions, imageNetScale, levelScale, ultralyticsInput } from '../preprocess/input-format.ts';
import { loadNodeRuntime } from '../runtime/node-runtime.ts';
import { foldPreprocessing } from './fold-preprocessing.ts';
import { readOnnxFacts } from './onnx-facts.ts';

const folder = testFolder('fold');

const shipped = new URL('../../../../models/car-cones-384.onnx', import.meta.url).pathname;
const size = { widthPx: 384, heightPx: 288 };
const format = { ...ultralyticsInput, ...size, type: 'float32', order: 'nchw' } as const;

/** A picture of noise in several colours: no detector's input is symmetric under it. */
function picture(widthPx: number, heightPx: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: widthPx * heightPx * 3 }, (_, i) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return ((i % 3) * 60 + ((state >>> 16) & 127)) & 255;
  });
}

async function detect(modelFile: string, rgb: Uint8Array, image: { widthPx: number; heightPx: number }) {
  const detector = await createDetector({
    ...{ modelFile, scoreThreshold: 0.001, iouThreshold: 0.6, threads: 1, resampling: 'exact' },
  });
  const { detections } = await detector.detect(rgb, image.widthPx, image.heightPx);
  await detector.close();
  return detections;
}

describe('folding the preprocessing into a network', () => {
  it('makes a network that takes bytes and finds the same', async () => {
    const file = join(folder, 'folded.onnx');
    writeFileSync(file, foldPreprocessing(readFileSync(shipped), 'images', format));
    // What the card of the shipped one says of its boxes; what it says of its input lies in the graph now.
    writeFileSync(join(folder, 'folded.json'), JSON.stringify({ suppression: 'soft' }));
    expect(readOnnxFacts(readFileSync(file))?.inputs).toEqual([
      { name: 'picture', type: 'uint8', shape: [1, 288, 384, 3] },
    ]);
    const rgb = picture(320, 300);
    const image = { widthPx: 320, heightPx: 300 };
    const [plain, folded] = [await detect(shipped, rgb, image), await detect(file, rgb, image)];
    expect(plain.length).toBeGreaterThan(0);
    expect(folded).toEqual(plain);
  });

  it.each([
    { what: 'blue first', conventions: { channels: 'bgr', ...levelScale } },
    { what: 'a mean and a deviation', conventions: { channels: 'bgr', ...imageNetScale } },
  ] satisfies {
    what: string;
    conventions: Partial<InputConventions>;
  }[])('folds $what', async ({ conventions }) => {
    const own = { ...format, ...conventions };
    // The network is not made for these: it answers to what it is given, which is what is compared.
    const plainFile = join(folder, 'plain.onnx');
    writeFileSync(plainFile, readFileSync(shipped));
    const card = { input: { channels: own.channels, mean: own.mean, deviation: own.deviation } };
    writeFileSync(join(folder, 'plain.json'), JSON.stringify(card));
    const foldedFile = join(folder, 'turned.onnx');
    writeFileSync(foldedFile, foldPreprocessing(readFileSync(shipped), 'images', own));
    const rgb = picture(384, 288);
    const [plain, folded] = [await detect(plainFile, rgb, size), await detect(foldedFile, rgb, size)];
    expect(folded.map(({ label }) => label)).toEqual(plain.map(({ label }) => label));
    for (const [index, { score, box }] of folded.entries()) {
      expect(score).toBeCloseTo(plain[index]!.score, 4);
      expect(box.xPx).toBeCloseTo(plain[index]!.box.xPx, 2);
    }
    expect(folded).not.toEqual(await detect(shipped, rgb, size));
  });

  it('keeps all else as it is', () => {
    const before = readOnnxFacts(readFileSync(shipped));
    const after = readOnnxFacts(foldPreprocessing(readFileSync(shipped), 'images', format));
    expect(after).toMatchObject({ irVersion: before?.irVersion, opsets: before?.opsets, outputs: before?.outputs });
    expect(after?.metadata).toEqual({ ...before?.metadata, folded_channels: 'rgb' });
  });

  it.each([
    { what: 'an input named like the new one', inputs: [{ name: 'picture', shape: [1, 3, 64, 64] }] },
    {
      what: 'other names like the new ones',
      inputs: [
        { name: 'picture_2', shape: [1, 3, 64, 64] },
        { name: 'scale_factor', shape: [1, 2] },
      ],
      output: 'folded_preprocessing_0',
    },
    { what: 'a picture without a batch', inputs: [{ name: 'image', shape: [3, 64, 64] }] },
    { what: 'rows of pixels without a batch', inputs: [{ name: 'image', shape: [64, 64, 3] }] },
    {
      what: 'weights among its inputs, as before IR 4',
      inputs: [{ name: 'image', shape: [1, 3, 64, 64] }],
      irVersion: 3,
    },
  ])('makes a network that runs of one with $what', async ({ inputs, output = 'output0', irVersion }) => {
    const picture = inputs[0]!;
    const boxes = [{ centreX: 32, centreY: 32, width: 16, height: 8, classId: 0, score: 0.75 }];
    const outputs = [
      { name: output, shape: [1, 6, 84], data: yolov8Head(2, 84, boxes) },
      { name: 'seen', shape: picture.shape, data: [], copyOf: picture.name },
    ];
    const file = join(folder, 'named.onnx');
    const order = picture.shape.at(-1) === 3 ? 'nhwc' : 'nchw';
    const conventions = { ...ultralyticsInput, ...imageNetScale, channels: 'bgr', widthPx: 64, heightPx: 64 } as const;
    const whole = tinyNetwork({ inputs, outputs, ...(irVersion && { irVersion }) });
    writeFileSync(file, foldPreprocessing(whole, picture.name, { ...conventions, type: 'float32', order }));
    const runtime = await loadNodeRuntime({ modelFile: file, threads: 1 });
    const bytes = runtime.inputs.find(({ type }) => type === 'uint8')!;
    expect(bytes.shape).toEqual([...(picture.shape.length === 4 ? [1] : []), 64, 64, 3]);
    const shape = bytes.shape as number[];
    const rgb = Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => at % 251);
    const others = runtime.inputs.filter((input) => input !== bytes);
    const constants = others.map(({ name }) => ({ name, data: Float32Array.of(1, 1), shape: [1, 2] }));
    const seen = (await runtime.bind({ name: bytes.name, data: rgb, shape }, constants).run())[1]!.data;
    const preprocessor = createExactPreprocessor({ ...conventions, type: 'float32', order });
    preprocessor.letterbox(rgb, { widthPx: 64, heightPx: 64 });
    const largest = Math.max(...(seen as Float32Array).map((value, at) => Math.abs(value - preprocessor.input[at]!)));
    await runtime.close();
    expect(largest).toBeLessThan(1e-6);
  });

  it('refuses what is folded already, and an input that is not there', () => {
    const bytes = readFileSync(shipped);
    expect(() => foldPreprocessing(bytes, 'images', { ...format, type: 'uint8' })).toThrow(UserError);
    expect(() => foldPreprocessing(bytes, 'pictures', format)).toThrow(/no input "pictures"/);
  });
});

const samples = samplesOf('models');
describe.skipIf(!samples.areThere)('folding real networks', () => {
  it.each([
    { name: 'yolov5n_fp16', type: 'float16', order: 'nchw' },
    { name: 'yolov5n_nhwc', type: 'float32', order: 'nhwc' },
  ] as const)('$name finds the same boxes on a photograph', { timeout: 60_000 }, async ({ name, type, order }) => {
    const original = join(samples.folder, `${name}.onnx`);
    const file = join(folder, `${name}.onnx`);
    const input = { ...ultralyticsInput, widthPx: 640, heightPx: 640, type, order };
    writeFileSync(file, foldPreprocessing(readFileSync(original), 'images', input));
    const { rgb, widthPx, heightPx } = await readImage(join(samples.folder, 'photos', 'bus.jpg'));
    const sure = (found: Awaited<ReturnType<typeof detect>>) => found.filter(({ score }) => score > 0.25);
    const plain = sure(await detect(original, rgb, { widthPx, heightPx }));
    const folded = sure(await detect(file, rgb, { widthPx, heightPx }));
    expect(plain.length).toBeGreaterThan(2);
    expect(folded.map(({ label }) => label)).toEqual(plain.map(({ label }) => label));
    for (const [index, { score }] of folded.entries()) expect(score).toBeCloseTo(plain[index]!.score, 3);
  });
});
