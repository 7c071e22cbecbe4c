import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { folderForEachTest, testFolder } from '../../test/harness/test-folders.ts';
import { checkFolder } from './check-folder.ts';
import { contentsOf } from './contents.ts';
import { writeElf } from './testing/write-elf.ts';

const folder = folderForEachTest(testFolder('jetson-car-release'));
beforeEach(() => {
  mkdirSync(join(folder(), 'lib'));
});

function put(
  name: string,
  needs: { libraries?: string[]; versions?: Record<string, string[]>; machine?: number } = {},
) {
  writeFileSync(join(folder(), name), writeElf({ machine: 183, libraries: [], versions: {}, ...needs }));
}

test('a release that brings what it needs is sound, whatever else lies in it', () => {
  put('program', { libraries: ['libc.so.6', 'libstdc++.so.6', 'ld-linux-aarch64.so.1', 'libown.so.1.2'] });
  put(join('lib', 'libown.so.1.2'), { versions: { 'libc.so.6': ['GLIBC_2.27'] } });
  writeFileSync(join(folder(), 'read.me'), 'no program');
  expect(checkFolder(folder(), 'arm64')).toEqual({ checked: 2, problems: [], glibc: '2.27' });
});

test.each([
  [{ libraries: ['libnode.so.115'] }, 'program needs libnode.so.115, which is neither here nor on every system'],
  [
    { libraries: ['libc.musl-aarch64.so.1'] },
    'program needs libc.musl-aarch64.so.1, which is neither here nor on every',
  ],
  [{ versions: { 'libc.so.6': ['GLIBC_2.28'] } }, 'program needs GLIBC_2.28 of libc.so.6'],
  [{ machine: 62 }, 'program is for x86-64, not aarch64'],
])('%j is told', (needs, why) => {
  put('program', needs);
  const { problems } = checkFolder(folder(), 'arm64');
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(why);
});

test('one that is cut off is told, and the next one read', () => {
  put('whole');
  writeFileSync(
    join(folder(), 'cut'),
    writeElf({ machine: 183, libraries: ['libc.so.6'], versions: {} }).subarray(0, 60),
  );
  const { checked, problems } = checkFolder(folder(), 'arm64');
  expect([checked, problems.length]).toEqual([2, 1]);
  expect(problems[0]).toMatch(/^cut cannot be read/);
});

test('one for a laptop may need what the car has not', () => {
  put('program', { machine: 62, versions: { 'libc.so.6': ['GLIBC_2.36'] } });
  expect(checkFolder(folder(), 'x64').problems).toEqual([]);
});

test('what only an optional add-on needs of a laptop’s system is not asked of it', () => {
  mkdirSync(join(folder(), 'node_modules', 'epoll'), { recursive: true });
  put(join('node_modules', 'epoll', 'epoll.node'), { machine: 62, versions: { 'libc.so.6': ['GLIBC_2.34'] } });
  put('program', { machine: 62, versions: { 'libc.so.6': ['GLIBC_2.28'] } });
  expect(checkFolder(folder(), 'x64')).toMatchObject({ checked: 2, glibc: '2.28' });
});

test('the contents of a folder are what find and sort say of it', () => {
  for (const name of ['b', 'a', 'a b', 'A-1', 'é', 'lib/c', 'lib/.d'])
    writeFileSync(join(folder(), name), name.repeat(3));
  const said = spawnSync('sh', ['-c', "find . -type f -printf '%s %P\\n' | LC_ALL=C sort"], { cwd: folder() });
  expect(contentsOf(folder())).toBe(said.stdout.toString());
  expect(contentsOf(folder())).toContain('9 A-1\n');
});
