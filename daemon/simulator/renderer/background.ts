import type { Panorama } from '../scene/backdrop.ts';
import { packRgb } from '../scene/colour.ts';
import type { GroundMap } from '../scene/ground-map.ts';
import type { LineLayer } from '../scene/line-layer.ts';
import type { Light } from '../scene/scene.ts';
import type { Illumination } from './illumination.ts';
import type { View } from './lens.ts';
import { type RayTable, skyLevel } from './ray-table.ts';

const noLines = {
  widthCells: new Int32Array(1),
  heightCells: new Int32Array(1),
  levelStarts: new Int32Array(1),
  coverage: new Uint16Array(1),
};

/** Of a packed colour: weighted by 256ths, each keeps to its half of the word. */
const redBlue = 0xff00ff;

/** Sines and cosines as whole numbers. With 13 bits, products with places in the table stay within a word. */
const rotationBits = 13;
const rotationUnit = 1 << rotationBits;

/** Paints floor, lines, shadows and backdrop into what the objects left open. */
export class Background {
  readonly #rays: RayTable;
  readonly #ground: GroundMap;
  readonly #panorama: Panorama;
  /** The floor's texels in the light; and what a cast shadow of a depth leaves of that light, in 256ths. */
  readonly #litFloor: Int32Array;
  readonly #redShade: Uint16Array;
  readonly #greenShade: Uint16Array;
  readonly #blueShade: Uint16Array;
  readonly #contact: Uint16Array;
  readonly #floorX: Int32Array;
  readonly #floorY: Int32Array;
  readonly #linesX: Int32Array;
  readonly #linesY: Int32Array;
  readonly #lineLayer: Pick<LineLayer, 'widthCells' | 'heightCells' | 'levelStarts' | 'coverage'>;
  /** For each level of the floor: the level of the lines to look in, and how many powers of two finer that is. */
  readonly #lineLevels: Int32Array;
  readonly #lineShifts: Int32Array;
  readonly #lineColours: readonly [number, number];

