import { rates } from '../protocol/rates.ts';
import type { KernelReport } from './kernels.ts';
import type { StageReport } from './stages.ts';
import type { Spread } from './stopwatch.ts';
import type { Throughput } from './throughput.ts';

/** What `bench --json` prints. */
export interface BenchReport extends Throughput, StageReport {
  readonly laps: LapPace;
  readonly network: string;
  readonly inputPx: readonly [widthPx: number, heightPx: number];
  readonly threads: number;
  readonly kernels: KernelReport;
}

/** What `lap` can make of this machine, from the medians of its parts. */
export interface LapPace {
  /** Drawing a picture and everything else but the network, in one thread, for each picture. */
  readonly simulatorMs: number;
  /** The network, in a thread beside it. */
  readonly networkMs: number;
  /** Simulated by real time, with a core for each thread and nothing lost between them. */
  readonly timesRealTimeAtMost: number;
}

/** How fast laps can be at best on this machine, from the medians of the stages. */
export function lapPace({ stages, simulator }: StageReport, framesPerSecond: number): LapPace {
  const perFrame = (periodMs: number) => 1000 / framesPerSecond / periodMs;
  const simulatorMs =
    simulator.renderMs.p50 +
    simulator.worldMs.p50 * perFrame(rates.actuationPeriodMs) +
    (stages.planMs.p50 + stages.commandMs.p50) * perFrame(rates.controlPeriodMs) +
    stages.preprocessMs.p50;
  const networkMs = stages.runMs.p50 + stages.decodeMs.p50;
  const timesRealTimeAtMost = 1000 / framesPerSecond / Math.max(simulatorMs, networkMs);
  return { simulatorMs, networkMs, timesRealTimeAtMost };
}

/** The report as a table for people. */
export function describeReport(report: BenchReport): string {
  const { network, inputPx, threads, bareFps, pipelineFps, ratio, ratioQuartiles, laps } = report;
  const [lower, upper] = ratioQuartiles.map((quartile) => quartile.toFixed(3));
  const rows = (part: object) =>
    Object.entries(part as Record<string, Spread>).map(
      ([name, { p50, p99 }]) =>
        `  ${name.replace(/Ms$/, '').padEnd(15)} ${p50.toFixed(3).padStart(9)} ${p99.toFixed(3).padStart(9)}`,
    );
  return [
    `${network}, ${inputPx.join(' x ')} px, ${threads} thread(s)`,
    `  bare runtime ${bareFps.toFixed(1)} frames/s, whole pipeline ${pipelineFps.toFixed(1)} frames/s: ${ratio.toFixed(3)} of it, ` +
      `half of the turns from ${lower} to ${upper}`,
    '  stage             p50 ms    p99 ms',
    ...rows(report.stages),
    '  simulated car',
    ...rows(report.simulator),
    `  laps: ${laps.simulatorMs.toFixed(1)} ms a picture beside ${laps.networkMs.toFixed(1)} ms of network: ` +
      `at most ${laps.timesRealTimeAtMost.toFixed(1)} times real time`,
    '  kernels: 640x480 to 416, SIMD and plain; boxes of 84 x 8400 with 100 objects',
    ...rows(report.kernels),
    '',
  ].join('\n');
}
