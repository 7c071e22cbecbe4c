import { parentPort } from 'node:worker_threads';
import { createTrainingSample } from '../renderer/training-sample.ts';
import type { DrawnSample } from './draw-samples.ts';

/** Draws the pictures it is asked for, one by one. */
parentPort?.on('message', ({ seed, index }: { seed: number; index: number }) => {
  const sample: DrawnSample = { index, ...createTrainingSample(seed, index) };
  parentPort?.postMessage(sample, [sample.pixels.buffer as ArrayBuffer]);
});
