import type { DetectorOptions, PipelinedDetector } from '../perception/detector/detector.ts';
import { readModelFile } from '../perception/detector/model/model-file.ts';
import { bindEmptyPicture, emptyInputs, recogniseInput } from '../perception/detector/model/network-input.ts';
import { chooseRuntime } from '../perception/detector/runtime/load-runtime.ts';
import type { Binding } from '../perception/detector/runtime/runtime.ts';
import { createWorkerDetector } from '../perception/detector/worker/worker-detector.ts';
import { monotonicNowMs } from '../platform/clock.ts';

export interface Throughput {
  /** The network alone, on an empty picture: what no pipeline around it can beat. */
  readonly bareFps: number;
  /** Pictures of 640x480 in, detections out, as the perception process does it. */
  readonly pipelineFps: number;
  readonly ratio: number;
}

/** What the usual webcam gives. */
const camera = { widthPx: 640, heightPx: 480 };
/** Pipeline and bare runtime take turns: what else the machine does then weighs on both alike. */
const turns = 8;
const warmUpRuns = 3;

/** The ratio is the median of those of the turns, and so are the rates. Needs the built sources. */
export async function measureThroughput(options: {
  readonly detector: DetectorOptions;
  readonly frames: number;
  readonly onFrames: (frames: number) => void;
}): Promise<Throughput> {
  const { modelFile, threads } = options.detector;
  const model = readModelFile(modelFile);
  const runtime = await chooseRuntime(options.detector)({
    modelFile,
    threads,
    trialInputs: (inputs) => emptyInputs(recogniseInput(model, inputs)),
  });
  const bare = bindEmptyPicture(runtime, recogniseInput(model, runtime.inputs));
  const pipeline = await createWorkerDetector({ ...options.detector, purpose: 'drive' });
  const framesATurn = Math.max(4, Math.round(options.frames / turns));
  await runBare(bare, warmUpRuns);
  await runPipeline(pipeline, warmUpRuns);
  const results: Throughput[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const bareFps = await runBare(bare, framesATurn);
    const pipelineFps = await runPipeline(pipeline, framesATurn);
    results.push({ bareFps, pipelineFps, ratio: pipelineFps / bareFps });
    options.onFrames((turn + 1) * framesATurn);
  }
  await Promise.all([pipeline.close(), runtime.close()]);
  return {
    bareFps: median(results, 'bareFps'),
    pipelineFps: median(results, 'pipelineFps'),
    ratio: median(results, 'ratio'),
  };
}

async function runBare(binding: Binding, frames: number): Promise<number> {
  const startedAtMs = monotonicNowMs();
  for (let i = 0; i < frames; i++) await binding.run();
  return (1000 * frames) / (monotonicNowMs() - startedAtMs);
}

/** A new picture is there whenever the detector can take one. */
async function runPipeline(detector: PipelinedDetector, frames: number): Promise<number> {
  const { widthPx, heightPx } = camera;
  const picture = new Uint8Array(widthPx * heightPx * 3).fill(114);
  const startedAtMs = monotonicNowMs();
  let looking = detector.offer(picture, widthPx, heightPx);
  for (let i = 0; i < frames; i++) {
    // A thread that rests must have woken before the next offer, which would take this one's place: nobody would look at it.
    await looking.fate;
    const next = i + 1 < frames ? detector.offer(picture, widthPx, heightPx) : looking;
    await looking.result;
    looking = next;
  }
  return (1000 * frames) / (monotonicNowMs() - startedAtMs);
}

function median(results: readonly Throughput[], field: keyof Throughput): number {
  const sorted = results.map((result) => result[field]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
