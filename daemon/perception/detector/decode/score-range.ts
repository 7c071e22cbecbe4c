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
