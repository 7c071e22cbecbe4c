import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectFolder } from '../../daemon/platform/paths.ts';

/**
 * Samples that tests look at where they are there: tracks from the field, networks and photographs of others. They are no
 * part of the repository, so a test without them is skipped, under CI too, and says why.
 */
const kinds = {
  tracks: { variable: 'JETSON_CAR_TEST_TRACKS', mark: 'reinvent.npy' },
  models: { variable: 'JETSON_CAR_TEST_MODELS', mark: 'references' },
} as const;

export interface Samples {
  readonly folder: string;
  readonly areThere: boolean;
}

/** The folder that the variable names, else `shared/` beside the project. */
export function samplesOf(kind: keyof typeof kinds): Samples {
  const { variable, mark } = kinds[kind];
  const folder = resolve(process.env[variable] ?? join(projectFolder(), '..', 'shared', kind));
  const areThere = existsSync(join(folder, mark));
  if (!areThere) {
    process.stderr.write(`skipped: no sample ${kind} (${mark}) in ${folder}; ${variable} names another folder\n`);
  }
  return { folder, areThere };
}
