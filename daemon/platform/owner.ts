import { chmodSync, fchmodSync, fchownSync, fstatSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errnoName } from './errno-name.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Whose folder a path lies in. @throws Error with the system's code. */
export function ownerAbove(path: string): Owner {
  const { uid, gid } = statSync(dirname(resolve(path)));
  return { uid, gid };
}

/**
 * The answers of file systems without owners (vfat, exfat), of those that do not trust this computer's root (NFS with root_squash),
 * of root without that right (CAP_CHOWN), and of a container that knows no such user.
 */
const refusals: ReadonlySet<string> = new Set(['EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EROFS']);

/**
 * Gives what `descriptor` has open to another user; what is written is worth more than whose it is, so that a file system
 * that refuses is told of once, on standard error, and is no failure.
 * @param path for people: the name may meanwhile be that of another file.
 * @param mode of the file, and exactly: root's umask is not the owner's. @throws Error with the system's code for any other trouble.
 * @returns whether it is that user's now
 */
export function giveTo(owner: Owner, descriptor: number, path: string, mode?: number): boolean {
  const { uid, gid, dev } = fstatSync(descriptor);
  return unlessRefused(
    () => {
      if (uid !== owner.uid || gid !== owner.gid) fchownSync(descriptor, owner.uid, owner.gid);
      // After the owner, for that takes rights away.
      if (mode !== undefined) fchmodSync(descriptor, mode);
    },
    dev,
    (code) =>
      `${path} could not be given to user ${owner.uid} (${code}): its file system keeps no owners, or none that root here may change. ` +
      'It is written all the same. If the car runs as that user and cannot read it, mount the file system for that user, or use another folder.',
  );
}

/**
 * Takes a secret from everybody but its owner. A secret that others may read is worth more than none: where its file system does not
 * let it be closed, that is told once and is no failure.
 * @throws Error with the system's code for any other trouble.
 */
export function closeToOthers(file: string): void {
  const { mode, dev } = statSync(file);
  if ((mode & 0o077) === 0) return;
  unlessRefused(
    () => chmodSync(file, 0o600),
    dev,
    (code) =>
      `${file} may be read by other users of this computer, and that could not be changed (${code}): it belongs to another user, or its ` +
      'file system does not keep who may read what. JETSON_CAR_STATE names another folder.',
  );
}

/** Devices of which it was told. */
const told = new Set<number>();

function unlessRefused(change: () => void, dev: number, inWords: (code: string) => string): boolean {
  try {
    change();
    return true;
  } catch (error) {
    const code = errnoName(error);
    if (code === undefined || !refusals.has(code)) throw error;
    if (!told.has(dev)) process.stderr.write(`jetson-car: ${inWords(code)}\n`);
    told.add(dev);
    return false;
  }
}
