import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { folderOfThisTest, testFolder } from '../../test/harness/test-folders.ts';
import { UserError } from '../platform/user-error.ts';
import { createTrainingSample } from '../simulator/renderer/training-sample.ts';
import { dataset } from './dataset.ts';

const folder = testFolder('dataset');

describe('the data set', () => {
  it('has meta.json, shards and one line of labels a picture, each as the sample of its number', async () => {
    const told = await dataset({ out: folder, count: 3, seed: 9, startIndex: 5, workers: 0 });
    expect(told).toBe(`3 pictures (number 5 on) in ${folder}: images-000.bin, labels.jsonl and meta.json`);
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

  it('says that the disk is full, and what is in the way of a file', async () => {
    const full = folderOfThisTest('full');
    // A write to it fails as one to a full disk.
    symlinkSync('/dev/full', join(full, 'images-000.bin'));
    const drawn = dataset({ out: full, count: 2, seed: 1, startIndex: 0, workers: 0 });
    await expect(drawn).rejects.toThrow(/images-000\.bin cannot be written: the disk is full. Change --out/);
    const inTheWay = folderOfThisTest('in-the-way');
    mkdirSync(join(inTheWay, 'images-000.bin'));
    const refused = dataset({ out: inTheWay, count: 1, seed: 1, startIndex: 0, workers: 0 });
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(/images-000\.bin is a folder\. Change --out/);
  });

  it('does not take the place of another', async () => {
    const before = readFileSync(join(folder, 'labels.jsonl'));
    const again = dataset({ out: folder, count: 1, seed: 2, startIndex: 0, workers: 0 });
    await expect(again).rejects.toThrow(/holds a data set already.*--out/);
    expect(readFileSync(join(folder, 'labels.jsonl'))).toEqual(before);
  });

  it('is previewed with as many pictures as there are, and told so', async () => {
    const preview = join(folder, 'sheet.png');
    const told = await dataset({
      out: join(folder, 'previewed'),
      count: 8,
      seed: 9,
      startIndex: 0,
      workers: 0,
      preview,
    });
    expect(told).toContain(`\n8 of them with their boxes in ${preview}`);
    expect(await sharp(preview).metadata()).toMatchObject({ format: 'png', width: 6 * 384, height: 2 * 288 });
  });

  it('refuses places that cannot be written before it draws anything', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const few = { count: 2, seed: 1, startIndex: 0, workers: 0 };
    await expect(dataset({ ...few, out: file })).rejects.toThrow(/a-file is a file, not a folder.*--out/);
    await expect(dataset({ ...few, out: join(file, 'x') })).rejects.toThrow(/--out/);
    const out = join(folder, 'untouched');
    const preview = join(folder, 'none', 'sheet.png');
    await expect(dataset({ ...few, out, preview })).rejects.toThrow(/sheet\.png cannot be written.*--preview/);
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder)).not.toContain('none');
  });
});
