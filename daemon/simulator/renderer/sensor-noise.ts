import { createRandom } from '../scene/random.ts';
import type { Sensor } from '../scene/scene.ts';

/** Standard deviation of the tables' values. */
export const noiseUnit = 32;
const length = 1 << 18;
const made = new Map<Sensor['grain'], Int8Array>();

function fineNoise(): Int8Array {
  const random = createRandom(0x6e6f6973);
  // Int8Array would wrap a value beyond its range: clamp, four standard deviations are enough.
  return Int8Array.from({ length }, () => Math.max(-127, Math.min(127, Math.round(noiseUnit * random.normal()))));
}

/** Neighbouring pixels share some noise, and so do a pixel's channels: what demosaicing leaves. */
function coarseNoise(): Int8Array {
  const fine = noiseTable('fine');
  const coarse = new Int8Array(length);
  for (let i = 0; i < length; i++) {
    const at = (index: number): number => fine[(index + length) % length]!;
    const own = at(i - 3) + 2 * at(i) + at(i + 3);
    const common = at(i - (i % 3) + 1500) + at(i - (i % 3) + 1503);
    coarse[i] = Math.max(-127, Math.min(127, Math.round((own + 1.4 * common) / Math.sqrt(6 + 2 * 1.4 * 1.4))));
  }
  return coarse;
}

/** Normal noise, made once a process; pictures read it from places that their seed chooses. */
export function noiseTable(grain: Sensor['grain']): Int8Array {
  let table = made.get(grain);
  if (table === undefined) {
    table = grain === 'fine' ? fineNoise() : coarseNoise();
    made.set(grain, table);
  }
  return table;
}
