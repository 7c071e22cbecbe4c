import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { testSize } from '../daemon/perception/camera/camera-reader.contract.ts';
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
import { writeTinyModel } from './harness/tiny-model.ts';
import { compilerIsThere } from './harness/tools.ts';

const { folder, modelFile } = writeTinyModel();
const { widthPx, heightPx, framesPerSecond } = testSize;
/** It only ends what never comes. */
const patience = { timeout: 30_000 };
const detectorOptions = { modelFile, scoreThreshold: 0.5, iouThreshold: 0.5, threads: 1 };

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
    await vi.waitFor(() => expect(processesWith(tag)).toEqual([]), patience);
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
    await vi.waitFor(() => expect(processesWith(tag).length).toBeGreaterThan(0), patience);
    child.kill('SIGKILL');
    await child.exited;
    await vi.waitFor(() => expect(processesWith(tag)).toEqual([]), patience);
  });

  it.skipIf(!compilerIsThere())('ends although its detector is stuck in a call that does not return', async () => {
    const tag = `tag-${process.pid}-stuck`;
    const stuck = join(folder, 'stuck.so');
    writeFileSync(`${stuck}.c`, '#include <unistd.h>\nconst void *OrtGetApiBase(void) { for (;;) pause(); }\n');
    const compiler = process.env['CC'] ?? 'cc';
    expect(spawnSync(compiler, ['-shared', '-fPIC', '-o', stuck, `${stuck}.c`]).status).toBe(0);
    const camera = { ...startMessage.camera, command: fake('stream', { tag }) };
    const { child, report } = launch({ ...startMessage, camera, detector: { ...detectorOptions, runtime: stuck } });
    await report('detector', ({ state }) => state === 'loading');
    await report('picture');
    child.stdin.end();
    expect((await child.exited).signal).toBe('SIGKILL');
    await vi.waitFor(() => expect(processesWith(tag)).toEqual([]), patience);
  });

  it('does not start on rubbish, and says so', async () => {
    const { child, logLines } = launch({ kind: 'start', camera: 'yes' });
    expect((await child.exited).code).toBe(1);
    expect(logLines.join('\n')).toMatch(/first line is no.*camera/);
  });
});
