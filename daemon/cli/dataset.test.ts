import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createTrainingSample } from '../simulator/renderer/training-sample.ts';
import { dataset } from './dataset.ts';

const folder = mkdtempSync(join(tmpdir(), 'dataset-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the data set', () => {
  it('has meta.json, shards and one line of labels a picture, each as the sample of its number', async () => {
    expect(await dataset({ out: folder, count: 3, seed: 9, startIndex: 5, workers: 0 })).toBe(0);
    const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
    expect(meta).toEqual({
      count: 3,
      widthPx: 384,
      heightPx: 288,
      classes: ['blue cone', 'yellow cone', 'orange cone', 'stop sign', 'person', 'box'],
      seed: 9,
      startIndex: 5,
      generator: 'npm run dataset',
    });
    const pixels = readFileSync(join(folder, 'images-000.bin'));
    expect(pixels).toHaveLength(3 * 384 * 288 * 3);
    const lines = readFileSync(join(folder, 'labels.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).index)).toEqual([5, 6, 7]);
    const last = createTrainingSample(9, 7);
    expect(JSON.parse(lines[2]!)).toEqual({ index: 7, seed: last.seed, objects: last.objects });
    expect(pixels.subarray(2 * 384 * 288 * 3).equals(last.pixels)).toBe(true);
  });

  it('refuses counts that make no sense', async () => {
    await expect(dataset({ out: folder, count: 1.5, seed: 1, workers: 0 })).rejects.toThrow(
      /--count 1.5: must be a whole/,
    );
  });
});
