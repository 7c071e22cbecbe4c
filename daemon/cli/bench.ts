import { basename } from 'node:path';
import type { CarConfig } from '../car/config.ts';
import { findModel } from '../car/find-model.ts';
import { loadConfig } from '../car/load-config.ts';
import { type ClosedLoopOptions, createClosedLoop } from '../closed-loop.ts';
import { createDetector, type Detector, type DetectorResult } from '../perception/detector/detector.ts';
import { readModelFile } from '../perception/detector/model/model-file.ts';
import { bindEmptyPicture, recogniseInput } from '../perception/detector/model/network-input.ts';
import { loadNodeRuntime } from '../perception/detector/runtime/node-runtime.ts';
import { createPictureEncoder } from '../perception/jpeg.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { createRenderer, type Renderer } from '../simulator/renderer/renderer.ts';
import { sceneFromTrack } from '../simulator/scene-from-track.ts';
import { loadTrack } from '../simulator/tracks/load-track.ts';
import { World } from '../simulator/world.ts';
import { createProgress } from './progress.ts';

export interface BenchOptions {
  readonly model?: string;
  readonly frames: number;
  readonly threads: number;
  readonly json?: boolean;
}

interface Spread {
  readonly p50: number;
  readonly p99: number;
}

const latencyMs = 80;

/**
 * Drives the simulated car on simulated time with every stage timed, and the bare runtime on the same network beside
 * it. All on one thread after another, so that the times add up and neither waits for the other.
 */
export async function bench(options: BenchOptions): Promise<number> {
  const config = loadConfig({
    overrides: { ...(options.model !== undefined && { detector: { modelFile: options.model } }) },
  });
  const modelFile = findModel(config.detector.modelFile);
  const times = new Map<string, number[]>();
  const detector = await createDetector({ ...config.detector, modelFile, threads: options.threads, purpose: 'drive' });
  const bareFps = await bareRuntime(modelFile, options);

  const track = loadTrack(undefined);
  const world = new World({ track, config, startAtMs: 0, seed: 1 });
  const renderer = createRenderer(sceneFromTrack(track, { seed: 1 }), config.camera);
  const progress = createProgress('frames', options.frames);
  let frames = 0;
  const closedLoop = createClosedLoop({
    config,
    world,
    renderer: timedRenderer(renderer, (elapsedMs) => record(times, 'renderMs', elapsedMs)),
    detector: timedDetector(detector, ({ timing }) => {
      record(times, 'preprocessMs', timing.preprocessMs);
      record(times, 'runMs', timing.runMs);
      record(times, 'decodeMs', timing.decodeMs);
      frames += 1;
    }),
    seed: 1,
    latencyMs,
    stopwatch: { nowMs: monotonicNowMs, record: (stage, elapsedMs) => record(times, stage, elapsedMs) },
  });
  while (frames < options.frames) {
    await closedLoop.advance();
    progress.update(frames);
  }
  progress.end();
  await pictures(renderer, config, options.frames, (stage, elapsedMs) => record(times, stage, elapsedMs));
  await detector.close();

  const stage = (name: string) => spread(times.get(name) ?? []);
  const stages = {
    grabMs: stage('grabMs'),
    preprocessMs: stage('preprocessMs'),
    runMs: stage('runMs'),
    decodeMs: stage('decodeMs'),
    planMs: stage('planMs'),
    commandMs: stage('commandMs'),
    jpegMs: stage('jpegMs'),
  };
  const mean = (name: string) => average(times.get(name) ?? []);
  const pipelineMs = ['grabMs', 'preprocessMs', 'runMs', 'decodeMs', 'planMs', 'commandMs'].reduce(
    (sum, name) => sum + mean(name),
    0,
  );
  const pipelineFps = 1000 / pipelineMs;
  const report = {
    network: basename(modelFile),
    inputPx: [detector.info.inputWidthPx, detector.info.inputHeightPx],
    threads: options.threads,
    bareFps,
    pipelineFps,
    ratio: pipelineFps / bareFps,
    stages,
    simulator: { renderMs: stage('renderMs'), worldMs: stage('worldMs') },
  };
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : table(report));
  return 0;
}

