import { UserError } from '../../platform/user-error.ts';
import { isConeTable, parseConeCsv } from './cone-csv.ts';
import { isFssimYaml, parseFssimYaml } from './fssim-yaml.ts';
import { isNpy, parseNpy } from './npy.ts';
import { type ParsedTrack, trackFormats } from './parsed-track.ts';
import { parsePathCsv } from './path-csv.ts';
import { readTextTable, rowNumbers } from './text-table.ts';

/**
 * Reads a track file's bytes. The content says which format it is; the name serves for messages only.
 * @throws UserError: what was found, what is known, which option to change.
 */
export function parseTrack(name: string, bytes: Uint8Array): ParsedTrack {
  if (isNpy(bytes)) return parseNpy(name, bytes);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unknownFormat(name, `${bytes.length} bytes that are neither text nor NumPy`);
  }
  if (text.includes('\0')) throw unknownFormat(name, `${bytes.length} bytes that are neither text nor NumPy`);
  if (text.trim() === '') throw unknownFormat(name, 'an empty file');
  if (isFssimYaml(text)) return parseFssimYaml(name, text);
  const table = readTextTable(text);
  if (isConeTable(table)) return parseConeCsv(name, table);
  if (table.rows[0] !== undefined && rowNumbers(table.rows[0]) !== undefined) return parsePathCsv(name, table);
  const firstLine = text.trim().split('\n')[0] ?? '';
  throw unknownFormat(name, `text that begins "${firstLine.slice(0, 60)}"`);
}

function unknownFormat(name: string, found: string): UserError {
  const known = trackFormats.filter((format) => format !== 'built-in').join(', ');
  return new UserError(
    `the track ${name} is in no known format: it holds ${found}. Known: ${known}. Change --track, or leave it out to ` +
      'drive the built-in track.',
  );
}
