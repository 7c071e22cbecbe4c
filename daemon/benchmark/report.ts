import type { KernelReport } from './kernels.ts';
import type { StageReport } from './stages.ts';
import type { Spread } from './stopwatch.ts';
import type { Throughput } from './throughput.ts';

/** What `bench --json` prints (design section 6), and more. */
export interface BenchReport extends Throughput, StageReport {
  readonly network: string;
  readonly inputPx: readonly [widthPx: number, heightPx: number];
  readonly threads: number;
  readonly kernels: KernelReport;
}

/** The report as a table for people. */
export function describeReport(report: BenchReport): string {
  const { network, inputPx, threads, bareFps, pipelineFps, ratio } = report;
  const rows = (part: object) =>
    Object.entries(part as Record<string, Spread>).map(
      ([name, { p50, p99 }]) =>
        `  ${name.replace(/Ms$/, '').padEnd(15)} ${p50.toFixed(3).padStart(9)} ${p99.toFixed(3).padStart(9)}`,
    );
  return [
    `${network}, ${inputPx.join(' x ')} px, ${threads} thread(s)`,
    `  bare runtime ${bareFps.toFixed(1)} frames/s, whole pipeline ${pipelineFps.toFixed(1)} frames/s (${ratio.toFixed(2)} of it)`,
    '  stage             p50 ms    p99 ms',
    ...rows(report.stages),
    '  simulated car',
    ...rows(report.simulator),
    '  kernels: 640x480 to 416, SIMD and plain; boxes of 84 x 8400 with 100 objects',
    ...rows(report.kernels),
    '',
  ].join('\n');
}
