import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createDetector, type Detector } from '../daemon/perception/detector/detector.ts';
import { bytesField, joined, numberField, textField } from '../daemon/perception/detector/model/protobuf-writer.ts';
import { createWorkerDetector } from '../daemon/perception/detector/worker/worker-detector.ts';
import { writeTinyModel } from './harness/tiny-model.ts';
import { onnxRuntimeLibrary } from './harness/tools.ts';

const { folder, modelFile } = writeTinyModel();
const detectorOptions = { modelFile, scoreThreshold: 0.5, iouThreshold: 0.5, threads: 1 };
const onnxRuntime = onnxRuntimeLibrary();

describe('the detector in its own thread', () => {
  it('answers as the one in this thread, from shared and from private memory', async () => {
    const [inThread, inWorker] = [await createDetector(detectorOptions), await createWorkerDetector(detectorOptions)];
    expect(inWorker.info).toEqual(inThread.info);
    const { detections } = await inThread.detect(new Uint8Array(64 * 48 * 3), 64, 48);
    expect(detections).toMatchObject([{ label: 'yellow cone', box: { xPx: 24, yPx: 16, widthPx: 16, heightPx: 16 } }]);
    const shared = new Uint8Array(new SharedArrayBuffer(64 * 48 * 3));
    expect((await inWorker.detect(shared, 64, 48)).detections).toEqual(detections);
    expect((await inWorker.detect(new Uint8Array(64 * 48 * 3), 64, 48)).detections).toEqual(detections);
    const first = inWorker.detect(shared, 64, 48);
    await expect(inWorker.detect(shared, 64, 48)).rejects.toThrow(/in flight/);
    await first;
    await expect(inWorker.detect(shared, 63, 48)).rejects.toThrow(/63x48/);
    expect((await inWorker.detect(shared, 64, 48)).detections).toEqual(detections);
    await Promise.all([inThread.close(), inWorker.close(), inWorker.close()]);
    await expect(inWorker.detect(shared, 64, 48)).rejects.toThrow(/closed/);
  });

  it('takes the newest picture by itself; others are passed by', async () => {
    const detector = await createWorkerDetector(detectorOptions);
    const picture = new Uint8Array(64 * 48 * 3);
    const first = detector.offer(picture, 64, 48);
    expect(await first.fate).toBe('looked-at');
    const { detections } = await first.result;
    // Offered in one go they come faster than the network takes them.
    const many = Array.from({ length: 200 }, () => detector.offer(picture, 64, 48));
    const fates = await Promise.all(many.map(({ fate }) => fate));
    expect(fates.at(-1)).toBe('looked-at');
    expect(fates).toContain('passed-by');
    const seen = many.filter((_, at) => fates[at] === 'looked-at');
    for (const each of await Promise.all(seen.map(({ result }) => result))) {
      expect(each.detections).toEqual(detections);
    }
    const last = detector.offer(picture, 64, 48);
    await detector.close();
    expect((await last.result).detections).toEqual(detections);
    expect(() => detector.offer(picture, 64, 48)).toThrow(/closed/);
  });

  it('fits pictures of another size from one to the next', async () => {
    const detector = await createWorkerDetector(detectorOptions);
    for (const [width, height] of [
      [64, 48],
      [128, 128],
      [64, 48],
    ] as const) {
      const { detections } = await detector.detect(new Uint8Array(width * height * 3), width, height);
      const scale = width / 64;
      expect(detections).toMatchObject([{ box: { xPx: 24 * scale, widthPx: 16 * scale } }]);
    }
    await detector.close();
  });

  it.skipIf(onnxRuntime === undefined)('runs by a library that it is told to, and ends with it', async () => {
    const { detections } = await lookOnce(await createWorkerDetector(detectorOptions));
    expect(detections).toHaveLength(1);
    for (let start = 0; start < 3; start++) {
      const detector = await createWorkerDetector({
        ...detectorOptions,
        runtime: onnxRuntime,
        devices: ['cuda', 'cpu'],
      });
      expect(detector.info).toMatchObject({ provider: 'cpu', fallbacks: [{ provider: 'cuda' }] });
      expect((await lookOnce(detector)).detections).toEqual(detections);
    }
    async function lookOnce(detector: Detector) {
      const result = await detector.detect(new Uint8Array(64 * 48 * 3), 64, 48);
      await detector.close();
      return result;
    }
  });

  it.skipIf(onnxRuntime === undefined || process.platform !== 'linux')(
    'gives its network back when a run fails, and when there is no memory for pictures',
    async () => {
      const failing = join(folder, 'failing.onnx');
      writeFileSync(failing, failsAtWhite());
      const options = { ...detectorOptions, modelFile: failing, threads: 8, runtime: onnxRuntime, devices: ['cpu'] };
      const open = () => createWorkerDetector(options as Parameters<typeof createWorkerDetector>[0]);
      const failAtWhite = async (): Promise<void> => {
        const detector = await open();
        await detector.detect(new Uint8Array(64 * 64 * 3), 64, 64);
        await expect(detector.detect(new Uint8Array(64 * 64 * 3).fill(255), 64, 64)).rejects.toThrow(/Gather/);
        expect(() => detector.offer(new Uint8Array(64 * 64 * 3), 64, 64)).toThrow(/Gather/);
        await detector.close();
      };
      await failAtWhite();
      const before = threadCount();
      for (let round = 0; round < 3; round++) await failAtWhite();
      const memory = vi.spyOn(WebAssembly, 'Memory').mockImplementation(function noMemory() {
        throw new RangeError('could not allocate memory');
      });
      try {
        for (let round = 0; round < 3; round++) await expect(open()).rejects.toThrow('could not allocate memory');
      } finally {
        memory.mockRestore();
      }
      // A network that is kept has seven threads of its own.
      expect(threadCount() - before).toBeLessThan(7);
    },
  );

  it('says what is wrong with a network', async () => {
    const missing = createWorkerDetector({ ...detectorOptions, modelFile: join(folder, 'missing.onnx') });
    await expect(missing).rejects.toThrow(/missing\.onnx does not exist/);
    await expect(missing).rejects.toMatchObject({ name: 'UserError' });
  });
});

