import type { CameraGeometry } from '../../protocol/camera-geometry.ts';
import type { Mesh } from './mesh.ts';
import type { Projector } from './projector.ts';

const maxSamplesAcross = 4;

/** What one object left in the picture. Edges in pixels, not clipped; weights in whole pixels. */
export interface Footprint {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** Edges of the pixels that it would cover alone, within the picture. */
  shownLeft: number;
  shownTop: number;
  shownRight: number;
  shownBottom: number;
  /** Pixels it would cover alone, within the picture. */
  alone: number;
  /** Pixels of it that are seen. */
  seen: number;
}

/**
 * Draws meshes front to back over a picture that is still empty. Each pixel keeps how much of it is still open (255: all):
 * what is behind later fills only that, so edges are antialiased, and the seen share of an object is exact.
 */
export class Rasteriser {
  readonly open: Uint8Array;
  readonly pixels: Int32Array;
  readonly #projector: Projector;
  readonly #width: number;
  readonly #height: number;
  /** Samples of the object being drawn: 1 / depth (0: nothing) and colour. */
  #depths = new Float32Array(1 << 16);
  #samples = new Int32Array(1 << 16);
  /** The window of samples: where it starts in the picture, its size, and samples a pixel's side. */
  #left = 0;
  #top = 0;
  #across = 0;
  #down = 0;
  #scale = 1;

