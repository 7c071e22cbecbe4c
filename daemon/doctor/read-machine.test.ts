import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderOfThisTest } from '../../test/harness/test-folders.ts';
import { readDisk, readVersions } from './read-machine.ts';

test('the disk of a folder that is not there yet is that of the one above it, and nothing is left on it', async () => {
  const folder = folderOfThisTest('jetson-car-doctor');
  const disk = await readDisk(join(folder, 'not', 'yet'));
  expect(disk).toMatchObject({ folder: join(folder, 'not', 'yet'), measuredIn: folder });
  expect(disk.freeMb).toBeGreaterThan(0);
  expect(disk.writeMbPerS).toBeGreaterThan(0);
  expect(readdirSync(folder)).toEqual([]);
});

test('a place in which nothing can be written is a reading, not the end of the report', async () => {
  const folder = folderOfThisTest('jetson-car-doctor');
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const disk = await readDisk(join(file, 'state'));
  expect(disk).toMatchObject({ folder: join(file, 'state'), measuredIn: file });
  expect(disk).not.toHaveProperty('writeMbPerS');
});

test.skipIf(process.getuid?.() !== 0)(
  'nor is a home that may not be searched (only root becomes another)',
  async () => {
    const home = folderOfThisTest('jetson-car-doctor');
    chmodSync(home, 0o700);
    process.seteuid?.(65534);
    const disk = await readDisk(join(home, 'state')).finally(() => process.seteuid?.(0));
    expect(disk).toMatchObject({ folder: join(home, 'state'), measuredIn: home });
    expect(disk).not.toHaveProperty('writeMbPerS');
  },
);

test('versions are those of what runs here', () => {
  expect(readVersions()).toMatchObject({ car: expect.stringMatching(/^\d+\.\d+\.\d+$/), node: process.version });
});
