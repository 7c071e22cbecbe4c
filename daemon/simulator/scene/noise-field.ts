import { createRandom } from './random.ts';

/** Fields are square tiles of this many cells a side that repeat seamlessly. */
const fieldSize = 256;
const fieldMask = fieldSize - 1;

/**
 * Tileable value noise, 0 to 255: octaves of smoothed lattices, each twice as fine and `persistence` times as strong as
 * the one before. The first has `coarsest` cells a side (a power of two).
 */
function makeField(seed: number, coarsest: number, persistence: number): Uint8Array {
  const random = createRandom(seed);
  const sum = new Float32Array(fieldSize * fieldSize);
  let strength = 1;
  for (let cells = coarsest; cells <= fieldSize; cells *= 2) {
    const lattice = new Float32Array(cells * cells);
    for (let i = 0; i < lattice.length; i++) lattice[i] = random.between(-1, 1) * strength;
    const step = fieldSize / cells;
    for (let y = 0; y < fieldSize; y++) {
      const cy = Math.floor(y / step);
      const fy = y / step - cy;
      const sy = fy * fy * (3 - 2 * fy);
      const row0 = cy * cells;
      const row1 = ((cy + 1) % cells) * cells;
      for (let x = 0; x < fieldSize; x++) {
        const cx = Math.floor(x / step);
        const fx = x / step - cx;
        const sx = fx * fx * (3 - 2 * fx);
        const cx1 = (cx + 1) % cells;
        const top = lattice[row0 + cx]! + (lattice[row0 + cx1]! - lattice[row0 + cx]!) * sx;
        const bottom = lattice[row1 + cx]! + (lattice[row1 + cx1]! - lattice[row1 + cx]!) * sx;
        sum[y * fieldSize + x]! += top + (bottom - top) * sy;
      }
    }
    strength *= persistence;
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of sum) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const field = new Uint8Array(sum.length);
  for (let i = 0; i < field.length; i++) field[i] = Math.round(((sum[i]! - low) / (high - low)) * 255);
  return field;
}

export type FieldKind = 'cloudy' | 'fractal' | 'grain';
const shapes: Readonly<Record<FieldKind, readonly [coarsest: number, persistence: number]>> = {
  cloudy: [4, 0.45],
  fractal: [8, 0.75],
  grain: [64, 1],
};
const made = new Map<string, Uint8Array>();

/** One of four fields of a kind, made once a process: they are constants, whatever scene they end up in. */
export function noiseField(kind: FieldKind, variant: number): Uint8Array {
  const which = variant & 3;
  const key = `${kind} ${which}`;
  let field = made.get(key);
  if (field === undefined) {
    const [coarsest, persistence] = shapes[kind];
    field = makeField(0x51ed + which * 7919 + kind.length, coarsest, persistence);
    made.set(key, field);
  }
  return field;
}

/** The field's value at any whole place, -1 to 1. */
export function fieldAt(field: Uint8Array, x: number, y: number): number {
  return field[((y & fieldMask) << 8) | (x & fieldMask)]! / 127.5 - 1;
}
