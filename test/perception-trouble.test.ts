import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { testSize } from '../daemon/perception/camera/camera-reader.contract.ts';
import type { Detector, DetectorOptions } from '../daemon/perception/detector/detector.ts';
import { startPerception } from '../daemon/perception/perception.ts';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import type { PerceptionReport, PerceptionStart } from '../daemon/protocol/perception-messages.ts';
import { fake } from './harness/fake-camera.ts';
import { writeTinyModel } from './harness/tiny-model.ts';

const { modelFile } = writeTinyModel();
const { widthPx, heightPx, framesPerSecond } = testSize;
const detectorOptions = { modelFile, scoreThreshold: 0.5, iouThreshold: 0.5, threads: 1 };

describe('perception, with a detector that fails', () => {
  const camera = { command: fake('stream'), framing: 'stamped', widthPx, heightPx, framesPerSecond } as const;
  const start: PerceptionStart = {
    kind: 'start',
    camera: { ...camera, command: [...camera.command], captureOffsetMs: 0 },
    detector: detectorOptions,
    video: { maxFramesPerSecond: 30, jpegQuality: 80, maxWidthPx: 32 },
  };

  function launch(
    detect: Detector['detect'],
    fallbacks: Detector['info']['fallbacks'] = [],
    close: Detector['close'] = async () => {},
  ) {
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
          close: () => {
            closed.count++;
            return close();
          },
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
    const fallbacks = [{ provider: 'cuda', why: 'libcudnn.so.8 is missing', cure: 'Install cuDNN' }];
    const idle = async () => ({ detections: [], timing: { preprocessMs: 0, runMs: 0, decodeMs: 0 } });
    const { perception, next, lines, reports } = launch(idle, fallbacks);
    await next((report) => report.kind === 'detector' && report.state === 'ready');
    const why = 'cuda is not used: libcudnn.so.8 is missing. Install cuDNN.';
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

  it('and whose network cannot be given back: asks for the end of the process as well', async () => {
    let calls = 0;
    const fails = async () => {
      if (++calls === 3) throw new Error('the device is lost');
      return { detections: [], timing: { preprocessMs: 0, runMs: 0, decodeMs: 0 } };
    };
    const { perception, reports, hung } = launch(fails, [], () => new Promise(() => {}));
    await hung;
    const texts = reports.flatMap((report) => (report.kind === 'detector' && 'text' in report ? [report.text] : []));
    expect(texts).toEqual(['the device is lost', expect.stringMatching(/did not answer for/)]);
    expect(await perception.stop()).toBe('ended');
  });
});
