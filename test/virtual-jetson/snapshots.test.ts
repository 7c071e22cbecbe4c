import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderForEachTest, testFolder } from '../harness/test-folders.ts';
import { SnapshotStore, snapshotsToForget } from './snapshots.ts';

describe('which snapshots are forgotten', () => {
  const kept = [
    { key: 'old', bytes: 10, usedAtMs: 1 },
    { key: 'newest', bytes: 10, usedAtMs: 3 },
    { key: 'newer', bytes: 10, usedAtMs: 2 },
  ];
  it.each([
    ['none that keep within the limits', { count: 3, bytes: 30 }, []],
    ['the longest unused when there are too many', { count: 2, bytes: 30 }, ['old']],
    ['the longest unused when they are too large', { count: 3, bytes: 15 }, ['newer', 'old']],
    ['never the one used last, however large', { count: 0, bytes: 0 }, ['newer', 'old']],
  ])('%s', (_, limits, forgotten) => {
    expect(snapshotsToForget(kept, limits)).toEqual(forgotten);
  });
});

describe('a store of snapshots', () => {
  const folder = folderForEachTest(testFolder('virtual-jetson-snapshots'));

  const fill = async ({ disk, memory }: { readonly disk: string; readonly memory: string }) => {
    writeFileSync(disk, 'disk');
    writeFileSync(memory, 'memory');
  };

  it('has one once it is made, until it is removed', async () => {
    const store = new SnapshotStore(folder(), { count: 2, bytes: 1e6 });
    expect(store.find('a')).toBeUndefined();
    const made = await store.make('a', fill);
    expect(store.find('a')).toEqual(made);
    expect([made.disk, made.memory].map((file) => existsSync(file))).toEqual([true, true]);
    store.remove('a');
    expect(store.find('a')).toBeUndefined();
  });

  it('keeps nothing of one that could not be made', async () => {
    const store = new SnapshotStore(folder(), { count: 2, bytes: 1e6 });
    const fails = store.make('a', async (into) => {
      await fill(into);
      throw new Error('the machine hangs');
    });
    await expect(fails).rejects.toThrow('the machine hangs');
    expect(readdirSync(folder())).toEqual([]);
  });

  it('forgets the one that was used the longest time ago', async () => {
    const store = new SnapshotStore(folder(), { count: 2, bytes: 1e6 });
    for (const [key, usedAtS] of [
      ['a', 2],
      ['b', 1],
    ] as const) {
      const { folder: place } = await store.make(key, fill);
      utimesSync(place, usedAtS, usedAtS);
    }
    await store.make('c', fill);
    expect(readdirSync(folder()).sort()).toEqual(['a', 'c']);
  });

  it('clears away what a run left that was ended while it made one, and leaves one that is being made', () => {
    const ended = `a.${2 ** 22 + 1}.unfinished`;
    const underWay = `b.${process.pid}.unfinished`;
    for (const name of [ended, underWay]) mkdirSync(join(folder(), name));
    new SnapshotStore(folder(), { count: 2, bytes: 1e6 });
    expect(readdirSync(folder())).toEqual([underWay]);
  });
});
