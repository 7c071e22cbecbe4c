/**
 * The mean of 0, 1, 2, … by the softmax of as many weights, `step` numbers apart: how far a side lies from its cell, where a
 * head has a distribution of distances (Li et al. 2020, "Generalized Focal Loss"). NaN when the largest weight is no finite number.
 */
export function softmaxMean(weights: Float32Array, first: number, bins: number, step = 1): number {
  // Less the largest, so that no power overflows.
  let largest = Number.NEGATIVE_INFINITY;
  for (let bin = 0; bin < bins; bin++) largest = Math.max(largest, weights[first + bin * step]!);
  let sum = 0;
  let weighted = 0;
  for (let bin = 0; bin < bins; bin++) {
    const weight = Math.exp(weights[first + bin * step]! - largest);
    sum += weight;
    weighted += weight * bin;
  }
  return weighted / sum;
}
