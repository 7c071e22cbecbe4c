import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareFolder, whyUnwritable } from '../../platform/file-trouble.ts';
import { UserError } from '../../platform/user-error.ts';
import { carLabels } from '../../protocol/car-labels.ts';
import { sampleHeightPx, sampleWidthPx } from '../renderer/training-sample.ts';
import type { DrawnSample, SampleRange } from './draw-samples.ts';

const imagesPerShard = 1000;

function shardName(shard: number): string {
  return `images-${String(shard).padStart(3, '0')}.bin`;
}

/** Puts pictures, which come in any order, at their places in the shards, and their labels in order (README). */
export class DatasetWriter {
  readonly #folder: string;
  readonly #range: SampleRange;
  readonly #labels: number;
  readonly #waiting = new Map<number, DrawnSample>();
  #shard = { number: -1, file: -1 };
  #next = 0;

  /** @throws UserError when the folder, which `--out` names, cannot be made or written. */
  constructor(folder: string, range: SampleRange) {
    this.#folder = folder;
    this.#range = range;
    prepareFolder(folder, '--out');
    for (const name of ['meta.json', 'labels.jsonl']) {
      if (!existsSync(join(folder, name))) continue;
      throw new UserError(
        `${folder} holds a data set already (${name}) and it is not replaced. Delete it, or change --out.`,
      );
    }
    this.#labels = this.#open('labels.jsonl');
  }

  /** Pictures that are in the files, from the first on. */
  get written(): number {
    return this.#next;
  }

  /** Names of the shards that were begun. */
  get shards(): string[] {
    return Array.from({ length: this.#shard.number + 1 }, (_, number) => shardName(number));
  }

  /** @throws UserError when the disk is full. */
  add(sample: DrawnSample): void {
    this.#waiting.set(sample.index - this.#range.startIndex, sample);
    for (let ready = this.#waiting.get(this.#next); ready !== undefined; ready = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#append(this.#next++, ready);
    }
  }

  /** @throws UserError when the disk is full. */
  finish(): void {
    if (this.#shard.file >= 0) closeSync(this.#shard.file);
    closeSync(this.#labels);
    const { count, seed, startIndex } = this.#range;
    const meta = {
      count,
      widthPx: sampleWidthPx,
      heightPx: sampleHeightPx,
      classes: carLabels,
      seed,
      startIndex,
      generator: 'npm run dataset',
    };
    this.#write('meta.json', join(this.#folder, 'meta.json'), `${JSON.stringify(meta, undefined, 2)}\n`);
  }

  #append(place: number, sample: DrawnSample): void {
    const number = Math.floor(place / imagesPerShard);
    if (number !== this.#shard.number) {
      if (this.#shard.file >= 0) closeSync(this.#shard.file);
      this.#shard = { number, file: this.#open(shardName(number)) };
    }
    this.#write(shardName(number), this.#shard.file, sample.pixels);
    const { index, seed, objects } = sample;
    this.#write('labels.jsonl', this.#labels, `${JSON.stringify({ index, seed, objects })}\n`);
  }

  /** A disk that is full may have no place for a name either. */
  #open(name: string): number {
    return this.#attempt(name, () => openSync(join(this.#folder, name), 'w'));
  }

  /** All of it: a disk that is nearly full takes a part of a picture without an error. */
  #write(name: string, file: number | string, data: string | Uint8Array): void {
    this.#attempt(name, () => writeFileSync(file, data));
  }

  #attempt<T>(name: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw new UserError(`${join(this.#folder, name)} ${whyUnwritable(error)}. Change --out.`);
    }
  }
}
