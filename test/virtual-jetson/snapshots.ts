import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** A machine that was saved: what it had on its disk and in its memory. */
export interface Snapshot {
  readonly key: string;
  readonly folder: string;
  readonly disk: string;
  readonly memory: string;
}

export interface KeptSnapshot {
  readonly key: string;
  readonly bytes: number;
  readonly usedAtMs: number;
}
export interface SnapshotLimits {
  readonly count: number;
  readonly bytes: number;
}

/** Those that have to go so that the rest keeps within the limits: the longest unused first, never the one used last. */
export function snapshotsToForget(kept: readonly KeptSnapshot[], limits: SnapshotLimits): string[] {
  const newestFirst = [...kept].sort((a, b) => b.usedAtMs - a.usedAtMs);
  let bytes = 0;
  return newestFirst
    .filter((each, place) => {
      bytes += each.bytes;
      return place > 0 && (place >= limits.count || bytes > limits.bytes);
    })
    .map(({ key }) => key);
}

const unfinished = '.unfinished';

/** Snapshots by a key of everything that made them, in a folder of their own. */
export class SnapshotStore {
  readonly #folder: string;
  readonly #limits: SnapshotLimits;

  constructor(folder: string, limits: SnapshotLimits) {
    this.#folder = folder;
    this.#limits = limits;
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) {
      if (name.endsWith(unfinished) && !isRunning(Number(name.split('.')[1]))) this.remove(name);
    }
  }

  /** Undefined where there is none. One that is found counts as used now. */
  find(key: string): Snapshot | undefined {
    const folder = join(this.#folder, key);
    const now = new Date();
    try {
      utimesSync(folder, now, now);
    } catch {
      return undefined;
    }
    return { key, folder, disk: join(folder, 'disk.qcow2'), memory: join(folder, 'memory') };
  }

  /** `fill` leaves the files; whoever looks for it meanwhile finds none. */
  async make(key: string, fill: (into: Omit<Snapshot, 'key'>) => Promise<void>): Promise<Snapshot> {
    const folder = join(this.#folder, `${key}.${process.pid}${unfinished}`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    try {
      await fill({ folder, disk: join(folder, 'disk.qcow2'), memory: join(folder, 'memory') });
      this.remove(key);
      renameSync(folder, join(this.#folder, key));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    for (const old of snapshotsToForget(this.#kept(), this.#limits)) this.remove(old);
    return this.find(key)!;
  }

  remove(key: string): void {
    rmSync(join(this.#folder, key), { recursive: true, force: true });
  }

  #kept(): KeptSnapshot[] {
    return readdirSync(this.#folder)
      .filter((name) => !name.endsWith(unfinished))
      .map((key) => {
        const folder = join(this.#folder, key);
        const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).blocks * 512, 0);
        return { key, bytes, usedAtMs: statSync(folder).mtimeMs };
      });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
