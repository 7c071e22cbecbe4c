import { fchmodSync, fchownSync, fstatSync, statSync } from 'node:fs';
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
const refusals: ReadonlySet<string | undefined> = new Set(['EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP']);
/** Devices of which it was told. */
const told = new Set<number>();

/**
 * Gives what `descriptor` has open to another user; what is written is worth more than whose it is, so that a file system
 * that refuses is told of once, on standard error, and is no failure.
 * @param path for people: the name may meanwhile be that of another file.
 * @param mode of the file, and exactly: root's umask is not the owner's. @throws Error with the system's code for any other trouble.
 */
export function giveTo(owner: Owner, descriptor: number, path: string, mode?: number): void {
  const { uid, gid, dev } = fstatSync(descriptor);
  try {
    if (uid !== owner.uid || gid !== owner.gid) fchownSync(descriptor, owner.uid, owner.gid);
    // After the owner, for that takes rights away.
    if (mode !== undefined) fchmodSync(descriptor, mode);
  } catch (error) {
    const code = errnoName(error);
    if (!refusals.has(code)) throw error;
    if (told.has(dev)) return;
    told.add(dev);
    process.stderr.write(
      `jetson-car: ${path} could not be given to user ${owner.uid} (${code}): its file system keeps no owners, or none that root here may change. ` +
        'It is written all the same. If the car runs as that user and cannot read it, mount the file system for that user, or use another folder.\n',
    );
  }
}
