import type { Lens } from './lens.ts';
import type { Mesh } from './mesh.ts';

const nearM = 0.02;
const maxSamplesAcross = 4;

/** What one object left in the picture. Edges in pixels, not clipped; weights in whole pixels. */
export interface Footprint {
  left: number;
  top: number;
  right: number;
  bottom: number;
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
  readonly #lens: Lens;
  readonly #width: number;
  readonly #height: number;
  #cameraPoints = new Float64Array(3 * 1024);
  #pixelPoints = new Float64Array(3 * 1024);
  #colours = new Int32Array(1024);
  #triangles = new Uint16Array(3 * 2048);
  #triangleCount = 0;
  #vertexCount = 0;
  /** Samples of the object being drawn: 1 / depth (0: nothing) and colour. */
  #depths = new Float32Array(1 << 16);
  #samples = new Int32Array(1 << 16);
  /** The window of samples: where it starts in the picture, its size, and samples a pixel's side. */
  #left = 0;
  #top = 0;
  #across = 0;
  #down = 0;
  #scale = 1;

  constructor(lens: Lens, pixels: Int32Array) {
    this.#lens = lens;
    this.#width = lens.camera.widthPx;
    this.#height = lens.camera.heightPx;
    this.pixels = pixels;
    this.open = new Uint8Array(this.#width * this.#height);
  }

  clear(): void {
    this.open.fill(255);
  }

  /** Draws a mesh behind everything drawn so far. False, and nothing in `footprint`, when it is not in the picture. */
  draw(mesh: Mesh, footprint: Footprint): boolean {
    if (!this.#project(mesh)) return false;
    const points = this.#pixelPoints;
    let left = Number.POSITIVE_INFINITY;
    let top = Number.POSITIVE_INFINITY;
    let right = Number.NEGATIVE_INFINITY;
    let bottom = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < 3 * this.#vertexCount; i += 3) {
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
    for (let i = 0; i < 3 * this.#triangleCount; i += 3) {
      this.#fill(this.#triangles[i]!, this.#triangles[i + 1]!, this.#triangles[i + 2]!, mesh.isDoubleSided);
    }
    footprint.left = left;
    footprint.top = top;
    footprint.right = right;
    footprint.bottom = bottom;
    this.#resolve(footprint);
    return true;
  }

  /** Draws a flat mesh into a map of the picture: the largest value wins. Colours' lowest byte is the value. */
  stamp(mesh: Mesh, map: Uint16Array, shift: 0 | 8, rows: { first: number; end: number }): void {
    if (!this.#project(mesh)) return;
    for (let i = 0; i < 3 * this.#triangleCount; i += 3) {
      this.#stampTriangle(this.#triangles[i]!, this.#triangles[i + 1]!, this.#triangles[i + 2]!, map, shift, rows);
    }
  }

  /** Transforms, clips at the near plane and projects. False when nothing is in front of the lens. */
  #project(mesh: Mesh): boolean {
    const count = mesh.colours.length;
    // Clipping adds at most two vertices and one triangle for each triangle.
    const room = count + 2 * mesh.triangles.length;
    if (3 * room > this.#cameraPoints.length) {
      this.#cameraPoints = new Float64Array(3 * room);
      this.#pixelPoints = new Float64Array(3 * room);
      this.#colours = new Int32Array(room);
    }
    if (2 * mesh.triangles.length > this.#triangles.length)
      this.#triangles = new Uint16Array(2 * mesh.triangles.length);
    const camera = this.#cameraPoints;
    this.#lens.toCamera(mesh.positions, count, camera);
    this.#colours.set(mesh.colours);
    this.#vertexCount = count;
    let behind = 0;
    for (let i = 2; i < 3 * count; i += 3) if (camera[i]! < nearM) behind++;
    if (behind === count) return false;
    if (behind === 0) {
      this.#triangles.set(mesh.triangles);
      this.#triangleCount = mesh.triangles.length / 3;
    } else this.#clip(mesh);
    this.#lens.toPixels(camera, this.#vertexCount, this.#pixelPoints);
    if (behind > 0) {
      for (let i = 2; i < 3 * count; i += 3) if (camera[i]! < nearM) this.#pixelPoints[i] = -1;
    }
    return true;
  }

  #clip(mesh: Mesh): void {
    const camera = this.#cameraPoints;
    this.#triangleCount = 0;
    const emit = (a: number, b: number, c: number): void => {
      const at = 3 * this.#triangleCount++;
      this.#triangles[at] = a;
      this.#triangles[at + 1] = b;
      this.#triangles[at + 2] = c;
    };
    const kept: number[] = [];
    for (let i = 0; i < mesh.triangles.length; i += 3) {
      kept.length = 0;
      for (let corner = 0; corner < 3; corner++) {
        const from = mesh.triangles[i + corner]!;
        const to = mesh.triangles[i + ((corner + 1) % 3)]!;
        const fromDepth = camera[3 * from + 2]!;
        const toDepth = camera[3 * to + 2]!;
        if (fromDepth >= nearM) kept.push(from);
        if (fromDepth >= nearM !== toDepth >= nearM) {
          const share = (nearM - fromDepth) / (toDepth - fromDepth);
          const added = this.#vertexCount++;
          for (let axis = 0; axis < 3; axis++) {
            camera[3 * added + axis] =
              camera[3 * from + axis]! + share * (camera[3 * to + axis]! - camera[3 * from + axis]!);
          }
          camera[3 * added + 2] = nearM;
          this.#colours[added] = this.#colours[from]!;
          kept.push(added);
        }
      }
      for (let corner = 2; corner < kept.length; corner++) emit(kept[0]!, kept[corner - 1]!, kept[corner]!);
    }
  }

  /** Scan-converts one triangle into the window of samples. */
  #fill(a: number, b: number, c: number, isDoubleSided: boolean): void {
    const points = this.#pixelPoints;
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
    const colourA = this.#colours[a]!;
    const colourB = this.#colours[b]!;
    const colourC = this.#colours[c]!;
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
    footprint.alone = alone / perPixel;
    footprint.seen = seen / (255 * perPixel);
  }

  #stampTriangle(
    a: number,
    b: number,
    c: number,
    map: Uint16Array,
    shift: 0 | 8,
    rows: { first: number; end: number },
  ): void {
    const points = this.#pixelPoints;
    const ax = points[3 * a]!;
    const ay = points[3 * a + 1]!;
    const bx = points[3 * b]!;
    const by = points[3 * b + 1]!;
    const cx = points[3 * c]!;
    const cy = points[3 * c + 1]!;
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    if (area === 0) return;
    const firstRow = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const endRow = Math.min(this.#height, Math.ceil(Math.max(ay, by, cy) - 0.5));
    if (firstRow >= endRow) return;
    if (Math.max(ax, bx, cx) <= 0 || Math.min(ax, bx, cx) >= this.#width) return;
    if (firstRow < rows.first) rows.first = firstRow;
    if (endRow > rows.end) rows.end = endRow;
    const valueA = this.#colours[a]! & 255;
    const valueB = this.#colours[b]! & 255;
    const valueC = this.#colours[c]! & 255;
    const valueX = ((valueB - valueA) * (cy - ay) - (valueC - valueA) * (by - ay)) / area;
    const valueY = ((valueC - valueA) * (bx - ax) - (valueB - valueA) * (cx - ax)) / area;
    const slopeAb = (bx - ax) / (by - ay);
    const slopeBc = (cx - bx) / (cy - by);
    const slopeCa = (ax - cx) / (ay - cy);
    const width = this.#width;
    const keep = shift === 0 ? 0xff00 : 0x00ff;
    for (let row = firstRow; row < endRow; row++) {
      const y = row + 0.5;
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      if (ay <= y !== by <= y) {
        low = ax + (y - ay) * slopeAb;
        high = low;
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
      const end = high >= width ? width : Math.ceil(high - 0.5);
      let value = valueA + valueX * (first + 0.5 - ax) + valueY * (y - ay);
      for (let at = row * width + first; at < row * width + end; at++, value += valueX) {
        const before = map[at]!;
        const deep = value < 0 ? 0 : value > 255 ? 255 : value | 0;
        if (deep > ((before >> shift) & 255)) map[at] = (before & keep) | (deep << shift);
      }
    }
  }
}
