import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';

const command = join(import.meta.dirname, '..', 'scripts', 'jetson-car.js');
const positive = z.number().positive();
const spread = z.strictObject({ p50: positive, p99: positive }).refine(({ p50, p99 }) => p99 >= p50);
const stages = ['grabMs', 'preprocessMs', 'runMs', 'decodeMs', 'planMs', 'commandMs', 'jpegMs'] as const;

/** As the design lays it down, and more. No time is asked for: machines differ, and this one may be busy. */
const report = z.looseObject({
  network: z.literal('car-cones-384.onnx'),
  inputPx: z.tuple([z.literal(384), z.literal(288)]),
  threads: z.literal(1),
  bareFps: positive,
  pipelineFps: positive,
  ratio: positive,
  ratioQuartiles: z.tuple([positive, positive]),
  stages: z.strictObject(Object.fromEntries(stages.map((stage) => [stage, spread]))),
  kernels: z.strictObject({ letterboxMs: spread, letterboxExactMs: spread, decodeMs: spread }),
});

test('bench tells the pipeline beside the bare runtime, every stage, and the kernels', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [command, 'bench', '--frames', '16', '--json']);
  const { kernels } = report.parse(JSON.parse(stdout));
  // The one that is worth its code: plain TypeScript takes some ten times as long.
  expect(kernels.letterboxExactMs.p50).toBeGreaterThan(2 * kernels.letterboxMs.p50);
});