/** Of this process, those of native code among them. */
function threadCount(): number {
  return readdirSync('/proc/self/task').length;
}

/** A v8 head without objects, which is looked up at a place that only dark pictures have: a white one makes the run fail. */
function failsAtWhite(): Uint8Array {
  const shape = [1, 1, 6, 84];
  const node = (operator: string, inputs: readonly string[], output: string, attribute?: readonly [string, number]) =>
    bytesField(
      1,
      joined(
        ...inputs.map((name) => textField(1, name)),
        ...[textField(2, output), textField(4, operator)],
        // onnx.proto, AttributeProto: one whole number.
        ...(attribute === undefined
          ? []
          : [bytesField(5, joined(textField(1, attribute[0]), numberField(3, attribute[1]), numberField(20, 2)))]),
      ),
    );
  const edge = (name: string, sides: readonly number[]) =>
    joined(
      textField(1, name),
      bytesField(
        2,
        bytesField(
          1,
          joined(numberField(1, 1), bytesField(2, joined(...sides.map((side) => bytesField(1, numberField(1, side)))))),
        ),
      ),
    );
  const heads = Buffer.from(new Float32Array(6 * 84).fill(1e-6).buffer);
  const graph = joined(
    node('Add', ['images', 'images'], 'twice'),
    node('Cast', ['twice'], 'levels', ['to', 7]),
    node('ReduceMax', ['levels'], 'place', ['keepdims', 0]),
    node('Gather', ['heads', 'place'], 'output0'),
    textField(2, 'fails at white'),
    bytesField(
      5,
      joined(
        ...shape.map((side) => numberField(1, side)),
        numberField(2, 1),
        textField(8, 'heads'),
        bytesField(9, heads),
      ),
    ),
    bytesField(11, edge('images', [1, 3, 64, 64])),
    bytesField(12, edge('output0', [1, 6, 84])),
  );
  return joined(numberField(1, 8), bytesField(7, graph), bytesField(8, joined(textField(1, ''), numberField(2, 13))));
}
