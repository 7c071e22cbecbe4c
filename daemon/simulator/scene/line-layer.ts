import type { GroundPoint } from '../../protocol/geometry.ts';

/** One painted line. Colour 0 or 1 of the ground map's two line colours. */
export interface GroundLine {
  readonly points: readonly GroundPoint[];
  readonly closed: boolean;
  readonly widthM: number;
  readonly colour: 0 | 1;
  /** Absent: unbroken. */
  readonly dash?: { readonly onM: number; readonly offM: number };
}

/**
 * How much of each cell is painted, over the rectangle of the world that has lines, with mip levels one after the other.
 * Coverage 0 to 255 of colour 0 in the low byte, of colour 1 in the high one.
 */
export interface LineLayer {
  readonly minXM: number;
  readonly minYM: number;
  readonly cellM: number;
  readonly widthCells: Int32Array;
  readonly heightCells: Int32Array;
  readonly levelStarts: Int32Array;
  readonly levelCount: number;
  readonly coverage: Uint16Array;
}

const marginM = 0.3;
const maxCells = 12e6;

function paintSegment(
  layer: { minXM: number; minYM: number; cellM: number; width: number; height: number; coverage: Uint16Array },
  from: GroundPoint,
  to: GroundPoint,
  halfWidthM: number,
  shift: number,
): void {
  const { cellM, width, height, coverage } = layer;
  const ax = (from.xM - layer.minXM) / cellM - 0.5;
  const ay = (from.yM - layer.minYM) / cellM - 0.5;
  const bx = (to.xM - layer.minXM) / cellM - 0.5;
  const by = (to.yM - layer.minYM) / cellM - 0.5;
  const half = halfWidthM / cellM;
  const reach = half + 1;
  const dx = bx - ax;
  const dy = by - ay;
  const lengthSquared = dx * dx + dy * dy;
  const left = Math.max(0, Math.floor(Math.min(ax, bx) - reach));
  const right = Math.min(width - 1, Math.ceil(Math.max(ax, bx) + reach));
  const bottom = Math.max(0, Math.floor(Math.min(ay, by) - reach));
  const top = Math.min(height - 1, Math.ceil(Math.max(ay, by) + reach));
  for (let y = bottom; y <= top; y++) {
    for (let x = left; x <= right; x++) {
      const along = lengthSquared > 0 ? ((x - ax) * dx + (y - ay) * dy) / lengthSquared : 0;
      const nearest = along < 0 ? 0 : Math.min(along, 1);
      const distance = Math.hypot(x - ax - nearest * dx, y - ay - nearest * dy);
      const share = Math.min(1, half - distance + 0.5) * Math.min(1, 2 * half);
      if (share <= 0) continue;
      const at = y * width + x;
      const painted = Math.round(share * 255);
      const before = (coverage[at]! >> shift) & 0xff;
      if (painted > before) coverage[at] = (coverage[at]! & ~(0xff << shift)) | (painted << shift);
    }
  }
}

/** Calls back with each painted stretch: whole segments, or the dashes cut out of them. */
function eachStretch(line: GroundLine, paint: (from: GroundPoint, to: GroundPoint) => void): void {
  const count = line.closed ? line.points.length : line.points.length - 1;
  let done = 0;
  for (let i = 0; i < count; i++) {
    const from = line.points[i]!;
    const to = line.points[(i + 1) % line.points.length]!;
    if (line.dash === undefined) {
      paint(from, to);
      continue;
    }
    const length = Math.hypot(to.xM - from.xM, to.yM - from.yM);
    const period = line.dash.onM + line.dash.offM;
    const at = (distance: number): GroundPoint => {
      const share = length === 0 ? 0 : distance / length;
      return { xM: from.xM + (to.xM - from.xM) * share, yM: from.yM + (to.yM - from.yM) * share };
    };
    let start = 0;
    while (start < length) {
      const phase = (done + start) % period;
      const isOn = phase < line.dash.onM;
      // At least a millimetre of progress, so that rounding at a dash's end cannot hold the loop.
      const step = Math.max(1e-3, (isOn ? line.dash.onM : period) - phase);
      const end = Math.min(length, start + step);
      if (isOn) paint(at(start), at(end));
      start = end;
    }
    done += length;
  }
}

/**
 * Paints lines, antialiased, on the rectangle around them. Cells are as fine as asked for, or the power of two larger
 * that memory allows.
 * Undefined when there is nothing to paint.
 */
export function createLineLayer(lines: readonly GroundLine[], finestCellM: number): LineLayer | undefined {
  let minXM = Number.POSITIVE_INFINITY;
  let minYM = Number.POSITIVE_INFINITY;
  let maxXM = Number.NEGATIVE_INFINITY;
  let maxYM = Number.NEGATIVE_INFINITY;
  for (const line of lines) {
    for (const point of line.points) {
      minXM = Math.min(minXM, point.xM);
      minYM = Math.min(minYM, point.yM);
      maxXM = Math.max(maxXM, point.xM);
      maxYM = Math.max(maxYM, point.yM);
    }
  }
  if (!(maxXM >= minXM)) return undefined;
  minXM -= marginM;
  minYM -= marginM;
  const spanX = maxXM + marginM - minXM;
  const spanY = maxYM + marginM - minYM;
  let cellM = finestCellM;
  while (spanX * spanY > maxCells * cellM * cellM) cellM *= 2;
  const width = Math.ceil(spanX / cellM);
  const height = Math.ceil(spanY / cellM);
  const levelCount = Math.min(6, Math.floor(Math.log2(Math.min(width, height))));
  const widthCells = new Int32Array(levelCount);
  const heightCells = new Int32Array(levelCount);
  const levelStarts = new Int32Array(levelCount);
  let length = 0;
  for (let level = 0; level < levelCount; level++) {
    widthCells[level] = width >> level;
    heightCells[level] = height >> level;
    levelStarts[level] = length;
    length += (width >> level) * (height >> level);
  }
  const coverage = new Uint16Array(length);
  const finest = { minXM, minYM, cellM, width, height, coverage };
  for (const line of lines) {
    eachStretch(line, (from, to) => paintSegment(finest, from, to, line.widthM / 2, line.colour === 0 ? 0 : 8));
  }
  for (let level = 1; level < levelCount; level++) {
    const fromWidth = widthCells[level - 1]!;
    const toWidth = widthCells[level]!;
    const toHeight = heightCells[level]!;
    for (let y = 0; y < toHeight; y++) {
      for (let x = 0; x < toWidth; x++) {
        const at = levelStarts[level - 1]! + 2 * y * fromWidth + 2 * x;
        const a = coverage[at]!;
        const b = coverage[at + 1]!;
        const c = coverage[at + fromWidth]!;
        const d = coverage[at + fromWidth + 1]!;
        const low = ((a & 255) + (b & 255) + (c & 255) + (d & 255) + 2) >> 2;
        const high = ((a >> 8) + (b >> 8) + (c >> 8) + (d >> 8) + 2) >> 2;
        coverage[levelStarts[level]! + y * toWidth + x] = low | (high << 8);
      }
    }
  }
  return { minXM, minYM, cellM, widthCells, heightCells, levelStarts, levelCount, coverage };
}
