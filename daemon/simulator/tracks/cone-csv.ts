import { UserError } from '../../platform/user-error.ts';
import type { GroundPoint, Pose } from '../../protocol/geometry.ts';
import type { ParsedTrack } from './parsed-track.ts';
import type { TextTable } from './text-table.ts';

/** What the tags of EUFS, FSDS and their relatives mean to a car. */
const meanings: Readonly<Record<string, 'left' | 'right' | 'orange' | 'start' | 'ignored'>> = {
  blue: 'left',
  yellow: 'right',
  orange: 'orange',
  small_orange: 'orange',
  orange_small: 'orange',
  big_orange: 'orange',
  orange_big: 'orange',
  car_start: 'start',
  midpoint: 'ignored',
  lap_counter: 'ignored',
  unknown: 'ignored',
  active_noise: 'ignored',
  inactive_noise: 'ignored',
};

const tagOf = (field: string | undefined) =>
  (field ?? '')
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
    .replace(/_cones?$/, '');

/** Whether a table's rows begin with the tags of a cone file. */
export function isConeTable(table: TextTable): boolean {
  if (table.header?.[0] === 'tag') return true;
  return table.rows.slice(0, 5).some((row) => meanings[tagOf(row.fields[0])] !== undefined);
}

/**
 * EUFS and FSDS cones: `tag, x, y, direction, x_variance, y_variance, xy_covariance`, the last four optional. Blue is
 * left and yellow right of the driving direction; `car_start` gives the start and its direction in radians.
 * @throws UserError naming the file and the line.
 */
export function parseConeCsv(name: string, table: TextTable): ParsedTrack {
  const left: GroundPoint[] = [];
  const right: GroundPoint[] = [];
  const orange: GroundPoint[] = [];
  let start: Pose | undefined;
  const unknownTags = new Set<string>();
  const column = (title: string, fallback: number) => {
    const at = table.header?.indexOf(title) ?? -1;
    return at < 0 ? fallback : at;
  };
  const [tagAt, xAt, yAt, directionAt] = [column('tag', 0), column('x', 1), column('y', 2), column('direction', 3)];
  for (const row of table.rows) {
    const meaning = meanings[tagOf(row.fields[tagAt])];
    if (meaning === undefined) unknownTags.add(row.fields[tagAt] ?? '');
    if (meaning === undefined || meaning === 'ignored') continue;
    const [xText, yText] = [row.fields[xAt] ?? '', row.fields[yAt] ?? ''];
    const point = { xM: Number(xText), yM: Number(yText) };
    if (xText === '' || yText === '' || !Number.isFinite(point.xM) || !Number.isFinite(point.yM)) {
      throw new UserError(
        `line ${row.line} of the track ${name} gives no position: "${row.fields.join(',').slice(0, 60)}". ` +
          'A cone is "tag,x,y", in metres. Mend that line.',
      );
    }
    switch (meaning) {
      case 'left':
        left.push(point);
        break;
      case 'right':
        right.push(point);
        break;
      case 'orange':
        orange.push(point);
        break;
      case 'start': {
        const direction = Number(row.fields[directionAt] ?? 0);
        start = { ...point, headingRad: Number.isFinite(direction) ? direction : 0 };
        break;
      }
    }
  }
  if ((left.length === 0 || right.length === 0) && unknownTags.size > 0) {
    const named = [...unknownTags].slice(0, 5).map((tag) => `"${tag.slice(0, 20)}"`);
    throw new UserError(
      `the track ${name} has ${left.length} blue and ${right.length} yellow cones, and tags that are not known: ` +
        `${named.join(', ')}. Known: ${Object.keys(meanings).join(', ')}. Change the file, or --track.`,
    );
  }
  return {
    kind: 'cones',
    format: 'EUFS/FSDS cone .csv',
    left,
    right,
    orange,
    ...(start === undefined ? {} : { start }),
  };
}
