import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { makeTemporaryFolder, removeAbandonedFolders } from './temporary-folder.ts';

const parent = testFolder('temporary-folders');

test('folders of processes that are gone are removed, and nothing else', () => {
  const { pid: gone } = spawnSync('true');
  const own = makeTemporaryFolder('simulator', parent);
  expect(statSync(own).mode & 0o777).toBe(0o700);
  const left = join(parent, `jetson-car-profile-${gone}-abcdef`);
  mkdirSync(left);
  writeFileSync(join(left, 'simulator.sock'), '');
  const kept = ['notes', `jetson-car-state-abcdef`, `jetson-car-profile-${gone}-abcdef.jsonl`].map((name) =>
    join(parent, name),
  );
  for (const folder of kept) mkdirSync(folder);
  const link = join(parent, `jetson-car-profile-${gone}-ghijkl`);
  symlinkSync(kept[0]!, link);
  removeAbandonedFolders(parent);
  expect(existsSync(left)).toBe(false);
  expect(readdirSync(parent)).toHaveLength(kept.length + 2);
  expect(existsSync(own)).toBe(true);
  removeAbandonedFolders(join(parent, 'absent'));
});
