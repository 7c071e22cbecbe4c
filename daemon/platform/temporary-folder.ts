import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `jetson-car-PURPOSE-PID-RANDOM` */
const ours = /^jetson-car-[a-z]+-(\d+)-\w{6}$/;

/**
 * A new folder that nobody else may enter, for as long as this process lives; it is to be removed by whoever made it.
 * @param purpose a word of small letters.
 */
export function makeTemporaryFolder(purpose: string, parent: string = tmpdir()): string {
  return mkdtempSync(join(parent, `jetson-car-${purpose}-${process.pid}-`));
}

/**
 * Removes the folders of processes that ended without a chance to (SIGKILL, a power cut where /tmp is kept). What cannot be
 * removed, or belongs to somebody else, stays.
 */
export function removeAbandonedFolders(parent: string = tmpdir()): void {
  for (const name of namesIn(parent)) {
    const pid = Number(ours.exec(name)?.[1]);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const folder = join(parent, name);
    try {
      // In a folder that all may write to, only its owner can put another in the place of one that is checked here.
      const entry = lstatSync(folder);
      if (entry.isDirectory() && entry.uid === process.getuid?.()) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Somebody else removes it at this moment.
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
