import { closeSync, fsyncSync, openSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { entryAt } from './file-trouble.ts';
import { giveTo, isRoot, type Owner, ownerAbove } from './owner.ts';

/** Who a new file belongs to, and who else may open it. */
export interface FileRights {
  readonly mode: number;
  /** Undefined: whoever writes it. */
  readonly owner: Owner | undefined;
}

/** What the writing of a file is made of; between any two of these the power may go. */
export interface DiskSteps {
  /**
   * The file is a new one and holds the text, whatever was there before. Until `sync` a power cut may leave any part of it.
   * @returns its descriptor, which the caller closes
   */
  write(file: string, text: string, rights: FileRights): number;
  sync(descriptor: number): void;
  /** `to` is what `from` was, at once for everybody who looks. Until `syncFolder` a power cut may undo it. */
  rename(from: string, to: string): void;
  syncFolder(folder: string): void;
}

/** Whoever puts something there anew each time does not keep this waiting for ever. */
const mostTries = 5;

export const disk: DiskSteps = {
  write(file, text, { mode, owner }) {
    const descriptor = openNew(file, mode);
    try {
      writeFileSync(descriptor, text);
      // By the descriptor: where the folder is another user's, its name may by now be that of a link to any file at all.
      if (owner !== undefined) giveTo(owner, descriptor, file, mode);
      return descriptor;
    } catch (error) {
      closeSync(descriptor);
      rmSync(file, { force: true });
      throw error;
    }
  },
  sync: fsyncSync,
  rename: renameSync,
  syncFolder(folder) {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } catch (error) {
      // A file system that cannot do that to a folder (fsync(2)): what it holds is as safe as it makes it.
      if (!isCode(error, 'EINVAL') && !isCode(error, 'ENOTSUP')) throw error;
    } finally {
      closeSync(descriptor);
    }
  },
};

/** A file that was not there before, nor is a link: one that a crash left may be open to more than `mode`. */
function openNew(file: string, mode: number): number {
  for (let tries = 1; ; tries++) {
    try {
      return openSync(file, 'wx', mode);
    } catch (error) {
      if (!isCode(error, 'EEXIST') || tries === mostTries) throw error;
    }
    try {
      unlinkSync(file);
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** What root writes for the car, by `sudo jetson-car calibrate` say, the car itself must be able to read. */
function ownerFor(file: string, ownedLike: string): Owner | undefined {
  if (!isRoot()) return undefined;
  const { uid, gid } = entryAt(ownedLike) ?? ownerAbove(file);
  return { uid, gid };
}

/**
 * Writes a text file so that whoever reads it, after a crash or a power cut as well, finds all of the old text or all of the
 * new one: into a file beside it, to the disk, renamed over the old one, and the folder to the disk. Without the first
 * fsync ext4 may keep the name and lose the content; without the second the name may still be the old one's (fsync(2)).
 * Written by root, it belongs to whoever the old one belonged to, else to the folder's owner.
 * @param options.mode of the file; a secret wants 0o600.
 * @param options.ownedLike another file, for a copy that whoever owns that one must be able to read.
 * @throws what the file system throws; the old file is untouched then.
 */
export function writeFileAtomically(
  file: string,
  text: string,
  options: { readonly mode?: number; readonly ownedLike?: string; readonly steps?: DiskSteps } = {},
): void {
  const { mode = 0o644, ownedLike = file, steps = disk } = options;
  const fresh = `${file}.new`;
  const descriptor = steps.write(fresh, text, { mode, owner: ownerFor(file, ownedLike) });
  try {
    steps.sync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  steps.rename(fresh, file);
  steps.syncFolder(dirname(file));
}
