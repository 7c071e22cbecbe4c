import { once } from 'node:events';
import { closeSync, createWriteStream, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { UserError } from '../platform/user-error.ts';
import { carLabels } from '../protocol/car-labels.ts';
import {
  createTrainingSample,
  type SampleObject,
  sampleHeightPx,
  sampleWidthPx,
} from '../simulator/renderer/training-sample.ts';

export interface DatasetOptions {
  /** Folder for meta.json, images-NNN.bin and labels.jsonl; made if it is not there. */
  readonly out: string;
  readonly count: number;
  readonly seed: number;
  /** Number of the first picture: a part of a larger set. Default 0. */
  readonly startIndex?: number;
  /** Threads; 0 draws in this one. Default: one a core. */
  readonly workers?: number;
  /** A contact sheet (PNG) of the first pictures with their boxes. Needs sharp. */
  readonly preview?: string;
}

/** What a worker answers for one picture. */
export interface DrawnSample {
  readonly index: number;
  readonly seed: number;
  readonly pixels: Uint8Array;
  readonly objects: readonly SampleObject[];
}

const imagesPerShard = 1000;

function shardName(shard: number): string {
  return `images-${String(shard).padStart(3, '0')}.bin`;
}

/** Puts pictures, which come in any order, at their places in the shards, and their labels in order. */
class DatasetWriter {
  readonly #options: DatasetOptions;
  readonly #labels;
  readonly #waiting = new Map<number, DrawnSample>();
  #shard = { number: -1, file: -1 };
  #next = 0;

  constructor(options: DatasetOptions) {
    this.#options = options;
    mkdirSync(options.out, { recursive: true });
    this.#labels = createWriteStream(join(options.out, 'labels.jsonl'));
  }

  get written(): number {
    return this.#next;
  }

  /** @param place of the picture in the set, from 0. */
  add(place: number, sample: DrawnSample): void {
    this.#waiting.set(place, sample);
    for (let ready = this.#waiting.get(this.#next); ready !== undefined; ready = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#append(this.#next++, ready);
    }
  }

  async finish(): Promise<void> {
    if (this.#shard.file >= 0) closeSync(this.#shard.file);
    this.#labels.end();
    await once(this.#labels, 'finish');
    const meta = {
      count: this.#options.count,
      widthPx: sampleWidthPx,
      heightPx: sampleHeightPx,
      classes: carLabels,
      seed: this.#options.seed,
      startIndex: this.#options.startIndex ?? 0,
      generator: 'npm run dataset',
    };
    writeFileSync(join(this.#options.out, 'meta.json'), `${JSON.stringify(meta, undefined, 2)}\n`);
  }

  #append(place: number, sample: DrawnSample): void {
    const number = Math.floor(place / imagesPerShard);
    if (number !== this.#shard.number) {
      if (this.#shard.file >= 0) closeSync(this.#shard.file);
      this.#shard = { number, file: openSync(join(this.#options.out, shardName(number)), 'w') };
    }
    writeSync(this.#shard.file, sample.pixels);
    const { index, seed, objects } = sample;
    this.#labels.write(`${JSON.stringify({ index, seed, objects })}\n`);
  }
}

function createProgressLine(count: number): (done: number) => void {
  const startedAtMs = performance.now();
  let shownAtMs = 0;
  return (done) => {
    const nowMs = performance.now();
    if (done < count && nowMs - shownAtMs < 1000) return;
    shownAtMs = nowMs;
    const perSecond = done / ((nowMs - startedAtMs) / 1000);
    const leftS = Math.round((count - done) / perSecond);
    const end = process.stderr.isTTY ? (done < count ? '\r' : '\n') : '\n';
    process.stderr.write(`dataset: ${done}/${count} scenes, ${perSecond.toFixed(1)}/s, ${leftS} s left  ${end}`);
  };
}

/** Each worker draws one picture at a time and is given the next; none runs more than `aheadLimit` before the writer. */
async function drawInWorkers(
  options: DatasetOptions,
  workers: number,
  onSample: (place: number, sample: DrawnSample) => number,
) {
  const startIndex = options.startIndex ?? 0;
  const aheadLimit = 64 * workers;
  let given = 0;
  let written = 0;
  const idle = new Set<Worker>();
  const pool = Array.from({ length: workers }, () => new Worker(new URL('./dataset-worker.js', import.meta.url)));
  try {
    await new Promise<void>((resolve, reject) => {
      const give = (worker: Worker): void => {
        if (given < options.count && given - written < aheadLimit) {
          worker.postMessage({ seed: options.seed, index: startIndex + given++ });
        } else idle.add(worker);
      };
      for (const worker of pool) {
        worker.on('error', reject);
        worker.on('message', (sample: DrawnSample) => {
          written = onSample(sample.index - startIndex, sample);
          if (written === options.count) resolve();
          idle.add(worker);
          for (const waiting of [...idle]) {
            idle.delete(waiting);
            give(waiting);
          }
        });
        give(worker);
      }
      if (options.count === 0) resolve();
    });
  } finally {
    await Promise.all(pool.map((worker) => worker.terminate()));
  }
}

/**
 * Draws a training set with the simulator's renderer. Picture i depends on the seed and i alone, whatever the number of
 * threads. The folder gets `images-000.bin`, `images-001.bin`, …: 1000 pictures each (the last may have fewer), one after
 * another, RGB row by row; `labels.jsonl`: a line a picture, boxes as left, top, right, bottom in its pixels; `meta.json`.
 * @returns 0
 * @throws UserError for a count, seed or number of workers that makes no sense
 */
export async function dataset(options: DatasetOptions): Promise<number> {
  const whole = (name: string, value: number, least: number): void => {
    if (!Number.isSafeInteger(value) || value < least) {
      throw new UserError(`--${name} ${value}: must be a whole number of at least ${least}`);
    }
  };
  const workers = options.workers ?? availableParallelism();
  whole('count', options.count, 0);
  whole('seed', options.seed, 0);
  whole('start-index', options.startIndex ?? 0, 0);
  whole('workers', workers, 0);
  const writer = new DatasetWriter(options);
  const progress = createProgressLine(options.count);
  const onSample = (place: number, sample: DrawnSample): number => {
    writer.add(place, sample);
    progress(writer.written);
    return writer.written;
  };
  if (workers > 0) await drawInWorkers(options, Math.min(workers, Math.max(1, options.count)), onSample);
  else {
    for (let place = 0; place < options.count; place++) {
      const index = (options.startIndex ?? 0) + place;
      onSample(place, { index, ...createTrainingSample(options.seed, index) });
    }
  }
  await writer.finish();
  if (options.preview !== undefined) {
    // Only here: a machine that merely draws has no sharp.
    const { writeContactSheet } = await import('./dataset-preview.ts');
    await writeContactSheet(options.preview, options.seed, options.startIndex ?? 0);
  }
  return 0;
}

const program = process.argv[1];
if (program !== undefined && import.meta.url === pathToFileURL(program).href) {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      count: { type: 'string' },
      seed: { type: 'string' },
      'start-index': { type: 'string' },
      workers: { type: 'string' },
      preview: { type: 'string' },
    },
  });
  if (values.out === undefined || values.count === undefined || values.seed === undefined) {
    process.stderr.write(
      'usage: dataset --out DIR --count N --seed S [--start-index I] [--workers W] [--preview FILE.png]\n',
    );
    process.exitCode = 2;
  } else {
    process.exitCode = await dataset({
      out: values.out,
      count: Number(values.count),
      seed: Number(values.seed),
      ...(values['start-index'] === undefined ? {} : { startIndex: Number(values['start-index']) }),
      ...(values.workers === undefined ? {} : { workers: Number(values.workers) }),
      ...(values.preview === undefined ? {} : { preview: values.preview }),
    });
  }
}
