interface Taps {
  /** For each place of the result: the first source place, and `width` weights in 1024ths. */
  readonly first: Int32Array;
  readonly weights: Int32Array;
  readonly width: number;
}

function makeTaps(from: number, to: number, how: 'bilinear' | 'area'): Taps {
  const ratio = from / to;
  const width = how === 'bilinear' ? 2 : Math.ceil(ratio) + 1;
  const first = new Int32Array(to);
  const weights = new Int32Array(to * width);
  for (let i = 0; i < to; i++) {
    const share = new Array<number>(width).fill(0);
    let start: number;
    if (how === 'bilinear') {
      const place = Math.min(from - 1, Math.max(0, (i + 0.5) * ratio - 0.5));
      start = Math.min(from - 2, Math.floor(place));
      share[1] = place - start;
      share[0] = 1 - share[1];
    } else {
      start = Math.min(from - width, Math.floor(i * ratio));
      for (let k = 0; k < width; k++) {
        const overlap = Math.min(start + k + 1, (i + 1) * ratio) - Math.max(start + k, i * ratio);
        share[k] = Math.max(0, overlap) / ratio;
      }
    }
    first[i] = start;
    let rest = 1024;
    for (let k = 1; k < width; k++) {
      weights[i * width + k] = Math.round(1024 * share[k]!);
      rest -= weights[i * width + k]!;
    }
    weights[i * width] = rest;
  }
  return { first, weights, width };
}

/**
 * Resizes RGB. `bilinear` reads the two nearest rows and columns whatever the scale, as most camera programs do; `area`
 * averages all that a new pixel covers. Only for shrinking.
 */
export function resizeRgb(
  source: Uint8Array,
  from: { readonly widthPx: number; readonly heightPx: number },
  to: { readonly widthPx: number; readonly heightPx: number },
  how: 'bilinear' | 'area',
): Uint8Array {
  const columns = makeTaps(from.widthPx, to.widthPx, how);
  const rows = makeTaps(from.heightPx, to.heightPx, how);
  const across = new Int32Array(3 * to.widthPx * from.heightPx);
  for (let y = 0; y < from.heightPx; y++) shrinkRow(source, y * 3 * from.widthPx, across, y * 3 * to.widthPx, columns);
  const stride = 3 * to.widthPx;
  const out = new Uint8Array(stride * to.heightPx);
  for (let y = 0; y < to.heightPx; y++) mergeRows(across, out, y, stride, rows);
  return out;
}

/** One row of the source to one of the result's width, in 64ths. */
function shrinkRow(source: Uint8Array, from: number, across: Int32Array, to: number, columns: Taps): void {
  const { first, weights, width } = columns;
  for (let x = 0; x < first.length; x++) {
    let place = from + 3 * first[x]!;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let k = x * width; k < (x + 1) * width; k++, place += 3) {
      const weight = weights[k]!;
      red = (red + Math.imul(weight, source[place]!)) | 0;
      green = (green + Math.imul(weight, source[place + 1]!)) | 0;
      blue = (blue + Math.imul(weight, source[place + 2]!)) | 0;
    }
    across[to + 3 * x] = red >> 4;
    across[to + 3 * x + 1] = green >> 4;
    across[to + 3 * x + 2] = blue >> 4;
  }
}

function mergeRows(across: Int32Array, out: Uint8Array, y: number, stride: number, rows: Taps): void {
  const from = rows.first[y]! * stride;
  const weights = rows.weights.subarray(y * rows.width, (y + 1) * rows.width);
  for (let i = 0; i < stride; i++) {
    let place = from + i;
    let sum = 1 << 15;
    for (let k = 0; k < weights.length; k++, place += stride) {
      sum = (sum + Math.imul(weights[k]!, across[place]!)) | 0;
    }
    out[y * stride + i] = sum >> 16;
  }
}
