import type { CameraGeometry } from '../../protocol/camera-geometry.ts';
import type { Mesh } from './mesh.ts';
import type { Projector } from './projector.ts';

/** How dark each pixel's ground is: where shadows overlap, the deepest counts. */
export class ShadowMap {
  /** Depth of the cast shadow in the low byte, of the contact shadow in the high one. */
  readonly map: Uint16Array;
  readonly #projector: Projector;
  readonly #width: number;
  readonly #height: number;
  /** Rows that have been drawn on. */
  #firstRow = 0;
  #endRow = 0;

  constructor(projector: Projector, camera: Pick<CameraGeometry, 'widthPx' | 'heightPx'>) {
    this.#projector = projector;
    this.#width = camera.widthPx;
    this.#height = camera.heightPx;
    this.map = new Uint16Array(camera.widthPx * camera.heightPx);
  }

  clear(): void {
    if (this.#endRow > this.#firstRow) {
      this.map.fill(0, this.#firstRow * this.#width, this.#endRow * this.#width);
    }
    this.#firstRow = this.#height;
    this.#endRow = 0;
  }

  /** Draws a flat mesh whose colours' lowest byte is the depth. */
  stamp(mesh: Mesh, kind: 'cast' | 'contact'): void {
    const projector = this.#projector;
    if (!projector.project(mesh)) return;
    const { triangles } = projector;
    const shift = kind === 'cast' ? 0 : 8;
    for (let i = 0; i < 3 * projector.triangleCount; i += 3) {
      this.#stampTriangle(triangles[i]!, triangles[i + 1]!, triangles[i + 2]!, shift);
    }
  }

  #stampTriangle(a: number, b: number, c: number, shift: 0 | 8): void {
    const { points, colours } = this.#projector;
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
    if (firstRow < this.#firstRow) this.#firstRow = firstRow;
    if (endRow > this.#endRow) this.#endRow = endRow;
    const valueA = colours[a]! & 255;
    const valueB = colours[b]! & 255;
    const valueC = colours[c]! & 255;
    const valueX = ((valueB - valueA) * (cy - ay) - (valueC - valueA) * (by - ay)) / area;
    const valueY = ((valueC - valueA) * (bx - ax) - (valueB - valueA) * (cx - ax)) / area;
    const slopeAb = (bx - ax) / (by - ay);
    const slopeBc = (cx - bx) / (cy - by);
    const slopeCa = (ax - cx) / (ay - cy);
    const width = this.#width;
    const map = this.map;
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
