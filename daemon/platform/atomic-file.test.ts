import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { folderForEachTest, testFolder } from '../../test/harness/test-folders.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { makeFolders } from './file-trouble.ts';

/** What somebody else does between two calls of the writer. */
const between = vi.hoisted(() => ({ afterWrite: () => {}, beforeOpen: (_path: unknown) => {}, beforeGive: () => {} }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    openSync: (...given: Parameters<typeof fs.openSync>) => {
      between.beforeOpen(given[0]);
      return fs.openSync(...given);
    },
    fchownSync: (...given: Parameters<typeof fs.fchownSync>) => {
      between.beforeGive();
      fs.fchownSync(...given);
    },
    writeFileSync: (...given: Parameters<typeof fs.writeFileSync>) => {
      fs.writeFileSync(...given);
      between.afterWrite();
    },
  };
});
afterEach(() => {
  between.afterWrite = () => {};
  between.beforeOpen = () => {};
  between.beforeGive = () => {};
});

const ownFolder = folderForEachTest(testFolder('atomic-file'));
let folder: string;
let file: string;
beforeEach(() => {
  folder = ownFolder();
  file = join(folder, 'car.yaml');
});
const text = 'preset: simulated\n';
const carUser = 4321;
const otherUser = 4322;
const nobody = 65_534;
const ownerOf = (path: string) => {
  const { uid, gid } = lstatSync(path);
  return [uid, gid];
};

test('a file is whole, with its mode, whatever a crash has left beside it', () => {
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, 'not ours');
  symlinkSync(elsewhere, `${file}.new`);
  writeFileAtomically(file, text, { mode: 0o600 });
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(elsewhere, 'utf8')).toBe('not ours');
});

test('one beside it that is put there again and again is given up, and nothing is written through it', () => {
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, 'not ours');
  let times = 0;
  between.beforeOpen = (path) => {
    if (path !== `${file}.new`) return;
    times++;
    symlinkSync(elsewhere, `${file}.new`);
  };
  expect(() => writeFileAtomically(file, text)).toThrow(/EEXIST/);
  expect(times).toBeLessThan(100);
  expect(readFileSync(elsewhere, 'utf8')).toBe('not ours');
});

test('a folder beside it is refused and stays', () => {
  mkdirSync(`${file}.new`);
  expect(() => writeFileAtomically(file, text)).toThrow(/EISDIR|EPERM/);
  expect(statSync(`${file}.new`).isDirectory()).toBe(true);
});

test('no descriptor stays open', () => {
  const open = () =>
    readdirSync('/proc/self/fd').filter((descriptor) => {
      try {
        return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(folder);
      } catch {
        // Closed meanwhile, as that of this very listing.
        return false;
      }
    });
  writeFileAtomically(file, text);
  between.afterWrite = () => {
    expect(open()).toHaveLength(1);
    throw new Error('the disk is full');
  };
  expect(() => writeFileAtomically(file, text)).toThrow('the disk is full');
  expect(open()).toEqual([]);
  expect(readdirSync(folder)).toEqual(['car.yaml']);
});

describe.skipIf(process.getuid?.() !== 0)('what root writes (only root gives files away)', () => {
  test('belongs to whoever the folder belongs to: the car reads what sudo has written', () => {
    chownSync(folder, carUser, carUser);
    writeFileAtomically(file, text, { mode: 0o600 });
    expect(ownerOf(file)).toEqual([carUser, carUser]);
  });

  test('stays whoever’s it was, in a folder of root’s too, and open to as many whatever the umask is', () => {
    writeFileSync(file, 'preset: jetbot\n');
    chownSync(file, 0, carUser);
    const before = process.umask(0o077);
    try {
      writeFileAtomically(file, text, { mode: 0o640 });
    } finally {
      process.umask(before);
    }
    expect(ownerOf(file)).toEqual([0, carUser]);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  test('is owned like another file, where it is a copy of that', () => {
    writeFileSync(file, text);
    chownSync(file, carUser, carUser);
    const copy = `${file}.last-good`;
    for (const left of [false, true]) {
      if (left) chownSync(copy, 0, 0);
      writeFileAtomically(copy, text, { mode: 0o600, ownedLike: file });
      expect(ownerOf(copy)).toEqual([carUser, carUser]);
    }
  });

  test('gives nothing else away, whatever the owner of the folder puts into its place meanwhile', () => {
    const others = join(folder, 'others');
    writeFileSync(others, 'secret');
    chownSync(others, otherUser, otherUser);
    chmodSync(others, 0o600);
    chownSync(folder, carUser, carUser);
    between.afterWrite = () => {
      rmSync(`${file}.new`);
      symlinkSync(others, `${file}.new`);
    };
    writeFileAtomically(file, text, { mode: 0o666 });
    expect(ownerOf(others)).toEqual([otherUser, otherUser]);
    expect(statSync(others).mode & 0o777).toBe(0o600);
    expect(readFileSync(others, 'utf8')).toBe('secret');
  });

  test('is written also where root may not give it away, as on NFS with root_squash, and that is told once', () => {
    chownSync(folder, carUser, carUser);
    chmodSync(folder, 0o777);
    chmodSync(dirname(folder), 0o755);
    const told: string[] = [];
    const toStandardError = vi.spyOn(process.stderr, 'write').mockImplementation((line) => told.push(String(line)) > 0);
    // As a server does with whoever comes as root.
    process.seteuid?.(nobody);
    try {
      writeFileAtomically(file, text, { mode: 0o600 });
      writeFileAtomically(file, `${text}\n`, { mode: 0o600 });
      makeFolders(join(folder, 'models', 'mine'));
    } finally {
      process.seteuid?.(0);
      toStandardError.mockRestore();
    }
    expect(readFileSync(file, 'utf8')).toBe(`${text}\n`);
    expect([file, join(folder, 'models', 'mine')].map((each) => lstatSync(each).uid)).toEqual([nobody, nobody]);
    expect(readdirSync(folder).sort()).toEqual(['car.yaml', 'models']);
    expect(told).toEqual([expect.stringMatching(/car\.yaml\.new could not be given to user 4321 \(EPERM\)/)]);
  });

  test('is refused, and the old one stays, when the disk fails while it is given away', () => {
    writeFileSync(file, 'old');
    chownSync(file, carUser, carUser);
    between.beforeGive = () => {
      throw Object.assign(new Error('EIO: i/o error, fchown'), { code: 'EIO' });
    };
    expect(() => writeFileAtomically(file, text)).toThrow(/EIO/);
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['car.yaml']);
  });
});
