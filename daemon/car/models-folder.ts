import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { entryAt, makeFolders, whyUnreadable, whyUnwritable } from '../platform/file-trouble.ts';
import { giveTo, isRoot } from '../platform/owner.ts';
import { projectFolder } from '../platform/paths.ts';
import { UserError } from '../platform/user-error.ts';
import { isRegularFile, readModelCard } from './model-card.ts';

/** Networks that ship with the car. */
export function shippedModelsFolder(): string {
  return join(projectFolder(), 'models');
}

/**
 * The user's own networks: outside the package, so that a new version of the car leaves them alone. `JETSON_CAR_MODELS`
 * names another place.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/ (XDG_DATA_HOME)
 */
export function ownModelsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment['JETSON_CAR_MODELS'];
  if (named !== undefined && named !== '') return named;
  const data = environment['XDG_DATA_HOME'];
  return join(data !== undefined && data !== '' ? data : join(homedir(), '.local', 'share'), 'jetson-car', 'models');
}

/** What a list of networks shows; what a card does not say is undefined. */
export interface ListedModel {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  readonly classes: readonly string[] | undefined;
  readonly licence: string | undefined;
}

const listedCardSchema = z.looseObject({ classes: z.array(z.string()).optional(), licence: z.string().optional() });

/** @throws UserError for a networks' folder that is there and cannot be looked into; one that is not there yet is none. */
export function checkModelsFolder(folder: string): void {
  try {
    readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    const isFile = entryAt(folder)?.isDirectory() === false;
    const why = isFile ? 'is a file, not a folder' : whyUnreadable(error);
    throw new UserError(`the networks' folder ${folder} ${why}. JETSON_CAR_MODELS names another folder.`);
  }
}

/**
 * The networks in a folder, by name; none when there is no such folder, or it cannot be looked into. Not listed is what is no file, a link to nothing among it,
 * and what no line of a list can show. A card that cannot be read says nothing here.
 */
export function listModels(folder: string): ListedModel[] {
  const names = filesIn(folder).filter((file) => file.endsWith('.onnx') && !file.startsWith('.') && isOneLine(file));
  return names.sort().flatMap((fileName) => {
    const name = fileName.slice(0, -'.onnx'.length);
    const file = join(folder, fileName);
    if (!isRegularFile(file)) return [];
    const card = listedCardSchema.safeParse(readModelCard(join(folder, `${name}.json`)));
    return [{ name, file, bytes: statSync(file).size, classes: card.data?.classes, licence: card.data?.licence }];
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isOneLine(text: string): boolean {
  return !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\ufffd]/u.test(text);
}

/** @throws UserError for a name that would not do as a file's. */
export function checkModelName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) && !/\.(onnx|json|part)$/.test(name)) return;
  throw new UserError(
    `"${name}" cannot name a network: right would be up to 100 letters, digits, ".", "-" and "_", such as cones-v2. Change --name.`,
  );
}

/**
 * @param cures for people who could take another name, and for those who could replace what has it
 * @throws UserError when a network of this name ships with the car, or is in the folder and must not be replaced.
 */
export function checkNameIsFree(
  name: string,
  folder: string,
  replace: 'never' | 'replace',
  cures = { shipped: 'Choose another name: --name.', there: 'Choose another name (--name), or replace it: --force.' },
): void {
  if (existsSync(join(shippedModelsFolder(), `${name}.onnx`))) {
    throw new UserError(`a network named ${name} ships with the car. ${cures.shipped}`);
  }
  const file = join(folder, `${name}.onnx`);
  if (replace === 'never' && existsSync(file)) throw new UserError(`${file} is there already. ${cures.there}`);
}

/** A network with its card, complete but not yet under its name. */
export interface StagedModel {
  /** The network; its card is beside it. */
  readonly file: string;
  /**
   * Gives both their names, in one step each: whoever opens the network finds it whole and its card there.
   * @param card instead of the one it was staged with
   * @returns the network's file
   */
  commit(card?: object): string;
  /** Leaves nothing behind; after `commit`, it does nothing. */
  discard(): void;
}

/**
 * Copies a network, and writes its card, into a hidden folder inside `folder`, from which they can be renamed.
 * @throws UserError when they cannot be written.
 */
