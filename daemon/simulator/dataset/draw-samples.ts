import { Worker } from 'node:worker_threads';
import { createTrainingSample, type SampleObject } from '../renderer/training-sample.ts';

/** Picture i of a seed is always the same, whatever is drawn beside it: a range may be drawn in parts. */
export interface SampleRange {
  readonly seed: number;
  /** Number of the first picture. */
  readonly startIndex: number;
  readonly count: number;
}

export interface DrawnSample {
  readonly index: number;
  /** Of this picture. */
  readonly seed: number;
  readonly pixels: Uint8Array;
  readonly objects: readonly SampleObject[];
}

/**
 * Draws the pictures of a range and hands each on, in any order.
 * @param workers threads that draw; 0 draws in this one.
 * @param onSample takes a picture and answers how many, from the first on, are done with: nothing runs far ahead of it.
 * @throws (rejects) what `onSample` throws.
 */
export async function drawSamples(
  range: SampleRange,
  workers: number,
  onSample: (sample: DrawnSample) => number,
): Promise<void> {
  if (workers > 0) {
    await drawInWorkers(range, Math.min(workers, Math.max(1, range.count)), onSample);
    return;
  }
  for (let place = 0; place < range.count; place++) {
    const index = range.startIndex + place;
    onSample({ index, ...createTrainingSample(range.seed, index) });
  }
}

/** Each worker draws one picture at a time and is given the next; none runs more than `aheadLimit` ahead. */
async function drawInWorkers(
  { seed, startIndex, count }: SampleRange,
  workers: number,
  onSample: (sample: DrawnSample) => number,
): Promise<void> {
  const aheadLimit = 64 * workers;
  let given = 0;
  let done = 0;
  const idle = new Set<Worker>();
  const pool = Array.from({ length: workers }, () => new Worker(new URL('./dataset-worker.js', import.meta.url)));
  try {
    await new Promise<void>((resolve, reject) => {
      const give = (worker: Worker): void => {
        if (given < count && given - done < aheadLimit) worker.postMessage({ seed, index: startIndex + given++ });
        else idle.add(worker);
      };
      for (const worker of pool) {
        worker.on('error', reject);
        worker.on('message', (sample: DrawnSample) => {
          try {
            done = onSample(sample);
          } catch (error) {
            reject(error);
            return;
          }
          if (done === count) resolve();
          idle.add(worker);
          for (const waiting of [...idle]) {
            idle.delete(waiting);
            give(waiting);
          }
        });
        give(worker);
      }
      if (count === 0) resolve();
    });
  } finally {
    await Promise.all(pool.map((worker) => worker.terminate()));
  }
}
