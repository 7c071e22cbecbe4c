import { mixRgb, packRgb, type Rgb, scaleRgb } from './colour.ts';
import { fieldAt, noiseField } from './noise-field.ts';
import { createRandom, type Random } from './random.ts';
import type { Backdrop } from './scene.ts';

/**
 * A cylinder round the world. Columns turn counter-clockwise with the azimuth and wrap around; rows go up: row
 * `rows * t / (1 + t)` for a ray that rises by t for each metre away, so that the horizon gets the most.
 */
export interface Panorama {
  readonly columns: number;
  readonly rows: number;
  /** Packed as `packRgb` does. */
  readonly texels: Int32Array;
}

const columns = 1024;
const rows = 128;

const rowOfRise = (rise: number): number => Math.round((rows * rise) / (1 + rise));

class Canvas {
  readonly texels = new Int32Array(columns * rows);

  rectangle(column: number, width: number, bottom: number, top: number, colour: Rgb): void {
    const packed = packRgb(colour[0], colour[1], colour[2]);
    for (let row = Math.max(0, bottom); row < Math.min(rows, top); row++) {
      for (let x = column; x < column + width; x++) this.texels[row * columns + (x & (columns - 1))] = packed;
    }
  }
}

function anyRgb(random: Random): Rgb {
  return [random.between(15, 240), random.between(15, 240), random.between(15, 240)];
}

/** A colour of the surroundings near the backdrop's own. */
function furnitureRgb(random: Random, backdrop: Backdrop): Rgb {
  return mixRgb(anyRgb(random), scaleRgb(backdrop.lower, random.between(0.3, 1)), random.between(0.2, 0.9));
}

function paintRoom(canvas: Canvas, random: Random, backdrop: Backdrop): void {
  const skirting = rowOfRise(random.between(0.01, 0.04));
  canvas.rectangle(0, columns, 0, skirting, scaleRgb(backdrop.lower, random.between(0.4, 0.9)));
  const windows = Math.round(backdrop.busy * random.whole(0, 14));
  for (let i = 0; i < windows; i++) {
    const column = random.whole(0, columns - 1);
    const width = random.whole(20, 90);
    const bottom = rowOfRise(random.between(0.1, 0.3));
    const top = rowOfRise(random.between(0.4, 1.2));
    const frame = random.whole(2, 4);
    const bright = random.between(180, 255);
    canvas.rectangle(column - frame, width + 2 * frame, bottom - frame, top + frame, anyRgb(random));
    canvas.rectangle(column, width, bottom, top, [bright, bright, Math.min(255, bright + 12)]);
    if (random.chance(0.6)) canvas.rectangle(column + (width >> 1) - 1, 2, bottom, top, backdrop.lower);
  }
  const things = Math.round(backdrop.busy * random.whole(4, 60));
  for (let i = 0; i < things; i++) {
    const column = random.whole(0, columns - 1);
    const width = random.whole(3, 70);
    const isOnFloor = random.chance(0.7);
    const bottom = isOnFloor ? 0 : rowOfRise(random.between(0.05, 0.5));
    const top = isOnFloor ? rowOfRise(random.between(0.02, 0.5)) : bottom + random.whole(3, 30);
    const colour = furnitureRgb(random, backdrop);
    canvas.rectangle(column, width, bottom, top, colour);
    for (let part = random.whole(0, 3); part > 0; part--) {
      const inset = random.whole(1, Math.max(1, width >> 1));
      canvas.rectangle(
        column + inset,
        Math.max(1, random.whole(0, width - inset)),
        bottom + random.whole(0, 5),
        top - random.whole(0, 5),
        scaleRgb(colour, random.between(0.5, 1.3)),
      );
    }
  }
}

function paintSkyline(canvas: Canvas, random: Random, backdrop: Backdrop): void {
  const field = noiseField('fractal', random.whole(0, 3));
  const row = random.whole(0, 255);
  const trees = mixRgb([40, 60, 30], [110, 120, 90], random.next());
  const height = backdrop.busy * random.between(0.02, 0.3);
  for (let x = 0; x < columns; x++) {
    // A closed path through the field: column 0 and the last one meet.
    const rise = height * Math.max(0, 0.5 + fieldAt(field, x >> 1, row) * 0.6 + fieldAt(field, x, row + 40) * 0.2);
    canvas.rectangle(x, 1, 0, rowOfRise(rise), scaleRgb(trees, 1 + 0.25 * fieldAt(field, x, row + 90)));
  }
  const houses = Math.round(backdrop.busy * random.whole(0, 16));
  for (let i = 0; i < houses; i++) {
    const column = random.whole(0, columns - 1);
    const width = random.whole(15, 110);
    const top = rowOfRise(random.between(0.05, 0.4));
    const colour = furnitureRgb(random, backdrop);
    canvas.rectangle(column, width, 0, top, colour);
    const pane = scaleRgb(colour, random.between(0.4, 0.8));
    for (let x = column + 3; x < column + width - 4; x += 9) {
      for (let y = 3; y < top - 4; y += 7) canvas.rectangle(x, 4, y, y + 4, pane);
    }
  }
}

interface Wall {
  readonly kind: Backdrop['kind'];
  readonly clouds: Uint8Array;
  readonly grain: Uint8Array;
  readonly cloudiness: number;
  readonly wallGrain: number;
  /** Of the noise, in grey levels. */
  readonly depth: number;
}

function paintRow(texels: Int32Array, row: number, base: Rgb, wall: Wall): void {
  const { clouds, grain, cloudiness, wallGrain, depth } = wall;
  const [red, green, blue] = base;
  const start = row * columns;
  switch (wall.kind) {
    case 'sky':
      for (let x = 0; x < columns; x++) {
        const cloud = cloudiness * Math.max(0, fieldAt(clouds, x >> 2, row * 3));
        texels[start + x] = packRgb(
          red + (246 - red) * cloud,
          green + (247 - green) * cloud,
          blue + (250 - blue) * cloud,
        );
      }
      break;
    case 'room':
    case 'plain':
      for (let x = 0; x < columns; x++) {
        const factor = 1 + wallGrain * fieldAt(grain, x, row);
        texels[start + x] = packRgb(red * factor, green * factor, blue * factor);
      }
      break;
    case 'noise':
      for (let x = 0; x < columns; x++) {
        texels[start + x] = packRgb(
          red + depth * fieldAt(grain, x, row),
          green + depth * fieldAt(grain, x + 85, row + 31),
          blue + depth * fieldAt(grain, x + 170, row + 77),
        );
      }
      break;
  }
}

/** Paints what stands around the world; the same backdrop gives the same picture. */
export function createPanorama(backdrop: Backdrop): Panorama {
  const random = createRandom(backdrop.seed);
  const canvas = new Canvas();
  const wall: Wall = {
    kind: backdrop.kind,
    clouds: noiseField('cloudy', random.whole(0, 3)),
    grain: noiseField('fractal', random.whole(0, 3)),
    cloudiness: random.between(0, 0.9),
    wallGrain: random.between(0, 0.06),
    depth: random.between(20, 120),
  };
  for (let row = 0; row < rows; row++) {
    paintRow(canvas.texels, row, mixRgb(backdrop.lower, backdrop.upper, Math.min(1, (1.5 * row) / rows)), wall);
  }
  if (backdrop.kind === 'room') paintRoom(canvas, random, backdrop);
  if (backdrop.kind === 'sky') paintSkyline(canvas, random, backdrop);
  return { columns, rows, texels: canvas.texels };
}
