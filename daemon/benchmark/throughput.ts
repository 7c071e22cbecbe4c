import type { DetectorOptions, PipelinedDetector } from '../perception/detector/detector.ts';
import { checkVersion } from '../perception/detector/model/check-facts.ts';
import { readModelFile } from '../perception/detector/model/model-file.ts';
import { bindEmptyPicture, emptyInputs, recogniseInput } from '../perception/detector/model/network-input.ts';
import { chooseRuntime } from '../perception/detector/runtime/load-runtime.ts';
import { loadNodeRuntime } from '../perception/detector/runtime/node-runtime.ts';
import type { Binding, LoadRuntime } from '../perception/detector/runtime/runtime.ts';
import { createWorkerDetector } from '../perception/detector/worker/worker-detector.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { detectorRuntimeDefaults } from '../protocol/detector-runtime.ts';

export interface Throughput {
  /** The network alone, on an empty picture, by the runtime as everyone calls it. */
  readonly bareFps: number;
  /** Pictures of 640x480 in, detections out, as the perception process does it. */
  readonly pipelineFps: number;
  /** The pipeline's by the bare runtime's, each pair of turns for itself; the median of them. */
  readonly ratio: number;
  /** How far the pairs are apart: a quarter of their ratios is below the first, a quarter above the second. */
  readonly ratioQuartiles: readonly [lower: number, upper: number];
}

/** What the usual webcam gives. */
const camera = { widthPx: 640, heightPx: 480 };
/**
 * Pipeline and bare runtime take turns, and now the one is first and now the other: what else the machine does then weighs on
 * both alike. Turns are short, so that whatever comes and goes spoils few of them.
 */
const pairs = 20;
const leastFramesATurn = 5;
const warmUpRuns = 3;

/** Frames per second of one turn each. */
export interface PairOfTurns {
  readonly bareFps: number;
  readonly pipelineFps: number;
}

/** Needs the built sources. */
export async function measureThroughput(options: {
  readonly detector: DetectorOptions;
  readonly frames: number;
  readonly onFrames: (frames: number) => void;
}): Promise<Throughput> {
  const { modelFile, threads } = options.detector;
  const model = readModelFile(modelFile, 'asked-later');
  const runtime = await bareRuntime(options.detector)({
    modelFile,
    threads,
    trialInputs: (inputs) => emptyInputs(recogniseInput(model, inputs)),
    checkLimits: (limits) => checkVersion(modelFile, model.facts, limits),
  });
  const bare = bindEmptyPicture(runtime, recogniseInput(model, runtime.inputs));
  const pipeline = await createWorkerDetector({ ...options.detector, purpose: 'drive' });
  const frames = Math.max(leastFramesATurn, Math.round(options.frames / pairs));
  await runBare(bare, warmUpRuns);
  await runPipeline(pipeline, warmUpRuns);
  const measured: PairOfTurns[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) {
      const bareFps = await runBare(bare, frames);
      measured.push({ bareFps, pipelineFps: await runPipeline(pipeline, frames) });
    } else {
      const pipelineFps = await runPipeline(pipeline, frames);
      measured.push({ pipelineFps, bareFps: await runBare(bare, frames) });
    }
    options.onFrames((pair + 1) * frames);
  }
  await Promise.all([pipeline.close(), runtime.close()]);
  return throughputOf(measured);
}

/**
 * What a program without this project would run the network by: `session.run` of the npm package, with its outputs' memory given;
 * or the library that the configuration names.
 */
function bareRuntime(choice: DetectorOptions): LoadRuntime {
  const runtime = choice.runtime ?? detectorRuntimeDefaults.runtime;
  return runtime === 'node' ? loadNodeRuntime : chooseRuntime(choice);
}

/** @throws RangeError when nothing was measured. */
export function throughputOf(measured: readonly PairOfTurns[]): Throughput {
  const bareRates = measured.map(({ bareFps }) => bareFps);
  const pipelineRates = measured.map(({ pipelineFps }) => pipelineFps);
  const ratios = measured.map(({ bareFps, pipelineFps }) => pipelineFps / bareFps);
  return {
    bareFps: quantile(bareRates, 0.5),
    pipelineFps: quantile(pipelineRates, 0.5),
    ratio: quantile(ratios, 0.5),
    ratioQuartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  };
}

async function runBare(binding: Binding, frames: number): Promise<number> {
  await binding.run();
  const startedAtMs = monotonicNowMs();
  for (let i = 0; i < frames; i++) await binding.run();
  return (1000 * frames) / (monotonicNowMs() - startedAtMs);
}

/** A new picture is there whenever the detector can take one, from before the first that counts to after the last. */
async function runPipeline(detector: PipelinedDetector, frames: number): Promise<number> {
  const { widthPx, heightPx } = camera;
  const picture = new Uint8Array(widthPx * heightPx * 3).fill(114);
  let looking = detector.offer(picture, widthPx, heightPx);
  const lookAtNext = async (): Promise<void> => {
    // A thread that rests must have woken before the next offer, which would take this one's place: nobody would look at it.
    await looking.fate;
    const next = detector.offer(picture, widthPx, heightPx);
    await looking.result;
    looking = next;
  };
  await lookAtNext();
  const startedAtMs = monotonicNowMs();
  for (let i = 0; i < frames; i++) await lookAtNext();
  const elapsedMs = monotonicNowMs() - startedAtMs;
  await looking.result;
  return (1000 * frames) / elapsedMs;
}

/** Between the two nearest values, by how near they are. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (below === undefined || above === undefined) throw new RangeError('no turn was measured');
  return below + (above - below) * (at % 1);
}
