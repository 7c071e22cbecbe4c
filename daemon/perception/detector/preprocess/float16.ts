/** IEEE 754 binary16, which Node 20 has no typed array for: bits are held in a Uint16Array. */

/** @param bits the low 16 are read */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let table: Float32Array | undefined;

/** Every half as a float, by its bits: 256 KiB, made on first use. */
function halfTable(): Float32Array {
  if (table === undefined) {
    table = new Float32Array(65_536);
    for (let bits = 0; bits < 65_536; bits++) table[bits] = halfToNumber(bits);
  }
  return table;
}

/** Widens halves to floats. `into` is at least as long as `halves`. */
export function widenHalves(halves: Uint16Array, into: Float32Array): void {
  const values = halfTable();
  for (let i = 0; i < halves.length; i++) into[i] = values[halves[i]!]!;
}

/** The half nearest to a number, ties to even; beyond the largest half, infinity. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65_520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  // A rounding that overflows the fraction carries into the exponent: the bits are laid out for that.
  return sign | (((exponent + 14) << 10) + roundToEven((magnitude / 2 ** exponent) * 1024));
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest > 0.5 || (rest === 0.5 && floor % 2 === 1)) return floor + 1;
  return floor;
}
