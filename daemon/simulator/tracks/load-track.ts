import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { whyUnreadable } from '../../platform/file-trouble.ts';
import { UserError } from '../../platform/user-error.ts';
import { buildTrack, type TrackOptions } from './build-track.ts';
import { builtinTrack } from './builtin-track.ts';
import { parseTrack } from './parse-track.ts';
import type { Track } from './track.ts';

const maxFileBytes = 64 << 20;

/**
 * The track of a file, or the built-in one when none is named.
 * @throws UserError: the file cannot be read, is in no known format, or holds no circuit.
 */
export function loadTrack(file: string | undefined, options: TrackOptions = {}): Track {
  if (file === undefined) return buildTrack('built-in', builtinTrack(), options);
  let bytes: Uint8Array;
  try {
    if (statSync(file).size > maxFileBytes) throw new UserError(`the track ${file} is over 64 MiB. Change --track.`);
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`the track ${file} ${whyUnreadable(error)}. Change --track.`);
  }
  return buildTrack(basename(file).replace(/\.[^.]+$/, ''), parseTrack(file, bytes), options);
}
