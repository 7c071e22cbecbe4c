import { UserError } from '../../platform/user-error.ts';
import type { GroundPoint } from '../../protocol/geometry.ts';
import type { ParsedTrack } from './parsed-track.ts';

const columns = 6;

export function isNpy(bytes: Uint8Array): boolean {
  return bytes.length >= 10 && bytes[0] === 0x93 && Buffer.from(bytes.subarray(1, 6)).toString('latin1') === 'NUMPY';
}

const isCount = (value: number | undefined): value is number => Number.isSafeInteger(value) && value! >= 0;

/**
 * A DeepRacer track: a NumPy array (n, 6) of float64 or float32 in C or Fortran order, each row centre x y, inner x y,
 * outer x y in metres. Layout of the file: NEP 1, "A Simple File Format for NumPy Arrays", versions 1 to 3.
 * @throws UserError naming the file and what in it does not fit.
 */
export function parseNpy(name: string, bytes: Uint8Array): ParsedTrack {
  const wrong = (what: string) =>
    new UserError(
      `the track ${name} is a NumPy file, but ${what}. A DeepRacer track is a float64 or float32 array of n rows: ` +
        'centre x y, inner x y, outer x y. Change --track.',
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = bytes[6] ?? 0;
  if (major < 1 || major > 3) throw wrong(`of the unknown version ${major}`);
  const headerStart = major === 1 ? 10 : 12;
  if (bytes.length < headerStart) throw wrong('it ends within its header');
  const dataStart = headerStart + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < dataStart) throw wrong('it ends within its header');
  const header = Buffer.from(bytes.subarray(headerStart, dataStart)).toString('latin1');
  const type = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1];
  if (order === undefined || shape === undefined) throw wrong(`its header cannot be read: ${header.slice(0, 80)}`);
  const known = /^([<>=|]?)f([48])$/.exec(type ?? '');
  if (known === null) throw wrong(`its values are of type ${type ?? '(a record)'}`);
  const sizes = shape.split(',').filter((part) => part.trim() !== '');
  const [rows, width] = sizes.map(Number);
  if (sizes.length !== 2 || !isCount(rows) || width !== columns) throw wrong(`its shape is (${shape})`);
  const valueBytes = Number(known[2]);
  if (bytes.length - dataStart < rows * columns * valueBytes) {
    throw wrong(`it ends after ${bytes.length - dataStart} of ${rows * columns * valueBytes} bytes of values`);
  }
  const littleEndian = known[1] !== '>';
  const read = (row: number, column: number): number => {
    const index = order === 'True' ? column * rows + row : row * columns + column;
    const at = dataStart + index * valueBytes;
    const value = valueBytes === 8 ? view.getFloat64(at, littleEndian) : view.getFloat32(at, littleEndian);
    if (!Number.isFinite(value)) throw wrong(`row ${row} holds ${value}`);
    return value;
  };
  const points = (column: number): GroundPoint[] =>
    Array.from({ length: rows }, (_, row) => ({ xM: read(row, column), yM: read(row, column + 1) }));
  return { kind: 'borders', format: 'DeepRacer .npy', centre: points(0), oneSide: points(2), otherSide: points(4) };
}
