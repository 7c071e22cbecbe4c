import { UserError } from '../../platform/user-error.ts';
import type { GroundPoint } from '../../protocol/geometry.ts';
import type { ParsedTrack, TrackFormat } from './parsed-track.ts';
import { rowNumbers, type TextTable } from './text-table.ts';

/** A Donkeycar path is what a car drove: nothing says how wide the floor is. A metre suits its size. */
const donkeycarWidthM = 1;
/** Racelines say no width either. F1TENTH's 1:10 maps are about this wide, a real circuit about ten metres. */
const racelineWidthM = 2.2;
const circuitWidthM = 10;
const circuitLengthM = 1500;

/** Where the columns stand. */
interface Layout {
  readonly format: TrackFormat;
  readonly x: number;
  readonly y: number;
  readonly right: number | undefined;
  readonly left: number | undefined;
}

/**
 * A centre line as a table of numbers: F1TENTH/TUM `x_m, y_m, w_tr_right_m, w_tr_left_m`, TUM raceline
 * `s_m; x_m; y_m; psi_rad; kappa_radpm; vx_mps; ax_mps2`, or Donkeycar `x, y[, throttle]`; by the names of the columns
 * where there are some, else by their number.
 * @throws UserError naming the file and the line.
 */
export function parsePathCsv(name: string, table: TextTable): ParsedTrack {
  const layout = layoutOf(name, table);
  const centre: GroundPoint[] = [];
  const leftM: number[] = [];
  const rightM: number[] = [];
  for (const row of table.rows) {
    const values = rowNumbers(row);
    const [x, y] = [values?.[layout.x], values?.[layout.y]];
    const left = layout.left === undefined ? 0 : values?.[layout.left];
    const right = layout.right === undefined ? 0 : values?.[layout.right];
    if (x === undefined || y === undefined || left === undefined || right === undefined) {
      throw new UserError(
        `line ${row.line} of the track ${name} ("${row.fields.join(', ').slice(0, 60)}") does not fit the rest, ` +
          `which reads as ${layout.format}. Mend that line or change --track.`,
      );
    }
    if (left < 0 || right < 0) {
      throw new UserError(`line ${row.line} of the track ${name} has a negative width. Mend that line.`);
    }
    centre.push({ xM: x, yM: y });
    leftM.push(left);
    rightM.push(right);
  }
  if (layout.left === undefined) {
    const width = layout.format === 'Donkeycar path .csv' ? donkeycarWidthM : racelineWidth(centre);
    leftM.fill(width / 2);
    rightM.fill(width / 2);
  }
  return { kind: 'widths', format: layout.format, centre, leftM, rightM };
}

function racelineWidth(points: readonly GroundPoint[]): number {
  let length = 0;
  for (let i = 1; i < points.length; i++) {
    length += Math.hypot(points[i]!.xM - points[i - 1]!.xM, points[i]!.yM - points[i - 1]!.yM);
  }
  return length > circuitLengthM ? circuitWidthM : racelineWidthM;
}

function layoutOf(name: string, table: TextTable): Layout {
  const column = (pattern: RegExp) => {
    const at = table.header?.findIndex((title) => pattern.test(title)) ?? -1;
    return at < 0 ? undefined : at;
  };
  const x = column(/^x/);
  const y = column(/^y/);
  if (x !== undefined && y !== undefined) {
    const right = column(/right|^w_?r/);
    const left = column(/left|^w_?l/);
    if (right !== undefined && left !== undefined) return { format: 'F1TENTH centreline .csv', x, y, right, left };
    const isRaceline = column(/psi|kappa|^vx|^s(_|$)/) !== undefined;
    return {
      format: isRaceline ? 'F1TENTH raceline .csv' : 'Donkeycar path .csv',
      x,
      y,
      right: undefined,
      left: undefined,
    };
  }
  const width = table.rows[0]?.fields.length ?? 0;
  if (width === 4) return { format: 'F1TENTH centreline .csv', x: 0, y: 1, right: 2, left: 3 };
  if (width >= 7) return { format: 'F1TENTH raceline .csv', x: 1, y: 2, right: undefined, left: undefined };
  if (width === 2 || width === 3) {
    return { format: 'Donkeycar path .csv', x: 0, y: 1, right: undefined, left: undefined };
  }
  throw new UserError(
    `the track ${name} is a table of ${width} columns without names. Known are 2 or 3 (Donkeycar: x, y, throttle), ` +
      '4 (F1TENTH: x, y, width to the right, width to the left) and 7 (F1TENTH raceline). Change --track or name ' +
      'the columns in its first line.',
  );
}
