import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { testSize } from '../daemon/perception/camera/camera-reader.contract.ts';
import { createDetector, type Detector, type DetectorOptions } from '../daemon/perception/detector/detector.ts';
import { createWorkerDetector } from '../daemon/perception/detector/worker/worker-detector.ts';
import { startPerception } from '../daemon/perception/perception.ts';
import { tinyNetwork, yolov8Head } from '../daemon/perception/testing/tiny-network.ts';
import { type Child, startChild } from '../daemon/platform/child.ts';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import { writeJsonLine } from '../daemon/platform/line-channel.ts';
import { readPackets } from '../daemon/platform/packet-channel.ts';
import { daemonEntry } from '../daemon/platform/paths.ts';
import {
  type PerceptionReport,
  type PerceptionStart,
  perceptionReportSchema,
} from '../daemon/protocol/perception-messages.ts';
import { fake, processesWith } from './harness/fake-camera.ts';
import { onnxRuntimeLibrary } from './harness/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'perception-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { widthPx, heightPx, framesPerSecond } = testSize;

/** 64x64: 84 cells, one yellow cone in the middle. */
const modelFile = join(folder, 'tiny.onnx');
writeFileSync(
  modelFile,
  tinyNetwork({
    outputs: [
      {
        ...{ name: 'output0', shape: [1, 6, 84] },
        data: yolov8Head(2, 84, [{ centreX: 32, centreY: 32, width: 16, height: 16, classId: 1, score: 0.75 }]),
      },
    ],
    metadata: { names: "{0: 'blue cone', 1: 'yellow cone'}" },
  }),
);
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

  it('says what is wrong with a network', async () => {
    const missing = createWorkerDetector({ ...detectorOptions, modelFile: join(folder, 'missing.onnx') });
    await expect(missing).rejects.toThrow(/missing\.onnx does not exist/);
    await expect(missing).rejects.toMatchObject({ name: 'UserError' });
  });
});

describe('perception, with a detector that fails', () => {
  const camera = { command: fake('stream'), framing: 'stamped', widthPx, heightPx, framesPerSecond } as const;
  const start: PerceptionStart = {
    kind: 'start',
    camera: { ...camera, command: [...camera.command], captureOffsetMs: 0 },
    detector: detectorOptions,
    video: { maxFramesPerSecond: 30, jpegQuality: 80, maxWidthPx: 32 },
  };

  function launch(detect: Detector['detect'], fallbacks: Detector['info']['fallbacks'] = []) {
    const lines: string[] = [];
    const info = {
      model: modelFile,
      layout: 'yolov8',
      labels: [],
      provider: 'fake',
      fallbacks,
      because: '',
    } as const;
    const closed = { count: 0 };
    const asked: DetectorOptions[] = [];
    let told: (report: PerceptionReport) => void = () => {};
    const reports: PerceptionReport[] = [];
    const send = (report: PerceptionReport) => {
      reports.push(report);
      told(report);
    };
    let onDetectorHang: () => void = () => {};
    const hung = new Promise<void>((resolve) => {
      onDetectorHang = resolve;
    });
    const perception = startPerception({
      start,
      sender: { send, sendDetections: send, sendPicture: () => {} },
      log: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }),
      nowMs: monotonicNowMs,
      createDetector: async (options) => {
        asked.push(options);
        return {
          info: { ...info, inputWidthPx: 64, inputHeightPx: 64 },
          detect,
          offer: (...picture) => ({ fate: Promise.resolve('looked-at'), result: detect(...picture) }),
          close: async () => void closed.count++,
        };
      },
      onDetectorHang,
    });
    const next = (fits: (report: PerceptionReport) => boolean) =>
      new Promise<void>((resolve) => {
        told = (report) => {
          if (fits(report)) resolve();
        };
        if (reports.some(fits)) resolve();
      });
    return { perception, reports, closed, asked, hung, next, lines };
  }

  it('to run where it was asked to first: says why in the log', async () => {
    const fallbacks = [{ provider: 'cuda', why: 'libcudnn.so.8 is missing' }];
    const idle = async () => ({ detections: [], timing: { preprocessMs: 0, runMs: 0, decodeMs: 0 } });
    const { perception, next, lines, reports } = launch(idle, fallbacks);
    await next((report) => report.kind === 'detector' && report.state === 'ready');
    const why = 'cuda is not used: libcudnn.so.8 is missing';
    expect(lines.join('')).toContain(why);
    expect(reports).toContainEqual(expect.objectContaining({ state: 'ready', fallbacks: [why] }));
    await perception.stop();
  });

  it('is asked for what a car drives by: no masks, no pictures without places', async () => {
    const { perception, asked, next } = launch(async () => {
      return { detections: [], timing: { preprocessMs: 0, runMs: 0, decodeMs: 0 } };
    });
    await next(({ kind }) => kind === 'detections');
    await perception.stop();
    expect(asked).toEqual([{ ...detectorOptions, purpose: 'drive' }]);
  });

  it('once: says so, loads it again, and goes on', async () => {
    let calls = 0;
    const { perception, reports, closed, next } = launch(async () => {
      if (++calls === 3) throw new Error('out of memory on the device');
      return { detections: [], timing: { preprocessMs: 0, runMs: 0, decodeMs: 0 } };
    });
    await next((report) => report.kind === 'detector' && report.state === 'failed');
    const before = reports.filter(({ kind }) => kind === 'detections').length;
    expect(before).toBe(2);
    await next(
      (report) => report.kind === 'detections' && reports.filter(({ kind }) => kind === 'detections').length > 4,
    );
    const states = reports.flatMap((report) => (report.kind === 'detector' ? [report.state] : []));
    expect(states).toEqual(['loading', 'ready', 'failed', 'loading', 'ready']);
    expect(reports).toContainEqual(expect.objectContaining({ state: 'failed', text: 'out of memory on the device' }));
    expect(closed.count).toBe(1);
    expect(await perception.stop()).toBe('ended');
    expect(closed.count).toBe(2);
  });

  it('by not answering any more: says so, and asks for the end of the process', async () => {
    let calls = 0;
    const { perception, reports, hung } = launch(async () => {
      if (++calls < 3) return { detections: [], timing: { preprocessMs: 0, runMs: 0, decodeMs: 0 } };
      return new Promise(() => {});
    });
    await hung;
    expect(reports).toContainEqual(
      expect.objectContaining({ state: 'failed', text: expect.stringMatching(/did not answer for 1\.2 s/) }),
    );
    await perception.stop();
  });
});

