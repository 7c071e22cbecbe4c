import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { type DiskSteps, disk } from '../platform/atomic-file.ts';
import { UserError } from '../platform/user-error.ts';
import { ConfigStore } from './config-store.ts';

const folder = testFolder('jetson-car-power-cut');

const file = join(folder, 'car.yaml');
const good = 'pilot:\n  maxSpeedMps: 1.5 # not faster in the hall\n';
const store = (steps: DiskSteps) => new ConfigStore({ file, whenMissing: 'refuse', problemsOf: () => [], steps });

class PowerCut extends Error {}

/** A disk whose power never goes needs no waiting for it. */
const quick: DiskSteps = { ...disk, sync() {}, syncFolder() {} };

/**
 * A disk whose power goes after so many steps. What was not brought to the disk by then is lost in the worst ways that POSIX
 * allows: of a written file any part may be there, a renamed one may bear its old name again.
 */
function diskThatLosesPower(afterSteps: number, partLeft: number, renameLasts: boolean): DiskSteps {
  let left = afterSteps;
  const unsynced = new Set<string>();
  const nameOf = new Map<number, string>();
  const undo: (() => void)[] = [];
  const step = <Result>(work: () => Result): Result => {
    if (left-- <= 0) {
      for (const name of unsynced) {
        if (existsSync(name)) truncateSync(name, Math.floor(readFileSync(name).length * partLeft));
      }
      if (!renameLasts) for (const back of undo.toReversed()) back();
      throw new PowerCut();
    }
    return work();
  };
  return {
    write: (name, text, rights) =>
      step(() => {
        const descriptor = disk.write(name, text, rights);
        unsynced.add(name);
        nameOf.set(descriptor, name);
        return descriptor;
      }),
    sync: (descriptor) => step(() => unsynced.delete(nameOf.get(descriptor)!)),
    rename: (from, to) =>
      step(() => {
        const before = existsSync(to) ? readFileSync(to) : undefined;
        disk.rename(from, to);
        if (unsynced.delete(from)) unsynced.add(to);
        undo.push(() => (before === undefined ? rmSync(to) : writeFileSync(to, before)));
      }),
    syncFolder: () => step(() => undo.splice(0)),
  };
}

describe('a power cut while a change is written', () => {
  it('leaves the old configuration or the new one, and the car starts', () => {
    const cut = fc.record({
      afterSteps: fc.integer({ min: 0, max: 9 }),
      partLeft: fc.double({ min: 0, max: 1, noNaN: true }),
      renameLasts: fc.boolean(),
    });
    let cuts = 0;
    fc.assert(
      fc.property(cut, ({ afterSteps, partLeft, renameLasts }) => {
        writeFileSync(file, good);
        const started = store(quick);
        started.load();
        expect(started.keepLoaded()).toBeUndefined();
        const steps = diskThatLosesPower(afterSteps, partLeft, renameLasts);
        try {
          store(steps).change({ pilot: { maxSpeedMps: 0.5 } });
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          cuts++;
        }
        const { config, fallback } = store(quick).load();
        expect([0.5, 1.5]).toContain(config.pilot.maxSpeedMps);
        // It is even the file itself that is whole.
        expect(fallback).toBeUndefined();
      }),
    );
    expect(cuts).toBeGreaterThan(20);
  });
});
