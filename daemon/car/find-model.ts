import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { projectFolder } from '../platform/paths.ts';
import { UserError } from '../platform/user-error.ts';

/**
 * The network that a configuration or `--model` names: relative to where the user stands, else to the project.
 * @throws UserError when there is no such file.
 */
export function findModel(modelFile: string): string {
  const candidates = isAbsolute(modelFile) ? [modelFile] : [resolve(modelFile), join(projectFolder(), modelFile)];
  const found = candidates.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new UserError(
    `the network ${modelFile} does not exist (looked for ${[...new Set(candidates)].join(' and ')}). ` +
      'Change --model, or detector.modelFile in the configuration.',
  );
}
