import { join } from 'node:path';
import { prepareFolder } from '../platform/file-trouble.ts';
import { nearestWord } from '../platform/nearest-word.ts';
import { UserError } from '../platform/user-error.ts';
import { type Download, download, hashOf } from './download.ts';
import { isRegularFile } from './model-card.ts';
import { checkModelsFolder, checkNameIsFree, type OnShared, placeModel } from './models-folder.ts';
import type { ZooEntry } from './zoo.ts';

/** @throws UserError that names what there is, when the zoo has no such network. */
export function zooEntryNamed(name: string, zoo: readonly ZooEntry[]): ZooEntry {
  const entry = zoo.find((each) => each.name === name);
  if (entry !== undefined) return entry;
  const names = zoo.map((each) => each.name);
  const near = nearestWord(name, names);
  throw new UserError(
    `the zoo has no network "${name}".${near === undefined ? '' : ` Did you mean ${near}?`} There are: ${names.join(', ')}.`,
  );
}

/**
 * Fetches a network of the zoo, with its card, into a folder. Nothing is there under its name before it is whole, its
 * hash is proven and its card is written.
 * @returns whether it was fetched or was there already.
 * @throws (rejects) UserError as `download`, and when another network has its name.
 */
export async function fetchModel(
  entry: ZooEntry,
  folder: string,
  options: Pick<Download, 'signal' | 'onProgress' | 'onSilence' | 'onRetry' | 'stallMs' | 'retryMs'> & {
    readonly replace: 'never' | 'replace';
    readonly onShared?: OnShared;
  },
): Promise<{ readonly file: string; readonly state: 'fetched' | 'there' }> {
  const { name, address, bytes, sha256, licence, source, card } = entry;
  checkModelsFolder(folder);
  const file = join(folder, `${name}.onnx`);
  if (isRegularFile(file) && (await hashOf(file)) === sha256) return { file, state: 'there' };
  checkNameIsFree(name, folder, options.replace, {
    shipped: 'It need not be fetched.',
    there: 'It is another one than the zoo has: move it away, or replace it: --force.',
  });
  prepareFolder(folder, 'JETSON_CAR_MODELS');
  const partFile = join(folder, `${name}.onnx.part`);
  const { replace: _, onShared, ...others } = options;
  await download({ ...others, address, bytes, sha256, partFile });
  const fullCard = { name, ...card, licence, source, address, sha256 };
  placeModel({ folder, name, networkFile: partFile, card: fullCard, onShared });
  return { file, state: 'fetched' };
}
