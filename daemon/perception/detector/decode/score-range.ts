import { haveLogits, type Plane } from './grid-planes.ts';

/** Where the scores of a head with a row of them for each cell or anchor stand: `first + row * rowStep + classId * classStep`. */
export interface ScorePlaces {
  readonly rows: number;
  readonly first: number;
  readonly rowStep: number;
  readonly classCount: number;
  readonly classStep: number;
}

/** So many rows, spread evenly over all of them, are enough to tell. */
const sampledRows = 256;
/** Quantised and half-precision sigmoids may end a little beyond 0 and 1. */
const slack = 0.02;
/** Of one class, so many numbers may be out of range before they are none of its scores. */
const mostOutside = 0.1;

/**
 * A number that no sigmoid gives, of a column in which such are common: keypoints in pixels, angles, distances, or logits
 * whose sigmoid was left out, which a shape alone lets pass for scores. Undefined when all columns may be scores.
 */
export function strayScore(values: Float32Array, places: ScorePlaces): number | undefined {
  const { rows, first, rowStep, classCount, classStep } = places;
  const step = Math.max(1, Math.floor(rows / sampledRows));
  for (let classId = 0; classId < classCount; classId++) {
    let finite = 0;
    let outside = 0;
    let farthest = 0;
    for (let row = 0; row < rows; row += step) {
      const value = values[first + row * rowStep + classId * classStep]!;
      if (!Number.isFinite(value)) continue;
      finite++;
      if (value >= -slack && value <= 1 + slack) continue;
      outside++;
      if (Math.abs(value) > Math.abs(farthest)) farthest = value;
    }
    if (outside > mostOutside * finite) return farthest;
  }
  return undefined;
}

/** As `strayScore`, of the channels of grids. */
export function strayScoreOfPlanes(planes: readonly Plane[], outputs: readonly Float32Array[]): number | undefined {
  for (const { index, channels, cells, first, channelStep, cellStep } of planes) {
    const places = { rows: cells, first, rowStep: cellStep, classCount: channels, classStep: channelStep };
    const stray = strayScore(outputs[index]!, places);
    if (stray !== undefined) return stray;
  }
  return undefined;
}

/**
 * A number that says that an object is there, of planes in which most do: in an empty picture hardly any cell has one, so these are
 * no scores, whether their sigmoid has been taken or not.
 */
export function sureEverywhere(planes: readonly Plane[], outputs: readonly Float32Array[]): number | undefined {
  const least = haveLogits(planes, outputs) ? 0 : 0.5;
  let found: number | undefined;
  let sure = 0;
  let all = 0;
  for (const { index, channels, cells, first, channelStep, cellStep } of planes) {
    all += channels * cells;
    for (let channel = 0; channel < channels; channel++) {
      for (let cell = 0; cell < cells; cell++) {
        const value = outputs[index]![first + channel * channelStep + cell * cellStep]!;
        if (!(value > least)) continue;
        sure++;
        found ??= value;
      }
    }
  }
  return 2 * sure > all ? found : undefined;
}