describe('the perception process', () => {
  const children: Child[] = [];
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.end(4000)));
  });

  const startMessage: PerceptionStart & { kind: 'start' } = {
    kind: 'start',
    camera: { command: fake('stream'), framing: 'stamped', widthPx, heightPx, framesPerSecond, captureOffsetMs: 0 },
    detector: detectorOptions,
    video: { maxFramesPerSecond: 30, jpegQuality: 80, maxWidthPx: 32 },
  };

  function launch(firstLine: object) {
    const logLines: string[] = [];
    const child = startChild({
      name: 'perception',
      entry: daemonEntry('perception/perception-process'),
      onLogLine: (line) => logLines.push(line),
    });
    children.push(child);
    const reports: { report: PerceptionReport; payload: Uint8Array }[] = [];
    let wake: () => void = () => {};
    readPackets(
      child.stdout,
      (header, payload) => {
        reports.push({ report: perceptionReportSchema.parse(header), payload });
        wake();
      },
      (text) => expect.fail(text),
    );
    writeJsonLine(child.stdin, firstLine);
    /** The first report, from now or earlier, that fits. */
    const report = async <Kind extends PerceptionReport['kind']>(
      kind: Kind,
      fits: (report: Extract<PerceptionReport, { kind: Kind }>) => boolean = () => true,
    ) => {
      const isKind = (each: PerceptionReport): each is Extract<PerceptionReport, { kind: Kind }> => each.kind === kind;
      for (let looked = 0; ; ) {
        for (; looked < reports.length; looked++) {
          const { report: each, payload } = reports[looked]!;
          if (isKind(each) && fits(each)) return { report: each, payload };
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    return { child, reports, report, logLines };
  }

  it('sends detections, pictures of the same frames, states and rates', async () => {
    const { report } = launch(startMessage);
    expect((await report('detector', ({ state }) => state === 'ready')).report).toMatchObject({
      ...{ layout: 'yolov8', provider: 'cpu', labels: ['blue cone', 'yellow cone'], model: modelFile },
    });
    await report('camera', ({ state }) => state === 'streaming');
    const { report: found } = await report('detections');
    expect(found).toMatchObject({ captureTimeSource: 'camera', widthPx, heightPx });
    expect(found.detections).toMatchObject([
      { label: 'yellow cone', score: 0.75, box: { xPx: 24, yPx: 16, widthPx: 16, heightPx: 16 } },
    ]);
    expect(found.detectedAtMs).toBeGreaterThan(found.capturedAtMs);
    expect(found.detectedAtMs).toBeLessThanOrEqual(monotonicNowMs());
    const later = await report('detections', ({ frameId }) => frameId > found.frameId);
    const { report: picture, payload } = await report('picture', ({ frameId }) => frameId >= later.report.frameId);
    expect(picture).toMatchObject({ widthPx: 32, heightPx: 24, frameWidthPx: widthPx, frameHeightPx: heightPx });
    expect([payload[0], payload[1]]).toEqual([0xff, 0xd8]);
    expect((await report('detections', ({ frameId }) => frameId === picture.frameId)).report.capturedAtMs).toBe(
      picture.capturedAtMs,
    );
    const { report: rate } = await report('perception-rate', (each) => each.detectorFramesPerSecond > 5);
    expect(rate.cameraFramesPerSecond).toBeLessThan(60);
  });

  it('sends pictures without a detector, and says why there is none', async () => {
    const detector = { ...detectorOptions, modelFile: join(folder, 'missing.onnx') };
    const { report, reports } = launch({ ...startMessage, detector });
    const { report: failed } = await report('detector', ({ state }) => state === 'refused');
    expect(failed.text).toMatch(/missing\.onnx does not exist.*detector\.modelFile/);
    const { report: picture } = await report('picture');
    await report('picture', ({ frameId }) => frameId > picture.frameId + 5);
    expect(reports.filter((each) => each.report.kind === 'detections')).toEqual([]);
  });

  it('calls the camera by its name when it stalls, with what helps it', async () => {
    const { report } = launch({
      ...startMessage,
      camera: { ...startMessage.camera, command: fake('hang'), name: 'the painted camera', stallCure: 'Paint faster' },
    });
    const stalled = await report('camera', ({ state }) => state === 'stalled');
    expect(stalled.report).toMatchObject({ text: expect.stringMatching(/^the painted camera: no picture for/) });
    expect(stalled.report).toMatchObject({ cure: 'Paint faster' });
  });

  it('has its detector ready without a camera, and says why there is none', async () => {
    const { report } = launch({ ...startMessage, camera: { ...startMessage.camera, command: ['no-such-camera'] } });
    expect((await report('camera', ({ state }) => state === 'failed')).report.text).toMatch(/not installed/);
    await report('detector', ({ state }) => state === 'ready');
  });

  it.each<[string, (child: Child) => void, number | null]>([
    ['its standard input closes', (child) => child.stdin.end(), 0],
    ['SIGTERM comes', (child) => child.kill('SIGTERM'), 0],
    ['it is killed', (child) => child.kill('SIGKILL'), null],
  ])('ends when %s, and the camera program with it', async (_, end, code) => {
    const tag = `tag-${process.pid}-${code}-${Math.round(monotonicNowMs())}`;
    const camera = { ...startMessage.camera, command: fake('stream', { tag }) };
    const { child, report } = launch({ ...startMessage, camera });
    await report('detections');
    expect(processesWith(tag).length).toBeGreaterThan(0);
    end(child);
    expect((await child.exited).code).toBe(code);
    await vi.waitFor(() => expect(processesWith(tag)).toEqual([]), { timeout: 5000 });
  });

  it.each([
    ['one that has nothing to write', (tag: string) => fake('hang', { tag })],
    ['one that never writes and ignores signals', (tag: string) => fake('mute', { tag })],
    [
      'a shell with a pipeline',
      (tag: string) => {
        const quoted = fake('mute', { tag }).map((word) => `'${word}'`);
        return ['sh', '-c', `${quoted.join(' ')} | cat`];
      },
    ],
  ])('leaves no camera program behind when it is killed: %s', async (name, command) => {
    const tag = `tag-${process.pid}-orphan-${name.length}`;
    const { child, report } = launch({ ...startMessage, camera: { ...startMessage.camera, command: command(tag) } });
    await report('detector', ({ state }) => state === 'ready');
    await vi.waitFor(() => expect(processesWith(tag).length).toBeGreaterThan(0), { timeout: 5000 });
    child.kill('SIGKILL');
    await child.exited;
    await vi.waitFor(() => expect(processesWith(tag)).toEqual([]), { timeout: 5000 });
  });

  it('ends although its detector is stuck in a call that does not return', async () => {
    const tag = `tag-${process.pid}-stuck`;
    const stuck = join(folder, 'stuck.onnx');
    // Reading it blocks the detector's thread until someone writes to it, which nobody does.
    expect(spawnSync('mkfifo', [stuck]).status).toBe(0);
    const camera = { ...startMessage.camera, command: fake('stream', { tag }) };
    const { child, report } = launch({ ...startMessage, camera, detector: { ...detectorOptions, modelFile: stuck } });
    await report('detector', ({ state }) => state === 'loading');
    await report('picture');
    child.stdin.end();
    expect((await child.exited).signal).toBe('SIGKILL');
    expect(processesWith(tag)).toEqual([]);
  });

  it('does not start on rubbish, and says so', async () => {
    const { child, logLines } = launch({ kind: 'start', camera: 'yes' });
    expect((await child.exited).code).toBe(1);
    expect(logLines.join('\n')).toMatch(/first line is no.*camera/);
  });
});