export function stageModel(options: {
  readonly folder: string;
  readonly name: string;
  readonly networkFile: string;
  readonly card: object;
  readonly onShared?: OnShared;
}): StagedModel {
  const { folder, name, onShared } = options;
  const staging = inFolder(folder, () => {
    makeFolders(folder);
    removeAbandoned(folder);
    return mkdtempSync(join(folder, `.staging-${process.pid}-`));
  });
  const file = join(staging, `${name}.onnx`);
  const cardFile = join(staging, `${name}.json`);
  const discard = () => rmSync(staging, { recursive: true, force: true });
  try {
    inFolder(folder, () => {
      copyNetwork(options.networkFile, file);
      writeFileSync(cardFile, cardText(options.card));
    });
  } catch (error) {
    discard();
    throw error;
  }
  return {
    file,
    commit(card = options.card) {
      const place = placeModel({ folder, name, networkFile: file, card, onShared });
      discard();
      return place;
    },
    discard,
  };
}

/** A copy that its owner can replace, whatever the original is, and that others can read as far as they could that and the umask allows. */
function copyNetwork(from: string, to: string): void {
  writeFileSync(to, '', { mode: (statSync(from).mode & 0o666) | 0o600 });
  // By the umask, which copying passes over.
  const { mode } = statSync(to);
  copyFileSync(from, to);
  chmodSync(to, mode & 0o777);
}

/** What a process that was killed on the way has left. */
function removeAbandoned(folder: string): void {
  for (const name of filesIn(folder)) {
    const [, pid] = /^\.staging-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's is alive as well.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Renames a file that is whole, with its card: the card first, so that the network is never there without it. */
export function placeModel(options: {
  readonly folder: string;
  readonly name: string;
  /** On the same file system; it is renamed. */
  readonly networkFile: string;
  readonly card: object;
  readonly onShared?: OnShared | undefined;
}): string {
  const { folder, name, networkFile } = options;
  const place = join(folder, `${name}.onnx`);
  const temporary = join(folder, `.${name}.json.${process.pid}`);
  inFolder(folder, () => {
    // A new file and no link: where the folder is another user's, that one could have put there a link to any file of root's.
    rmSync(temporary, { force: true });
    writeFileSync(temporary, cardText(options.card), { flag: 'wx' });
    if (isRoot()) share(networkFile, temporary, folder, options.onShared);
    syncToDisk(temporary);
    syncToDisk(networkFile);
    renameSync(temporary, join(folder, `${name}.json`));
    renameSync(networkFile, place);
    syncToDisk(folder);
  });
  return place;
}

/** What was done, as a sentence, so that the car's own user can read what root has put into the folder. */
export type OnShared = (what: string) => void;

/**
 * A network of root's is the car's to read, which runs as another user: it belongs to whoever the folder belongs to. In a folder
 * of root's that lets anybody in, or where it cannot be given away, anybody may read it: who the car runs as is not known here.
 */
function share(networkFile: string, cardFile: string, folder: string, onShared: OnShared | undefined): void {
  const { uid, gid, mode: folderMode } = statSync(folder);
  const done = [networkFile, cardFile].map((file) => {
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { uid: before, mode } = fstatSync(descriptor);
      if (uid !== 0 && giveTo({ uid, gid }, descriptor, file, mode & 0o777)) return before === uid ? 'same' : 'given';
      if ((folderMode & 0o001) === 0 || (mode & 0o044) === 0o044) return 'same';
      fchmodSync(descriptor, (mode & 0o777) | 0o044);
      return 'opened';
    } finally {
      closeSync(descriptor);
    }
  });
  const what = done.includes('opened')
    ? 'may be read by anybody on this computer'
    : done.includes('given')
      ? `belongs to user ${uid}, as its folder does`
      : undefined;
  if (what === undefined) return;
  onShared?.(`The network ${what}: root has added it, and the car may run as another user.`);
}

function cardText(card: object): string {
  return `${JSON.stringify(card, undefined, 2)}\n`;
}

/** A rename that outlives a power cut must not name a file whose content did not. */
function syncToDisk(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function inFolder<T>(folder: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new UserError(
      `the networks' folder ${folder} ${whyUnwritable(error)}. JETSON_CAR_MODELS names another folder.`,
    );
  }
}
