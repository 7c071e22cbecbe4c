import { statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { nearestWord } from '../platform/nearest-word.ts';
import { projectFolder } from '../platform/paths.ts';
import { ToldError } from '../platform/user-error.ts';
import { trouble } from '../protocol/troubles.ts';
import { listModels, ownModelsFolder, shippedModelsFolder } from './models-folder.ts';
import { readZoo } from './zoo.ts';

/** Where it is named, for people; who knows better puts the one place in its stead. */
export const networkNamedBy = 'detector.modelFile or --model';

/**
 * The network that a configuration or `--model` names. A path is relative to where the user stands, else to the project.
 * A bare name, with or without `.onnx`, is also that of a network in one of the folders, of which the first that has it
 * is taken: the user's own, then those that ship.
 * @param cure what to change, for people
 * @throws UserError when there is no such file, or it cannot be told whether there is.
 */
export function findModel(
  modelFile: string,
  folders: readonly string[] = [ownModelsFolder(), shippedModelsFolder()],
  cure = `Change ${networkNamedBy}.`,
): string {
  const places = isAbsolute(modelFile) ? [modelFile] : [resolve(modelFile), join(projectFolder(), modelFile)];
  const isName = !/[/\\]/.test(modelFile);
  const fileName = modelFile.endsWith('.onnx') ? modelFile : `${modelFile}.onnx`;
  const named = isName ? folders.flatMap((folder) => [join(folder, fileName), join(folder, modelFile)]) : [];
  const tried = [...places, ...named].map((file) => ({ file, there: presenceOf(file) }));
  const found = tried.find(({ there }) => there === 'yes');
  if (found !== undefined) return found.file;
  const hidden = tried.find(({ there }) => there === 'not-told');
  if (hidden !== undefined) {
    throw new ToldError(
      trouble('network-unreadable', { file: hidden.file }),
      `whether there is a network ${hidden.file} cannot be told: this user may not look into its folder (EACCES). ` +
        `Right would be a file where it may: move it there, or give the rights. ${cure}`,
    );
  }
  const looked = isName ? [...places, ...folders.map((folder) => join(folder, fileName))] : places;
  throw new ToldError(
    trouble('network-missing', { network: modelFile }),
    `the network ${modelFile} does not exist (looked for ${[...new Set(looked)].join(' and ')}). ` +
      `${isName ? hint(modelFile, folders) : ''}${cure}`,
  );
}

/** A folder that this user may not look into tells nothing of what is in it. */
function presenceOf(file: string): 'yes' | 'no' | 'not-told' {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined ? 'no' : 'yes';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'not-told' : 'no';
  }
}

/** As `findModel`, for commands that a network is named to. */
export function findNamedModel(network: string): string {
  return findModel(network, undefined, 'Name an ONNX file, or a network of `jetson-car models list`.');
}

function hint(name: string, folders: readonly string[]): string {
  const stem = name.replace(/\.onnx$/, '');
  const fetchable = readZoo().map((entry) => entry.name);
  if (fetchable.includes(stem)) return `It can be fetched: npx jetson-car models fetch ${stem}. `;
  const near = nearestWord(stem, [
    ...folders.flatMap((folder) => listModels(folder).map((each) => each.name)),
    ...fetchable,
  ]);
  return near === undefined ? '' : `Did you mean ${near}? `;
}