/** What a frame costs beside detection: one copy from the pipe's buffer, and a JPEG for the phone. */
async function pictures(
  renderer: Renderer,
  { remote }: CarConfig,
  frames: number,
  onStage: (stage: 'grabMs' | 'jpegMs', elapsedMs: number) => void,
): Promise<void> {
  const { widthPx, heightPx } = renderer;
  const piped = new Uint8Array(widthPx * heightPx * 3);
  const rgb = new Uint8Array(new SharedArrayBuffer(piped.length));
  const encoder = createPictureEncoder({
    video: { maxFramesPerSecond: 120, jpegQuality: remote.jpegQuality, maxWidthPx: remote.videoMaxWidthPx },
    onPicture: () => {},
    onError: (error) => {
      throw error;
    },
  });
  const lent = { capturedAtMs: 0, captureTimeSource: 'camera', widthPx, heightPx, rgb, release() {} } as const;
  for (let frameId = 0; frameId < frames; frameId++) {
    renderer.render({ xM: 0, yM: 0, headingRad: 0, speedMps: 0, yawRateRadps: 0 }, frameId, piped);
    const startedAtMs = monotonicNowMs();
    rgb.set(piped);
    const copiedAtMs = monotonicNowMs();
    onStage('grabMs', copiedAtMs - startedAtMs);
    const frame = { ...lent, frameId, share: () => frame };
    encoder.encode(frame, copiedAtMs);
    await encoder.settled();
    onStage('jpegMs', monotonicNowMs() - copiedAtMs);
  }
}

/** The network alone, on an empty picture: what no pipeline around it can beat. */
async function bareRuntime(modelFile: string, options: BenchOptions): Promise<number> {
  const runtime = await loadNodeRuntime({ modelFile, threads: options.threads });
  const binding = bindEmptyPicture(runtime, recogniseInput(readModelFile(modelFile), runtime.inputs));
  for (let i = 0; i < 5; i++) await binding.run();
  const startedAtMs = monotonicNowMs();
  for (let i = 0; i < options.frames; i++) await binding.run();
  const framesPerSecond = (1000 * options.frames) / (monotonicNowMs() - startedAtMs);
  await runtime.close();
  return framesPerSecond;
}

function timedRenderer(renderer: Renderer, onRendered: (elapsedMs: number) => void): ClosedLoopOptions['renderer'] {
  return {
    widthPx: renderer.widthPx,
    heightPx: renderer.heightPx,
    render(view, frameSeed, out) {
      const startedAtMs = monotonicNowMs();
      renderer.render(view, frameSeed, out);
      onRendered(monotonicNowMs() - startedAtMs);
    },
  };
}

function timedDetector(detector: Detector, onResult: (result: DetectorResult) => void): Pick<Detector, 'detect'> {
  return {
    async detect(rgb, widthPx, heightPx) {
      const result = await detector.detect(rgb, widthPx, heightPx);
      onResult(result);
      return result;
    },
  };
}

function record(times: Map<string, number[]>, stage: string, elapsedMs: number): void {
  const list = times.get(stage);
  if (list === undefined) times.set(stage, [elapsedMs]);
  else list.push(elapsedMs);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

function table(report: {
  readonly network: string;
  readonly inputPx: readonly number[];
  readonly threads: number;
  readonly bareFps: number;
  readonly pipelineFps: number;
  readonly ratio: number;
  readonly stages: Readonly<Record<string, Spread>>;
  readonly simulator: Readonly<Record<string, Spread>>;
}): string {
  const rows = [...Object.entries(report.stages), ...Object.entries(report.simulator)].map(
    ([name, { p50, p99 }]) =>
      `  ${name.replace(/Ms$/, '').padEnd(12)} ${p50.toFixed(3).padStart(9)} ${p99.toFixed(3).padStart(9)}`,
  );
  return [
    `${report.network}, ${report.inputPx.join(' x ')} px, ${report.threads} thread(s)`,
    `  bare runtime ${report.bareFps.toFixed(1)} frames/s, whole pipeline ${report.pipelineFps.toFixed(1)} frames/s ` +
      `(${report.ratio.toFixed(2)} of it)`,
    '  stage          p50 ms    p99 ms',
    ...rows,
    '',
  ].join('\n');
}
