import type { GroundPoint } from '../../protocol/geometry.ts';
import type { ParsedTrack } from '../tracks/parsed-track.ts';
import { conesRoundBean } from './track-files.ts';

/** As files tell of them: a centre line with its widths, and the cones of the bean. */
export function widthsTrack(centre: readonly GroundPoint[], leftM: number, rightM: number): ParsedTrack {
  const format = 'F1TENTH centreline .csv';
  return { kind: 'widths', format, centre, leftM: centre.map(() => leftM), rightM: centre.map(() => rightM) };
}

export function conesTrack(extra: Partial<Extract<ParsedTrack, { kind: 'cones' }>> = {}): ParsedTrack {
  return { kind: 'cones', format: 'EUFS/FSDS cone .csv', ...conesRoundBean(), orange: [], ...extra };
}
