import { mixRgb, packRgb, type Rgb, scaleRgb } from './colour.ts';
import { type FieldKind, fieldAt, noiseField } from './noise-field.ts';
import { createRandom, type Random } from './random.ts';

export const floorKinds = [
  'concrete',
  'wood',
  'tiles',
  'carpet',
  'asphalt',
  'grass',
  'noise',
  'pattern',
  'plain',
] as const;
export type FloorKind = (typeof floorKinds)[number];

/** A square piece of floor that repeats in all directions, with its mip levels one after the other. */
export interface FloorTexture {
  readonly cellM: number;
  /** Of level 0; a power of two. Level n has `sizeCells >> n`. */
  readonly sizeCells: number;
  readonly levelCount: number;
  readonly levelStarts: Int32Array;
  /** Packed as `packRgb` does. */
  readonly texels: Int32Array;
}

/** From a texel's place to its colour or to a wobble of -1 to 1. */
type Shade = (x: number, y: number) => number;

/** Noise that is `squeezeX` and `squeezeY` (whole numbers, so that the tile stays seamless) times finer. */
function field(random: Random, kind: FieldKind, squeezeX = 1, squeezeY = 1): Shade {
  const cells = noiseField(kind, random.whole(0, 3));
  const shiftX = random.whole(0, 255);
  const shiftY = random.whole(0, 255);
  return (x, y) => fieldAt(cells, x * squeezeX + shiftX, y * squeezeY + shiftY);
}

function shaded(base: Rgb, factor: number): number {
  return packRgb(base[0] * factor, base[1] * factor, base[2] * factor);
}

const grey = (value: number, random: Random): Rgb => [
  value + random.between(-8, 8),
  value + random.between(-6, 6),
  value + random.between(-10, 8),
];

/** A function from a texel to its packed colour. */
function painter(kind: FloorKind, random: Random, sizeCells: number, base: Rgb | undefined): Shade {
  const cloudy = field(random, 'cloudy');
  const fractal = field(random, 'fractal');
  const grain = field(random, 'grain');
  switch (kind) {
    case 'concrete': {
      const colour = base ?? grey(random.between(95, 190), random);
      const mottle = random.between(0.04, 0.16);
      const speckle = random.between(0.02, 0.12);
      return (x, y) => shaded(colour, 1 + mottle * cloudy(x, y) + mottle * fractal(x, y) + speckle * grain(x, y));
    }
    case 'asphalt': {
      const colour = base ?? grey(random.between(45, 105), random);
      const speckle = random.between(0.2, 0.5);
      return (x, y) => shaded(colour, 1 + 0.12 * cloudy(x, y) + speckle * grain(x, y));
    }
    case 'carpet': {
      const colour = base ?? [random.between(30, 190), random.between(30, 170), random.between(30, 180)];
      const pile = random.between(0.1, 0.35);
      return (x, y) => shaded(colour, 1 + pile * grain(x, y) + 0.1 * fractal(x, y));
    }
    case 'grass': {
      const fresh = base ?? [random.between(50, 110), random.between(90, 150), random.between(30, 70)];
      const dry: Rgb = [random.between(110, 170), random.between(110, 150), random.between(50, 100)];
      const blades = field(random, 'fractal', 6, 2);
      const dryness = random.between(0.1, 0.5);
      return (x, y) => {
        const share = Math.max(0, Math.min(1, dryness + 0.6 * fractal(x, y)));
        const colour = mixRgb(fresh, dry, share);
        return shaded(colour, 1 + 0.4 * blades(x, y) + 0.2 * grain(x, y));
      };
    }
    case 'wood': {
      const colour = base ?? mixRgb([90, 58, 36], [214, 176, 124], random.next());
      const plank = sizeCells >> random.whole(3, 5);
      const length = sizeCells >> random.whole(0, 1);
      const rows = sizeCells / plank;
      const tints = Array.from({ length: rows * 4 }, () => random.between(0.82, 1.14));
      const offsets = Array.from({ length: rows }, () => random.whole(0, length - 1));
      const along = field(random, 'fractal', 1, 8);
      const gap = random.between(0.3, 0.9);
      return (x, y) => {
        const row = Math.floor(y / plank);
        const place = (x + offsets[row]!) % sizeCells;
        const tint = tints[row * 4 + Math.floor(place / length)]!;
        const seam = y % plank === 0 || place % length === 0;
        return shaded(colour, tint * (1 + 0.14 * along(place, y + row * 37) + 0.05 * grain(x, y)) * (seam ? gap : 1));
      };
    }
    case 'tiles': {
      const one = base ?? grey(random.between(90, 225), random);
      const other = random.chance(0.4) ? grey(random.between(40, 225), random) : one;
      const grout = grey(random.between(60, 190), random);
      const tile = sizeCells >> random.whole(1, 4);
      const groutCells = random.whole(1, 3);
      const across = sizeCells / tile;
      const tints = Array.from({ length: across * across }, () => random.between(0.92, 1.06));
      return (x, y) => {
        if (x % tile < groutCells || y % tile < groutCells) return shaded(grout, 1 + 0.1 * grain(x, y));
        const column = Math.floor(x / tile);
        const row = Math.floor(y / tile);
        const colour = (column + row) % 2 === 0 ? one : other;
        return shaded(colour, tints[row * across + column]! * (1 + 0.06 * cloudy(x, y) + 0.03 * grain(x, y)));
      };
    }
    case 'noise': {
      const colour = base ?? [random.between(40, 200), random.between(40, 200), random.between(40, 200)];
      const kinds: readonly FieldKind[] = ['cloudy', 'fractal', 'grain'];
      const red = field(random, random.pick(kinds));
      const green = field(random, random.pick(kinds));
      const blue = field(random, random.pick(kinds));
      const depth = random.between(20, 130);
      return (x, y) =>
        packRgb(colour[0] + depth * red(x, y), colour[1] + depth * green(x, y), colour[2] + depth * blue(x, y));
    }
    case 'pattern': {
      const one: Rgb = [random.between(20, 235), random.between(20, 235), random.between(20, 235)];
      const other: Rgb = [random.between(20, 235), random.between(20, 235), random.between(20, 235)];
      const pitch = sizeCells >> random.whole(2, 5);
      const style = random.pick(['stripes', 'checks', 'dots', 'rings'] as const);
      const inside = (x: number, y: number): boolean => {
        const u = (x % pitch) / pitch - 0.5;
        const v = (y % pitch) / pitch - 0.5;
        switch (style) {
          case 'stripes':
            return u < 0;
          case 'checks':
            return u < 0 !== v < 0;
          case 'dots':
            return u * u + v * v < 0.09;
          case 'rings':
            return (u * u + v * v) % 0.1 < 0.05;
        }
      };
      return (x, y) => shaded(inside(x, y) ? one : other, 1 + 0.1 * grain(x, y) + 0.05 * cloudy(x, y));
    }
    case 'plain': {
      const colour = base ?? [random.between(40, 230), random.between(40, 230), random.between(40, 230)];
      return (x, y) => shaded(colour, 1 + 0.03 * cloudy(x, y));
    }
  }
}

