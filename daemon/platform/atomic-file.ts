import { chownSync, closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What the writing of a file is made of; between any two of these the power may go. */
export interface DiskSteps {
  /** The file holds the text, whatever it held before. Until `sync` a power cut may leave any part of it. */
  write(file: string, text: string, mode: number): void;
  sync(file: string): void;
  /** `to` is what `from` was, at once for everybody who looks. Until `syncFolder` a power cut may undo it. */
  rename(from: string, to: string): void;
  syncFolder(folder: string): void;
}

export const disk: DiskSteps = {
  write(file, text, mode) {
    // A mode is only given to a new file: one that a crash left here may be open to more.
    rmSync(file, { force: true });
    writeFileSync(file, text, { mode, flag: 'wx' });
    // What root writes for the car, by `sudo jetson-car calibrate` say, the car itself must be able to read.
    if (process.getuid?.() === 0) {
      const { uid, gid } = statSync(dirname(file));
      chownSync(file, uid, gid);
    }
  },
  sync: (file) => synced(file, 'r+'),
  rename: renameSync,
  syncFolder: (folder) => synced(folder, 'r'),
};

function synced(path: string, flags: 'r' | 'r+'): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes a text file so that whoever reads it, after a crash or a power cut as well, finds all of the old text or all of the
 * new one: into a file beside it, to the disk, renamed over the old one, and the folder to the disk. Without the first
 * fsync ext4 may keep the name and lose the content; without the second the name may still be the old one's (fsync(2)).
 * @param options.mode of a new file; a secret wants 0o600.
 * @throws what the file system throws; the old file is untouched then.
 */
export function writeFileAtomically(
  file: string,
  text: string,
  options: { readonly mode?: number; readonly steps?: DiskSteps } = {},
): void {
  const { mode = 0o644, steps = disk } = options;
  const fresh = `${file}.new`;
  steps.write(fresh, text, mode);
  steps.sync(fresh);
  steps.rename(fresh, file);
  steps.syncFolder(dirname(file));
}
