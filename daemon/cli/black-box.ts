import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { prepareFolder, whyUnreadable, whyUnwritable } from '../platform/file-trouble.ts';
import { missingFile } from '../platform/missing-file.ts';
import { nearestWord } from '../platform/nearest-word.ts';
import { plural } from '../platform/plural.ts';
import { stateFolder } from '../platform/state-folder.ts';
import { UserError } from '../platform/user-error.ts';
import { isBlackBox } from '../recorder/black-box-folder.ts';
import { type ReadBlackBox, readBlackBox } from '../recorder/read-black-box.ts';

export interface BlackBoxOptions {
  /** Folder for the pictures. */
  readonly out?: string;
  readonly json?: boolean;
}

/**
 * What happened before a car stopped, out of a black box; without one, which there are.
 * @param file a path, or the name of one that is here
 * @returns what is printed @throws UserError for a file that is none, and for a folder that cannot be written
 */
export function blackBox(file: string | undefined, { out, json }: BlackBoxOptions, folder = blackBoxFolder()): string {
  if (file === undefined) {
    if (out !== undefined)
      throw new UserError(`--out is for the pictures of one black box. Name it: ${list(folder).at(-1) ?? 'FILE'}`);
    return listed(folder, json === true);
  }
  const path = placeOf(file, folder);
  const box = readBlackBox(path, textOf(path));
  const pictures = out === undefined ? [] : writePictures(box, out);
  if (json === true) {
    const { lengthS, happenings } = box;
    return `${JSON.stringify({ file: path, lengthS, happenings, pictures: out === undefined ? box.pictures.length : pictures })}\n`;
  }
  const lines = box.happenings.map(({ atS, what }) => `${atS.toFixed(2).padStart(8)} s  ${what}`);
  const seen = plural(box.pictures.length, 'picture');
  const where = out === undefined ? `--out FOLDER writes them` : `they are in ${out}, named by their time`;
  return `${basename(path)}: the last ${box.lengthS.toFixed(1)} s\n${lines.join('\n')}\n${seen}; ${where}\n`;
}

function blackBoxFolder(): string {
  return join(stateFolder(), 'black-box');
}

/** Names, the oldest first. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder).filter(isBlackBox).toSorted();
  } catch {
    return [];
  }
}

/** @throws UserError for a name that is nearly that of one that is here. */
function placeOf(file: string, folder: string): string {
  const known = list(folder);
  if (known.includes(file)) return join(folder, file);
  const near = basename(file) === file && !existsSync(file) ? nearestWord(file, known) : undefined;
  if (near === undefined) return file;
  throw new UserError(`there is no black box ${file}, neither here nor in ${folder}. Did you mean ${near}?`);
}

function listed(folder: string, json: boolean): string {
  const names = list(folder);
  if (json) return `${JSON.stringify({ folder, blackBoxes: names })}\n`;
  if (names.length === 0) {
    return `There is no black box in ${folder}: a car writes one when it stops for a critical reason. JETSON_CAR_STATE names another car's folder.\n`;
  }
  return `${names.join('\n')}\nIn ${folder}, the newest last. What happened: jetson-car black-box ${names.at(-1)}\n`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new UserError(
      isMissing ? missingFile('the black box', path) : `the black box ${path} ${whyUnreadable(error)}. Name another.`,
    );
  }
}

/** @returns their files */
function writePictures({ pictures }: ReadBlackBox, out: string): string[] {
  prepareFolder(out, '--out');
  return pictures.map(({ atS, jpeg }) => {
    const file = join(out, `${(-atS).toFixed(2).padStart(5, '0')}-s-before-the-end.jpg`);
    try {
      writeFileSync(file, jpeg);
    } catch (error) {
      throw new UserError(`the picture ${file} ${whyUnwritable(error)}. Change --out.`);
    }
    return file;
  });
}
