import type { Panorama } from '../scene/backdrop.ts';
import type { GroundMap } from '../scene/ground-map.ts';
import type { Light } from '../scene/scene.ts';
import type { Illumination } from './illumination.ts';
import type { View } from './lens.ts';
import { type RayTable, skyLevel } from './ray-table.ts';

/** Paints floor, lines, shadows and backdrop into what the objects left open. */
export class Background {
  readonly #rays: RayTable;
  readonly #ground: GroundMap;
  readonly #panorama: Panorama;
  readonly #factors: readonly [Uint16Array, Uint16Array, Uint16Array];
  readonly #contact: Uint16Array;

  constructor(rays: RayTable, ground: GroundMap, panorama: Panorama, illumination: Illumination, light: Light) {
    this.#rays = rays;
    this.#ground = ground;
    this.#panorama = panorama;
    this.#factors = illumination.groundFactors();
    this.#contact = Uint16Array.from({ length: 256 }, (_, depth) => 256 - light.contactShadow * depth);
  }

  /**
   * @param shadows a value a pixel: depth of the cast shadow in the low byte, of the contact shadow in the high one
   * @param open how much of each pixel is still open, 0 to 255
   */
  paint(view: View, shadows: Uint16Array, open: Uint8Array, pixels: Int32Array): void {
    const { levels, first, second } = this.#rays;
    const { floor, lines, lineColours } = this.#ground;
    const { columns, rows, texels: sky } = this.#panorama;
    const { texels, levelStarts } = floor;
    const cos = Math.cos(view.headingRad);
    const sin = Math.sin(view.headingRad);
    // Panoramas wrap: an offset of whole turns keeps what is truncated positive.
    const skyOffset = (view.headingRad / (2 * Math.PI) - Math.floor(view.headingRad / (2 * Math.PI)) + 1) * columns;
    // The same for the floor, in whole tiles.
    const tileM = floor.cellM * floor.sizeCells;
    const awayM = tileM * Math.ceil(1000 / tileM);
    const shrinks = Float64Array.from({ length: floor.levelCount }, (_, level) => 1 / (floor.cellM * 2 ** level));
    const [redFactor, greenFactor, blueFactor] = this.#factors;
    const contact = this.#contact;
    const lineCoverage = lines?.coverage;
    // The floor's level n and this much more has cells of about the same size in the line layer.
    const lineLevelShift = lines === undefined ? 0 : Math.round(Math.log2(floor.cellM / lines.cellM));
    const lineA = Int32Array.from(lineColours[0]);
    const lineB = Int32Array.from(lineColours[1]);

    for (let at = 0; at < open.length; at++) {
      const free = open[at]!;
      if (free === 0) continue;
      let red: number;
      let green: number;
      let blue: number;
      const level = levels[at]!;
      if (level === skyLevel) {
        const u = first[at]! * columns + skyOffset;
        const v = second[at]! * rows;
        const column = u | 0;
        const row = v | 0;
        const fu = ((u - column) * 16) | 0;
        const fv = ((v - row) * 16) | 0;
        const low = Math.imul(row, columns);
        const high = row + 1 < rows ? low + columns : low;
        const a = sky[low + (column & (columns - 1))]!;
        const b = sky[low + ((column + 1) & (columns - 1))]!;
        const c = sky[high + (column & (columns - 1))]!;
        const d = sky[high + ((column + 1) & (columns - 1))]!;
        const wd = Math.imul(fu, fv);
        const wb = 16 * fu - wd;
        const wc = 16 * fv - wd;
        const wa = 256 - wb - wc - wd;
        const redBlue =
          (Math.imul(a & 0xff00ff, wa) +
            Math.imul(b & 0xff00ff, wb) +
            Math.imul(c & 0xff00ff, wc) +
            Math.imul(d & 0xff00ff, wd)) >>>
          8;
        red = redBlue & 255;
        blue = redBlue >>> 16;
        green =
          (Math.imul(a & 0xff00, wa) +
            Math.imul(b & 0xff00, wb) +
            Math.imul(c & 0xff00, wc) +
            Math.imul(d & 0xff00, wd)) >>>
          16;
      } else {
        const ahead = first[at]!;
        const left = second[at]!;
        const xM = view.xM + ahead * cos - left * sin;
        const yM = view.yM + ahead * sin + left * cos;
        const shrink = shrinks[level]!;
        const u = (xM + awayM) * shrink - 0.5;
        const v = (yM + awayM) * shrink - 0.5;
        const column = u | 0;
        const row = v | 0;
        const fu = ((u - column) * 16) | 0;
        const fv = ((v - row) * 16) | 0;
        const size = floor.sizeCells >> level;
        const mask = size - 1;
        const start = levelStarts[level]!;
        const low = start + Math.imul(row & mask, size);
        const high = start + Math.imul((row + 1) & mask, size);
        const a = texels[low + (column & mask)]!;
        const b = texels[low + ((column + 1) & mask)]!;
        const c = texels[high + (column & mask)]!;
        const d = texels[high + ((column + 1) & mask)]!;
        const wd = Math.imul(fu, fv);
        const wb = 16 * fu - wd;
        const wc = 16 * fv - wd;
        const wa = 256 - wb - wc - wd;
        const redBlue =
          (Math.imul(a & 0xff00ff, wa) +
            Math.imul(b & 0xff00ff, wb) +
            Math.imul(c & 0xff00ff, wc) +
            Math.imul(d & 0xff00ff, wd)) >>>
          8;
        red = redBlue & 255;
        blue = redBlue >>> 16;
        green =
          (Math.imul(a & 0xff00, wa) +
            Math.imul(b & 0xff00, wb) +
            Math.imul(c & 0xff00, wc) +
            Math.imul(d & 0xff00, wd)) >>>
          16;
        if (lines !== undefined && lineCoverage !== undefined) {
          let lineLevel = level + lineLevelShift;
          if (lineLevel < 0) lineLevel = 0;
          else if (lineLevel >= lines.levelCount) lineLevel = lines.levelCount - 1;
          const cellM = lines.cellM * (1 << lineLevel);
          const lu = (xM - lines.minXM) / cellM - 0.5;
          const lv = (yM - lines.minYM) / cellM - 0.5;
          const width = lines.widthCells[lineLevel]!;
          if (lu >= 0 && lv >= 0 && lu < width - 1 && lv < lines.heightCells[lineLevel]! - 1) {
            const lineColumn = lu | 0;
            const lineRow = lv | 0;
            const corner = lines.levelStarts[lineLevel]! + Math.imul(lineRow, width) + lineColumn;
            const p = lineCoverage[corner]!;
            const q = lineCoverage[corner + 1]!;
            const r = lineCoverage[corner + width]!;
            const s = lineCoverage[corner + width + 1]!;
            if ((p | q | r | s) !== 0) {
              const du = ((lu - lineColumn) * 16) | 0;
              const dv = ((lv - lineRow) * 16) | 0;
              const ws = Math.imul(du, dv);
              const wq = 16 * du - ws;
              const wr = 16 * dv - ws;
              const wp = 256 - wq - wr - ws;
              const shareA =
                Math.imul(p & 255, wp) + Math.imul(q & 255, wq) + Math.imul(r & 255, wr) + Math.imul(s & 255, ws);
              const shareB =
                Math.imul(p >> 8, wp) + Math.imul(q >> 8, wq) + Math.imul(r >> 8, wr) + Math.imul(s >> 8, ws);
              red += Math.imul(lineA[0]! - red, shareA) >> 16;
              green += Math.imul(lineA[1]! - green, shareA) >> 16;
              blue += Math.imul(lineA[2]! - blue, shareA) >> 16;
              red += Math.imul(lineB[0]! - red, shareB) >> 16;
              green += Math.imul(lineB[1]! - green, shareB) >> 16;
              blue += Math.imul(lineB[2]! - blue, shareB) >> 16;
            }
          }
        }
        const shadow = shadows[at]!;
        const cast = shadow & 255;
        red = Math.imul(red, redFactor[cast]!) >> 8;
        green = Math.imul(green, greenFactor[cast]!) >> 8;
        blue = Math.imul(blue, blueFactor[cast]!) >> 8;
        if (shadow > 255) {
          const dark = contact[shadow >> 8]!;
          red = Math.imul(red, dark) >> 8;
          green = Math.imul(green, dark) >> 8;
          blue = Math.imul(blue, dark) >> 8;
        }
        if (red > 255) red = 255;
        if (green > 255) green = 255;
        if (blue > 255) blue = 255;
      }
      if (free === 255) pixels[at] = red | (green << 8) | (blue << 16);
      else {
        // Times free / 255, rounded down, so that what objects put there and this stay within 255 together.
        const scale = free * 257;
        pixels[at] =
          pixels[at]! +
          ((Math.imul(red, scale) >> 16) |
            ((Math.imul(green, scale) >> 16) << 8) |
            ((Math.imul(blue, scale) >> 16) << 16));
      }
    }
  }
}
