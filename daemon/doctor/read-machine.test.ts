import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDisk, readVersions } from './read-machine.ts';

test('the disk of a folder that is not there yet is that of the one above it, and nothing is left on it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jetson-car-doctor-'));
  try {
    const disk = await readDisk(join(folder, 'not', 'yet'));
    expect(disk).toMatchObject({ folder });
    expect(disk.freeMb).toBeGreaterThan(0);
    expect(disk.writeMbPerS).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('versions are those of what runs here', () => {
  expect(readVersions()).toMatchObject({ car: expect.stringMatching(/^\d+\.\d+\.\d+$/), node: process.version });
});
