import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearestWord } from './nearest-word.ts';

/**
 * What is said of a file that is not there: with the neighbour that may have been meant, or where it was looked for.
 * @param what it is: `the picture`
 */
export function missingFile(what: string, file: string): string {
  const folder = dirname(file);
  const names = namesIn(folder);
  if (names === undefined)
    return `${what} ${file} does not exist, nor can its folder ${folder} be read. Change its path.`;
  const near = nearestWord(basename(file), names);
  const cure = near === undefined ? 'Change its name.' : `Did you mean ${join(folder, near)}?`;
  return `${what} ${file} does not exist (looked in ${folder === '.' ? process.cwd() : folder}). ${cure}`;
}

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
