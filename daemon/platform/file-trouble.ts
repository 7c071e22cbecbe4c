import { accessSync, closeSync, constants, mkdirSync, openSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { giveTo, isRoot, ownerAbove } from './owner.ts';
import { UserError } from './user-error.ts';

const words: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'has a file where a folder should be on its path',
  EISDIR: 'is a folder',
  EEXIST: 'is a file, not a folder',
  EROFS: 'lies on a read-only file system',
  ENOSPC: 'cannot be written: the disk is full',
  EDQUOT: 'cannot be written: the quota of this user is used up',
};

/** Why a file could not be read, as the end of a sentence that begins with its name. */
export function whyUnreadable(error: unknown): string {
  const code = codeOf(error);
  return words[code] ?? (isForbidden(code) ? `may not be read (${code})` : `cannot be read (${code})`);
}

/** Why a file or a folder could not be written, as the end of a sentence that begins with its name. */
export function whyUnwritable(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'cannot be written: its folder does not exist';
  return words[code] ?? (isForbidden(code) ? `may not be written (${code})` : `cannot be written (${code})`);
}

/** What is there, also by way of a link. Undefined for nothing, and where the system does not tell: a file on the way, links in a circle. */
export function entryAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * Makes the folder that `option` names, where it is not there yet.
 * @throws UserError when files could not be written in it.
 */
export function prepareFolder(folder: string, option: string): void {
  try {
    makeFolders(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UserError(`${folder} ${whyUnwritable(error)}. Change ${option}.`);
  }
}

/**
 * Makes a folder and those that lead to it, where they are not there yet. One by one: the recursive form of `mkdir` never
 * ends in /proc, where a folder can neither be made nor be refused. Made by root, one belongs to whoever owns the folder
 * that it lies in: a car that runs as that user must come into what `sudo jetson-car` has made for it.
 * @param mode of each folder that is made @throws Error with the system's code.
 */
export function makeFolders(folder: string, mode = 0o777): void {
  const isThere = (): boolean => {
    const there = statSync(folder, { throwIfNoEntry: false });
    if (there?.isDirectory() === false) throw Object.assign(new Error(folder), { code: 'EEXIST' });
    return there !== undefined;
  };
  if (isThere()) return;
  makeFolders(dirname(resolve(folder)), mode);
  try {
    mkdirSync(folder, { mode });
    if (isRoot()) giveToOwnerAbove(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (codeOf(error) !== 'EEXIST' || !isThere()) throw error;
  }
}

/** No link is followed: whoever owns the folder above may have put one there meanwhile, to any folder at all. */
function giveToOwnerAbove(folder: string): void {
  const owner = ownerAbove(folder);
  if (owner.uid === 0) return;
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    giveTo(owner, descriptor, folder);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Before long work whose result goes into the file that `option` names. Writes nothing.
 * @throws UserError when the file could not be written.
 */
export function checkWritable(file: string, option: string): void {
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) throw Object.assign(new Error(file), { code: 'EISDIR' });
    accessSync(there === undefined ? dirname(file) : file, constants.W_OK);
  } catch (error) {
    throw new UserError(`${file} ${whyUnwritable(error)}. Change ${option}.`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function isForbidden(code: string): boolean {
  return code === 'EACCES' || code === 'EPERM';
}