  constructor(rays: RayTable, ground: GroundMap, panorama: Panorama, illumination: Illumination, light: Light) {
    this.#rays = rays;
    this.#ground = ground;
    this.#panorama = panorama;
    const [red, green, blue] = illumination.groundFactors();
    const lit = (colour: number): number =>
      Math.min(255, Math.imul(colour & 255, red[0]!) >> 8) |
      (Math.min(255, Math.imul((colour >> 8) & 255, green[0]!) >> 8) << 8) |
      (Math.min(255, Math.imul(colour >> 16, blue[0]!) >> 8) << 16);
    const againstLit = (factors: Uint16Array): Uint16Array =>
      factors.map((factor) => (256 * factor) / Math.max(1, factors[0]!));
    this.#litFloor = ground.floor.texels.map(lit);
    this.#redShade = againstLit(red);
    this.#greenShade = againstLit(green);
    this.#blueShade = againstLit(blue);
    this.#contact = Uint16Array.from({ length: 256 }, (_, depth) => 256 - light.contactShadow * depth);
    const { floor, lines } = ground;
    this.#floorX = new Int32Array(floor.levelCount);
    this.#floorY = new Int32Array(floor.levelCount);
    this.#linesX = new Int32Array(floor.levelCount);
    this.#linesY = new Int32Array(floor.levelCount);
    this.#lineLayer = lines ?? noLines;
    const offset = lines === undefined ? 0 : Math.round(Math.log2(lines.cellM / floor.cellM));
    const lastLevel = (lines?.levelCount ?? 1) - 1;
    this.#lineLevels = Int32Array.from({ length: floor.levelCount }, (_, level) =>
      Math.min(lastLevel, Math.max(0, level - offset)),
    );
    this.#lineShifts = this.#lineLevels.map((lineLevel, level) => level - offset - lineLevel);
    this.#lineColours = [lit(packRgb(...ground.lineColours[0])), lit(packRgb(...ground.lineColours[1]))];
  }

  /**
   * @param shadows a value a pixel: depth of the cast shadow in the low byte, of the contact shadow in the high one
   * @param open how much of each pixel is still open, 0 to 255
   */
  paint(view: View, shadows: Uint16Array, open: Uint8Array, pixels: Int32Array): void {
    this.#paintSky(view, open, pixels);
    this.#setOrigins(view);
    this.#paintGround(view, shadows, open, pixels);
  }

  #paintSky(view: View, open: Uint8Array, pixels: Int32Array): void {
    const { levels, first, second } = this.#rays;
    const { columns, texels } = this.#panorama;
    const mask = columns - 1;
    const turns = view.headingRad / (2 * Math.PI);
    const offset = Math.round((turns - Math.floor(turns)) * 16 * columns);
    for (let at = 0; at < open.length; at++) {
      const free = open[at]!;
      if (free === 0 || levels[at]! !== skyLevel) continue;
      const u = (first[at]! + offset) | 0;
      const v = second[at]!;
      const low = Math.imul(v >> 4, columns);
      const left = (u >> 4) & mask;
      const right = ((u >> 4) + 1) & mask;
      const a = texels[low + left]!;
      const b = texels[low + right]!;
      const c = texels[low + columns + left]!;
      const d = texels[low + columns + right]!;
      const fu = u & 15;
      const fv = v & 15;
      const wd = Math.imul(fu, fv);
      const wb = ((fu << 4) - wd) | 0;
      const wc = ((fv << 4) - wd) | 0;
      const wa = (256 - wb - wc - wd) | 0;
      const above = (Math.imul(a & redBlue, wa) + Math.imul(b & redBlue, wb)) | 0;
      const below = (Math.imul(c & redBlue, wc) + Math.imul(d & redBlue, wd)) | 0;
      const greenAbove = (Math.imul(a & 0xff00, wa) + Math.imul(b & 0xff00, wb)) | 0;
      const greenBelow = (Math.imul(c & 0xff00, wc) + Math.imul(d & 0xff00, wd)) | 0;
      const colour = (((above + below) >>> 8) & redBlue) | (((greenAbove + greenBelow) >>> 8) & 0xff00);
      pixels[at] = free === 255 ? colour : pixels[at]! + dimmed(colour, free);
    }
  }

  #paintGround(view: View, shadows: Uint16Array, open: Uint8Array, pixels: Int32Array): void {
    const { levels, first, second } = this.#rays;
    const { levelStarts, sizeCells } = this.#ground.floor;
    const texels = this.#litFloor;
    const cos = Math.round(Math.cos(view.headingRad) * rotationUnit);
    const sin = Math.round(Math.sin(view.headingRad) * rotationUnit);
    const originX = this.#floorX;
    const originY = this.#floorY;
    const redShade = this.#redShade;
    const greenShade = this.#greenShade;
    const blueShade = this.#blueShade;
    const contact = this.#contact;
    const hasLines = this.#ground.lines !== undefined;
    const { widthCells, heightCells, levelStarts: lineStarts, coverage } = this.#lineLayer;
    const linesX = this.#linesX;
    const linesY = this.#linesY;
    const lineLevels = this.#lineLevels;
    const lineShifts = this.#lineShifts;
    const [lineA, lineB] = this.#lineColours;
    for (let at = 0; at < open.length; at++) {
      const free = open[at]!;
      const level = levels[at]!;
      if (free === 0 || level === skyLevel) continue;
      const ahead = first[at]!;
      const aside = second[at]!;
      const x = (Math.imul(ahead, cos) - Math.imul(aside, sin)) >> rotationBits;
      const y = (Math.imul(ahead, sin) + Math.imul(aside, cos)) >> rotationBits;
      const u = (x + originX[level]!) | 0;
      const v = (y + originY[level]!) | 0;
      const size = sizeCells >> level;
      const mask = (size - 1) | 0;
      const start = levelStarts[level]!;
      const low = (start + Math.imul((v >> 4) & mask, size)) | 0;
      const high = (start + Math.imul(((v >> 4) + 1) & mask, size)) | 0;
      const left = (u >> 4) & mask;
      const right = ((u >> 4) + 1) & mask;
      const a = texels[low + left]!;
      const b = texels[low + right]!;
      const c = texels[high + left]!;
      const d = texels[high + right]!;
      const fu = u & 15;
      const fv = v & 15;
      const wd = Math.imul(fu, fv);
      const wb = ((fu << 4) - wd) | 0;
      const wc = ((fv << 4) - wd) | 0;
      const wa = (256 - wb - wc - wd) | 0;
      const above = (Math.imul(a & redBlue, wa) + Math.imul(b & redBlue, wb)) | 0;
      const below = (Math.imul(c & redBlue, wc) + Math.imul(d & redBlue, wd)) | 0;
      const greenAbove = (Math.imul(a & 0xff00, wa) + Math.imul(b & 0xff00, wb)) | 0;
      const greenBelow = (Math.imul(c & 0xff00, wc) + Math.imul(d & 0xff00, wd)) | 0;
      let colour = (((above + below) >>> 8) & redBlue) | (((greenAbove + greenBelow) >>> 8) & 0xff00);
      if (hasLines) {
        // Cells are as large as the floor's or, where the layer has no such level, some powers of two larger or smaller.
        const finer = lineShifts[level]!;
        const fullU = (x + linesX[level]!) | 0;
        const fullV = (y + linesY[level]!) | 0;
        const lineU = ((finer >= 0 ? fullU << finer : fullU >> (0 - finer)) - 8) | 0;
        const lineV = ((finer >= 0 ? fullV << finer : fullV >> (0 - finer)) - 8) | 0;
        const lineLevel = lineLevels[level]!;
        const width = widthCells[lineLevel]!;
        const column = lineU >> 4;
        const row = lineV >> 4;
        if (column >= 0 && row >= 0 && column < width - 1 && row < heightCells[lineLevel]! - 1) {
          const corner = (lineStarts[lineLevel]! + Math.imul(row, width) + column) | 0;
          const p = coverage[corner]!;
          const q = coverage[corner + 1]!;
          const r = coverage[corner + width]!;
          const s = coverage[corner + width + 1]!;
          if ((p | q | r | s) !== 0) {
            const du = lineU & 15;
            const dv = lineV & 15;
            const ws = Math.imul(du, dv);
            const wq = ((du << 4) - ws) | 0;
            const wr = ((dv << 4) - ws) | 0;
            const wp = (256 - wq - wr - ws) | 0;
            const firstUpper = (Math.imul(p & 255, wp) + Math.imul(q & 255, wq)) | 0;
            const firstPaint = (firstUpper + Math.imul(r & 255, wr) + Math.imul(s & 255, ws)) | 0;
            colour = painted(colour, lineA, firstPaint);
            if ((p | q | r | s) > 255) {
              const secondUpper = (Math.imul(p >> 8, wp) + Math.imul(q >> 8, wq)) | 0;
              const secondPaint = (secondUpper + Math.imul(r >> 8, wr) + Math.imul(s >> 8, ws)) | 0;
              colour = painted(colour, lineB, secondPaint);
            }
          }
        }
      }
      const shadow = shadows[at]!;
      if (shadow !== 0) {
        const cast = shadow & 255;
        const light = contact[shadow >> 8]!;
        const red = Math.imul(Math.imul(colour & 255, redShade[cast]!), light) >> 16;
        const green = Math.imul(Math.imul((colour >> 8) & 255, greenShade[cast]!), light) >> 16;
        const blue = Math.imul(Math.imul(colour >> 16, blueShade[cast]!), light) >> 16;
        colour = red | (green << 8) | (blue << 16);
      }
      pixels[at] = free === 255 ? colour : pixels[at]! + dimmed(colour, free);
    }
  }

  /** The car's place on each level of the floor and of the lines, in 16ths of cells. */
  #setOrigins(view: View): void {
    const { floor, lines } = this.#ground;
    const tileM = floor.cellM * floor.sizeCells;
    const xM = view.xM - tileM * Math.floor(view.xM / tileM);
    const yM = view.yM - tileM * Math.floor(view.yM / tileM);
    for (let level = 0; level < floor.levelCount; level++) {
      const perM = 16 / (floor.cellM * 2 ** level);
      // Cells have their colour at their middle.
      this.#floorX[level] = Math.round(xM * perM) - 8;
      this.#floorY[level] = Math.round(yM * perM) - 8;
      if (lines === undefined) continue;
      this.#linesX[level] = Math.round((view.xM - lines.minXM) * perM);
      this.#linesY[level] = Math.round((view.yM - lines.minYM) * perM);
    }
  }
}

/** A colour under paint that covers `cover` / 65 536 of it. */
function painted(colour: number, paint: number, cover: number): number {
  const red = colour & 255;
  const green = (colour >> 8) & 255;
  const blue = colour >> 16;
  return (
    (red + (Math.imul((paint & 255) - red, cover) >> 16)) |
    ((green + (Math.imul(((paint >> 8) & 255) - green, cover) >> 16)) << 8) |
    ((blue + (Math.imul((paint >> 16) - blue, cover) >> 16)) << 16)
  );
}

/** Times free / 255, rounded down, so that what objects put there and this stay within 255 together. */
function dimmed(colour: number, free: number): number {
  const scale = Math.imul(free, 257);
  return (
    (Math.imul(colour & 255, scale) >> 16) |
    ((Math.imul((colour >> 8) & 255, scale) >> 16) << 8) |
    ((Math.imul(colour >> 16, scale) >> 16) << 16)
  );
}
