import { chownSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { checkWritable, entryAt, makeFolders, prepareFolder, whyUnreadable, whyUnwritable } from './file-trouble.ts';
import { UserError } from './user-error.ts';

const folder = testFolder('files');
const aFile = join(folder, 'file.txt');
writeFileSync(aFile, 'here');
const withCode = (code: string) => Object.assign(new Error(code), { code });

test('people are told in words, with the code only where there is no word', () => {
  expect(whyUnreadable(withCode('ENOENT'))).toBe('does not exist');
  expect(whyUnreadable(withCode('EACCES'))).toBe('may not be read (EACCES)');
  expect(whyUnreadable(withCode('EIO'))).toBe('cannot be read (EIO)');
  expect(whyUnwritable(withCode('ENOENT'))).toBe('cannot be written: its folder does not exist');
  expect(whyUnwritable(withCode('EROFS'))).toBe('lies on a read-only file system');
  expect(whyUnwritable(withCode('ENOSPC'))).toBe('cannot be written: the disk is full');
  expect(whyUnwritable(withCode('EPERM'))).toBe('may not be written (EPERM)');
});

test('what is behind a file or a circle of links is not there', () => {
  const circle = join(folder, 'circle');
  symlinkSync(circle, circle);
  expect([entryAt(join(aFile, 'below')), entryAt(circle), entryAt(join(folder, 'none'))]).toEqual(
    Array(3).fill(undefined),
  );
  expect(entryAt(aFile)?.isFile()).toBe(true);
});

describe('a folder to write into', () => {
  test('is made, with what leads to it', () => {
    const deep = join(folder, 'a', 'b');
    prepareFolder(deep, '--out');
    prepareFolder(deep, '--out');
    expect(existsSync(deep)).toBe(true);
  });

  test('is made with the mode that is asked for, and one that is there keeps its own', () => {
    makeFolders(join(folder, 'c', 'd'), 0o700);
    makeFolders(join(folder, 'c', 'd'), 0o750);
    expect([join(folder, 'c'), join(folder, 'c', 'd')].map((each) => statSync(each).mode & 0o777)).toEqual([
      0o700, 0o700,
    ]);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'belongs to the owner of what it lies in, when root makes it (only root gives folders away)',
    () => {
      const carUser = 4321;
      const home = join(folder, 'home');
      mkdirSync(home);
      chownSync(home, carUser, carUser);
      makeFolders(join(home, 'state', 'car'), 0o700);
      makeFolders(join(folder, 'root', 'car'), 0o700);
      const owners = ['home/state', 'home/state/car', 'root', 'root/car'].map(
        (each) => statSync(join(folder, each)).uid,
      );
      expect(owners).toEqual([carUser, carUser, 0, 0]);
    },
  );

  test.each([
    [aFile, /file\.txt is a file, not a folder\. Change --out/],
    [join(aFile, 'below'), /has a file where a folder should be on its path\. Change --out/],
    // No recursive mkdir: that never ends there.
    ['/proc/jetson-car/none', /Change --out/],
  ])('%s is refused', (place, reason) => {
    expect(() => prepareFolder(place, '--out')).toThrow(reason);
    expect(() => prepareFolder(place, '--out')).toThrow(UserError);
  });
});

describe('a file to write', () => {
  test('may be there or not, and is not touched', () => {
    checkWritable(aFile, '--video');
    checkWritable(join(folder, 'new.mp4'), '--video');
    expect(existsSync(join(folder, 'new.mp4'))).toBe(false);
  });

  test.each([
    [join(folder, 'none', 'lap.mp4'), /lap\.mp4 cannot be written: its folder does not exist\. Change --video/],
    [join(aFile, 'lap.mp4'), /Change --video/],
    [folder, /is a folder\. Change --video/],
  ])('%s is refused', (place, reason) => {
    expect(() => checkWritable(place, '--video')).toThrow(reason);
    expect(() => checkWritable(place, '--video')).toThrow(UserError);
  });
});
