import type { GroundPoint } from '../../protocol/geometry.ts';

/** Small track files of every format, made for tests. */

/** A closed curve with bends to both sides, counter-clockwise, `meanRadiusM` in size. */
export function beanCentre(meanRadiusM: number, count: number): GroundPoint[] {
  return Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count;
    const radius = meanRadiusM * (1 + 0.3 * Math.cos(2 * angle));
    return { xM: radius * Math.cos(angle), yM: radius * Math.sin(angle) };
  });
}

/** The same curve moved sideways, positive to the left. */
export function beside(line: readonly GroundPoint[], offsetM: number): GroundPoint[] {
  const n = line.length;
  return line.map((point, i) => {
    const before = line[(i - 1 + n) % n]!;
    const after = line[(i + 1) % n]!;
    const heading = Math.atan2(after.yM - before.yM, after.xM - before.xM);
    return { xM: point.xM - Math.sin(heading) * offsetM, yM: point.yM + Math.cos(heading) * offsetM };
  });
}

export interface NpyOptions {
  readonly type?: string;
  readonly fortranOrder?: boolean;
  readonly version?: 1 | 2;
  readonly shape?: string;
}

export function npyFile(rows: readonly (readonly number[])[], options: NpyOptions = {}): Uint8Array {
  const { type = '<f8', fortranOrder = false, version = 1 } = options;
  const width = rows[0]?.length ?? 0;
  const shape = options.shape ?? `${rows.length}, ${width}`;
  const header = `{'descr': '${type}', 'fortran_order': ${fortranOrder ? 'True' : 'False'}, 'shape': (${shape}), }\n`;
  const lengthBytes = version === 1 ? 2 : 4;
  const valueBytes = Number(type.slice(-1));
  const bytes = Buffer.alloc(8 + lengthBytes + header.length + rows.length * width * valueBytes);
  bytes.set([0x93, ...Buffer.from('NUMPY'), version, 0]);
  if (version === 1) bytes.writeUInt16LE(header.length, 8);
  else bytes.writeUInt32LE(header.length, 8);
  bytes.write(header, 8 + lengthBytes, 'latin1');
  const ordered = fortranOrder
    ? Array.from({ length: width }, (_, column) => rows.map((row) => row[column]!)).flat()
    : rows.flat();
  const view = new DataView(bytes.buffer, bytes.byteOffset + 8 + lengthBytes + header.length);
  ordered.forEach((value, i) => {
    if (valueBytes === 4) view.setFloat32(4 * i, value, type.startsWith('<'));
    else view.setFloat64(8 * i, value, type.startsWith('<'));
  });
  return bytes;
}

/** A DeepRacer track round the bean, 0.7 m wide. */
export function deepRacerRows(count = 80): number[][] {
  const centre = beanCentre(3, count);
  const inner = beside(centre, 0.35);
  const outer = beside(centre, -0.35);
  return centre.map((point, i) => [point.xM, point.yM, inner[i]!.xM, inner[i]!.yM, outer[i]!.xM, outer[i]!.yM]);
}

export const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Full-size cones round the bean: 3.6 m apart across, one every five points along. */
export function conesRoundBean(): { left: GroundPoint[]; right: GroundPoint[] } {
  const centre = beanCentre(14, 200);
  const every = (line: GroundPoint[], start: number) => line.filter((_, i) => i % 8 === start);
  return { left: every(beside(centre, 1.8), 0), right: every(beside(centre, -1.8), 3) };
}