/** Means of 2 x 2 texels, level after level, down to one texel. */
function buildLevels(texels: Int32Array, starts: Int32Array, sizeCells: number): void {
  for (let level = 1; level < starts.length; level++) {
    const size = sizeCells >> level;
    const from = starts[level - 1]!;
    const to = starts[level]!;
    const fromSize = size * 2;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const at = from + 2 * y * fromSize + 2 * x;
        const a = texels[at]!;
        const b = texels[at + 1]!;
        const c = texels[at + fromSize]!;
        const d = texels[at + fromSize + 1]!;
        const redBlue = ((a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff) + 0x20002) >>> 2;
        const green = ((a & 0xff00) + (b & 0xff00) + (c & 0xff00) + (d & 0xff00) + 0x200) >>> 2;
        texels[to + y * size + x] = (redBlue & 0xff00ff) | (green & 0xff00);
      }
    }
  }
}

/** @param options.base colour of the floor; absent, the seed chooses one that suits the kind. */
export function createFloorTexture(options: {
  readonly kind: FloorKind;
  readonly seed: number;
  readonly sizeCells?: number;
  readonly cellM?: number;
  readonly base?: Rgb;
}): FloorTexture {
  const sizeCells = options.sizeCells ?? 512;
  if (!Number.isInteger(Math.log2(sizeCells)) || sizeCells < 64 || sizeCells > 2048) {
    throw new RangeError(`a floor texture of ${sizeCells} cells: must be a power of two from 64 to 2048`);
  }
  const levelCount = Math.log2(sizeCells) + 1;
  const levelStarts = new Int32Array(levelCount);
  let length = 0;
  for (let level = 0; level < levelCount; level++) {
    levelStarts[level] = length;
    length += (sizeCells >> level) ** 2;
  }
  const texels = new Int32Array(length);
  const random = createRandom(options.seed);
  const base = options.base === undefined ? undefined : scaleRgb(options.base, 1);
  const paint = painter(options.kind, random, sizeCells, base);
  for (let y = 0, at = 0; y < sizeCells; y++) {
    for (let x = 0; x < sizeCells; x++, at++) texels[at] = paint(x, y);
  }
  buildLevels(texels, levelStarts, sizeCells);
  return { cellM: options.cellM ?? 0.004, sizeCells, levelCount, levelStarts, texels };
}
