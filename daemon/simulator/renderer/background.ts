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
  paint(view: View, shadows: Uint16Array, open: Uint8Array, pixels: Uint8ClampedArray): void {
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
    const perCell = 1 / floor.cellM;
    const [redFactor, greenFactor, blueFactor] = this.#factors;
    const contact = this.#contact;
    const lineCoverage = lines?.coverage;
    // The floor's level n and this much more has cells of about the same size in the line layer.
    const lineLevelShift = lines === undefined ? 0 : Math.round(Math.log2(floor.cellM / lines.cellM));
    const [lineA, lineB] = lineColours;

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
        const low = row * columns;
        const high = row + 1 < rows ? low + columns : low;
        const a = sky[low + (column & (columns - 1))]!;
        const b = sky[low + ((column + 1) & (columns - 1))]!;
        const c = sky[high + (column & (columns - 1))]!;
        const d = sky[high + ((column + 1) & (columns - 1))]!;
        const wa = (16 - fu) * (16 - fv);
        const wb = fu * (16 - fv);
        const wc = (16 - fu) * fv;
        const wd = fu * fv;
        red = ((a & 255) * wa + (b & 255) * wb + (c & 255) * wc + (d & 255) * wd) >> 8;
        green = (((a >> 8) & 255) * wa + ((b >> 8) & 255) * wb + ((c >> 8) & 255) * wc + ((d >> 8) & 255) * wd) >> 8;
        blue = ((a >> 16) * wa + (b >> 16) * wb + (c >> 16) * wc + (d >> 16) * wd) >> 8;
      } else {
        const ahead = first[at]!;
        const left = second[at]!;
        const xM = view.xM + ahead * cos - left * sin;
        const yM = view.yM + ahead * sin + left * cos;
        const shrink = perCell / (1 << level);
        const u = (xM + awayM) * shrink - 0.5;
        const v = (yM + awayM) * shrink - 0.5;
        const column = u | 0;
        const row = v | 0;
        const fu = ((u - column) * 16) | 0;
        const fv = ((v - row) * 16) | 0;
        const size = floor.sizeCells >> level;
        const mask = size - 1;
        const start = levelStarts[level]!;
        const low = start + (row & mask) * size;
        const high = start + ((row + 1) & mask) * size;
        const a = texels[low + (column & mask)]!;
        const b = texels[low + ((column + 1) & mask)]!;
        const c = texels[high + (column & mask)]!;
        const d = texels[high + ((column + 1) & mask)]!;
        const wa = (16 - fu) * (16 - fv);
        const wb = fu * (16 - fv);
        const wc = (16 - fu) * fv;
        const wd = fu * fv;
        red = ((a & 255) * wa + (b & 255) * wb + (c & 255) * wc + (d & 255) * wd) >> 8;
        green = (((a >> 8) & 255) * wa + ((b >> 8) & 255) * wb + ((c >> 8) & 255) * wc + ((d >> 8) & 255) * wd) >> 8;
        blue = ((a >> 16) * wa + (b >> 16) * wb + (c >> 16) * wc + (d >> 16) * wd) >> 8;
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
            const corner = lines.levelStarts[lineLevel]! + lineRow * width + lineColumn;
            const p = lineCoverage[corner]!;
            const q = lineCoverage[corner + 1]!;
            const r = lineCoverage[corner + width]!;
            const s = lineCoverage[corner + width + 1]!;
            if ((p | q | r | s) !== 0) {
              const du = lu - lineColumn;
              const dv = lv - lineRow;
              const wp = (1 - du) * (1 - dv);
              const wq = du * (1 - dv);
              const wr = (1 - du) * dv;
              const ws = du * dv;
              const shareA = ((p & 255) * wp + (q & 255) * wq + (r & 255) * wr + (s & 255) * ws) / 255;
              const shareB = ((p >> 8) * wp + (q >> 8) * wq + (r >> 8) * wr + (s >> 8) * ws) / 255;
              red += (lineA[0] - red) * shareA;
              green += (lineA[1] - green) * shareA;
              blue += (lineA[2] - blue) * shareA;
              red += (lineB[0] - red) * shareB;
              green += (lineB[1] - green) * shareB;
              blue += (lineB[2] - blue) * shareB;
            }
          }
        }
        const shadow = shadows[at]!;
        const cast = shadow & 255;
        red = (red * redFactor[cast]!) >> 8;
        green = (green * greenFactor[cast]!) >> 8;
        blue = (blue * blueFactor[cast]!) >> 8;
        if (shadow > 255) {
          const dark = contact[shadow >> 8]!;
          red = (red * dark) >> 8;
          green = (green * dark) >> 8;
          blue = (blue * dark) >> 8;
        }
        if (red > 255) red = 255;
        if (green > 255) green = 255;
        if (blue > 255) blue = 255;
      }
      const to = 3 * at;
      if (free === 255) {
        pixels[to] = red;
        pixels[to + 1] = green;
        pixels[to + 2] = blue;
      } else {
        pixels[to] = pixels[to]! + ((red * free) >> 8);
        pixels[to + 1] = pixels[to + 1]! + ((green * free) >> 8);
        pixels[to + 2] = pixels[to + 2]! + ((blue * free) >> 8);
      }
    }
  }
}
