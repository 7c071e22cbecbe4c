import { basename } from 'node:path';
import { measureKernels } from '../benchmark/kernels.ts';
import { type BenchReport, describeReport, lapPace } from '../benchmark/report.ts';
import { measureStages } from '../benchmark/stages.ts';
import { measureThroughput } from '../benchmark/throughput.ts';
import { findModel } from '../car/find-model.ts';
import { loadConfig } from '../car/load-config.ts';
import { createDetector } from '../perception/detector/detector.ts';
import { describeFallback } from '../perception/detector/runtime/runtime.ts';
import { createProgress } from './progress.ts';

export interface BenchOptions {
  readonly model?: string;
  readonly frames: number;
  readonly threads: number;
  readonly json?: boolean;
}

/**
 * How fast the pipeline is, beside the bare runtime in the same run, and stage by stage.
 * @throws (rejects) UserError when the network cannot be used.
 */
export async function bench(options: BenchOptions): Promise<number> {
  const { frames, threads } = options;
  const config = loadConfig({
    overrides: { ...(options.model !== undefined && { detector: { modelFile: options.model } }) },
  });
  const modelFile = findModel(config.detector.modelFile);
  const detector = { ...config.detector, modelFile, threads };
  const loaded = await createDetector(detector);
  const { inputWidthPx, inputHeightPx, fallbacks } = loaded.info;
  for (const each of fallbacks) process.stderr.write(`jetson-car bench: ${describeFallback(each)}\n`);
  await loaded.close();

  const progress = createProgress('frames', 2 * frames);
  const throughput = await measureThroughput({
    detector,
    frames,
    onFrames: (done) => progress.update(Math.min(done, frames)),
  });
  const stages = await measureStages({ config, detector, frames, onFrame: (done) => progress.update(frames + done) });
  progress.end();
  const report: BenchReport = {
    network: basename(modelFile),
    inputPx: [inputWidthPx, inputHeightPx],
    threads,
    ...throughput,
    ...stages,
    laps: lapPace(stages, config.camera.framesPerSecond),
    kernels: measureKernels(),
  };
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : describeReport(report));
  return 0;
}
