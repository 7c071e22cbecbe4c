import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { checkWritable } from '../platform/file-trouble.ts';
import { plural } from '../platform/plural.ts';
import { DatasetWriter } from '../simulator/dataset/dataset-writer.ts';
import { drawSamples, type SampleRange } from '../simulator/dataset/draw-samples.ts';
import { createProgress } from './progress.ts';

export interface DatasetOptions {
  /** Folder for the files (simulator/dataset/README.md); made if it is not there. */
  readonly out: string;
  readonly count: number;
  readonly seed: number;
  /** Number of the first picture: a part of a larger set. */
  readonly startIndex: number;
  /** Threads; 0 draws in this one. Default: one a core. */
  readonly workers?: number;
  /** A contact sheet (PNG) of the first pictures with their boxes. Needs sharp. */
  readonly preview?: string;
}

/**
 * Draws a training set with the simulator's renderer. Picture i depends on the seed and i alone, whatever the number of
 * threads.
 * @returns what was written, for people
 * @throws (rejects) UserError, before anything is drawn, when `out` or `preview` cannot be written, and when the disk is full
 */
export async function dataset(options: DatasetOptions): Promise<string> {
  const { out, preview, count, seed, startIndex } = options;
  const range: SampleRange = { count, seed, startIndex };
  if (preview !== undefined) checkWritable(preview, '--preview');
  const writer = new DatasetWriter(out, range);
  const progress = createProgress('pictures', count);
  try {
    await drawSamples(range, options.workers ?? availableParallelism(), (sample) => {
      writer.add(sample);
      progress.update(writer.written);
      return writer.written;
    });
    writer.finish();
  } finally {
    // Its timer would keep the program from ending.
    progress.end();
  }
  const pictures = plural(count, 'picture');
  const [first, ...others] = writer.shards;
  const shards = others.length === 0 ? first : `${first} to ${others.at(-1)}`;
  const written = `${pictures} (number ${startIndex} on) in ${resolve(out)}: ${shards}, labels.jsonl and meta.json`;
  if (preview === undefined) return written;
  // Only here: a machine that merely draws has no sharp.
  const { writeContactSheet } = await import('../simulator/dataset/contact-sheet.ts');
  const shown = await writeContactSheet(preview, range);
  return `${written}\n${shown} of them with their boxes in ${resolve(preview)}`;
}