  constructor(projector: Projector, camera: Pick<CameraGeometry, 'widthPx' | 'heightPx'>, pixels: Int32Array) {
    this.#projector = projector;
    this.#width = camera.widthPx;
    this.#height = camera.heightPx;
    this.pixels = pixels;
    this.open = new Uint8Array(this.#width * this.#height);
  }

  clear(): void {
    this.open.fill(255);
  }

  /** Draws a mesh behind everything drawn so far. False, and nothing in `footprint`, when it is not in the picture. */
  draw(mesh: Mesh, footprint: Footprint): boolean {
    const projector = this.#projector;
    if (!projector.project(mesh)) return false;
    const { points, triangles } = projector;
    let left = Number.POSITIVE_INFINITY;
    let top = Number.POSITIVE_INFINITY;
    let right = Number.NEGATIVE_INFINITY;
    let bottom = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < 3 * projector.vertexCount; i += 3) {
      if (points[i + 2]! <= 0) continue;
      const x = points[i]!;
      const y = points[i + 1]!;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
    const firstX = Math.max(0, Math.floor(left));
    const firstY = Math.max(0, Math.floor(top));
    const endX = Math.min(this.#width, Math.ceil(right));
    const endY = Math.min(this.#height, Math.ceil(bottom));
    if (firstX >= endX || firstY >= endY) return false;
    const size = Math.max(endX - firstX, endY - firstY);
    this.#scale = size <= 40 ? maxSamplesAcross : 2;
    this.#left = firstX;
    this.#top = firstY;
    this.#across = (endX - firstX) * this.#scale;
    this.#down = (endY - firstY) * this.#scale;
    const count = this.#across * this.#down;
    if (count > this.#depths.length) {
      this.#depths = new Float32Array(2 * count);
      this.#samples = new Int32Array(2 * count);
    }
    this.#depths.fill(0, 0, count);
    for (let i = 0; i < 3 * projector.triangleCount; i += 3) {
      this.#fill(triangles[i]!, triangles[i + 1]!, triangles[i + 2]!, mesh.isDoubleSided);
    }
    footprint.left = left;
    footprint.top = top;
    footprint.right = right;
    footprint.bottom = bottom;
    this.#resolve(footprint);
    return true;
  }

  /** Scan-converts one triangle into the window of samples. */
  #fill(a: number, b: number, c: number, isDoubleSided: boolean): void {
    const { points, colours } = this.#projector;
    const scale = this.#scale;
    const ax = (points[3 * a]! - this.#left) * scale;
    const ay = (points[3 * a + 1]! - this.#top) * scale;
    const bx = (points[3 * b]! - this.#left) * scale;
    const by = (points[3 * b + 1]! - this.#top) * scale;
    const cx = (points[3 * c]! - this.#left) * scale;
    const cy = (points[3 * c + 1]! - this.#top) * scale;
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    // Counter-clockwise seen from outside is a negative area where y points down.
    if (area === 0 || (area > 0 && !isDoubleSided)) return;
    const topY = ay < by ? Math.min(ay, cy) : Math.min(by, cy);
    const bottomY = ay > by ? Math.max(ay, cy) : Math.max(by, cy);
    const firstRow = Math.max(0, Math.ceil(topY - 0.5));
    const endRow = Math.min(this.#down, Math.ceil(bottomY - 0.5));
    if (firstRow >= endRow) return;

    const inverseArea = 1 / area;
    const aw = points[3 * a + 2]!;
    const bw = points[3 * b + 2]!;
    const cw = points[3 * c + 2]!;
    const gradientX = (p: number, q: number, r: number): number =>
      ((q - p) * (cy - ay) - (r - p) * (by - ay)) * inverseArea;
    const gradientY = (p: number, q: number, r: number): number =>
      ((r - p) * (bx - ax) - (q - p) * (cx - ax)) * inverseArea;
    const depthX = gradientX(aw, bw, cw);
    const depthY = gradientY(aw, bw, cw);
    const colourA = colours[a]!;
    const colourB = colours[b]!;
    const colourC = colours[c]!;
    const isFlat = colourA === colourB && colourA === colourC;
    let redX = 0;
    let redY = 0;
    let greenX = 0;
    let greenY = 0;
    let blueX = 0;
    let blueY = 0;
    const redA = colourA & 255;
    const greenA = (colourA >> 8) & 255;
    const blueA = (colourA >> 16) & 255;
    if (!isFlat) {
      redX = gradientX(redA, colourB & 255, colourC & 255);
      redY = gradientY(redA, colourB & 255, colourC & 255);
      greenX = gradientX(greenA, (colourB >> 8) & 255, (colourC >> 8) & 255);
      greenY = gradientY(greenA, (colourB >> 8) & 255, (colourC >> 8) & 255);
      blueX = gradientX(blueA, (colourB >> 16) & 255, (colourC >> 16) & 255);
      blueY = gradientY(blueA, (colourB >> 16) & 255, (colourC >> 16) & 255);
    }
    const slopeAb = (bx - ax) / (by - ay);
    const slopeBc = (cx - bx) / (cy - by);
    const slopeCa = (ax - cx) / (ay - cy);
    const depths = this.#depths;
    const samples = this.#samples;
    const across = this.#across;
    for (let row = firstRow; row < endRow; row++) {
      const y = row + 0.5;
      // The row crosses exactly two of the three edges.
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      if (ay <= y !== by <= y) {
        const x = ax + (y - ay) * slopeAb;
        low = x;
        high = x;
      }
      if (by <= y !== cy <= y) {
        const x = bx + (y - by) * slopeBc;
        if (x < low) low = x;
        if (x > high) high = x;
      }
      if (cy <= y !== ay <= y) {
        const x = cx + (y - cy) * slopeCa;
        if (x < low) low = x;
        if (x > high) high = x;
      }
      const first = low <= 0.5 ? 0 : Math.ceil(low - 0.5);
      const end = high >= across ? across : Math.ceil(high - 0.5);
      if (first >= end) continue;
      const dx = first + 0.5 - ax;
      const dy = y - ay;
      let depth = aw + depthX * dx + depthY * dy;
      let at = row * across + first;
      const stop = row * across + end;
      if (isFlat) {
        for (; at < stop; at++, depth += depthX) {
          if (depth > depths[at]!) {
            depths[at] = depth;
            samples[at] = colourA;
          }
        }
        continue;
      }
      let red = redA + redX * dx + redY * dy;
      let green = greenA + greenX * dx + greenY * dy;
      let blue = blueA + blueX * dx + blueY * dy;
      for (; at < stop; at++) {
        if (depth > depths[at]!) {
          depths[at] = depth;
          samples[at] = (red & 255) | ((green & 255) << 8) | ((blue & 255) << 16);
        }
        depth += depthX;
        red += redX;
        green += greenX;
        blue += blueX;
      }
    }
  }

  /** Averages the samples of each pixel and puts them behind what the pixel already has. */
  #resolve(footprint: Footprint): void {
    const scale = this.#scale;
    const across = this.#across;
    const perPixel = scale * scale;
    const depths = this.#depths;
    const samples = this.#samples;
    const { open, pixels } = this;
    const width = this.#width;
    const columns = across / scale;
    const rows = this.#down / scale;
    let alone = 0;
    let seen = 0;
    let firstColumn = columns;
    let lastColumn = -1;
    let firstRow = rows;
    let lastRow = -1;
    for (let row = 0; row < rows; row++) {
      let at = (this.#top + row) * width + this.#left;
      for (let column = 0; column < columns; column++, at++) {
        let covered = 0;
        let red = 0;
        let green = 0;
        let blue = 0;
        let from = row * scale * across + column * scale;
        for (let j = 0; j < scale; j++, from += across) {
          for (let i = from; i < from + scale; i++) {
            if (depths[i]! > 0) {
              const colour = samples[i]!;
              covered++;
              red += colour & 255;
              green += (colour >> 8) & 255;
              blue += (colour >> 16) & 255;
            }
          }
        }
        if (covered === 0) continue;
        alone += covered;
        if (column < firstColumn) firstColumn = column;
        if (column > lastColumn) lastColumn = column;
        if (row < firstRow) firstRow = row;
        lastRow = row;
        const free = open[at]!;
        if (free === 0) continue;
        seen += covered * free;
        // What it takes of the pixel is what the pixel loses: shares never sum to more than the whole.
        const left = Math.floor((free * (perPixel - covered)) / perPixel);
        const share = (free - left) / (255 * covered);
        const colour = (red * share) | 0 | (((green * share) | 0) << 8) | (((blue * share) | 0) << 16);
        pixels[at] = free === 255 ? colour : pixels[at]! + colour;
        open[at] = left;
      }
    }
    footprint.shownLeft = this.#left + firstColumn;
    footprint.shownTop = this.#top + firstRow;
    footprint.shownRight = this.#left + lastColumn + 1;
    footprint.shownBottom = this.#top + lastRow + 1;
    footprint.alone = alone / perPixel;
    footprint.seen = seen / (255 * perPixel);
  }
}
