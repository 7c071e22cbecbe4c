export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** No smaller logit has a sigmoid of the threshold; a hair less, so that rounding here decides nothing. */
export function leastLogit(threshold: number): number {
  // The sigmoid of 37 is 1 to double precision.
  if (threshold >= 1) return 36;
  return Math.max(Math.log(threshold / (1 - threshold)) - 1e-6, -Number.MAX_VALUE);
}

/** Quantised sigmoids may end a little beyond 0 and 1. */
const slack = 0.01;

/** Whether a number is no sigmoid's. Numbers that are not finite tell nothing. */
export function isLogit(value: number): boolean {
  return (value < -slack || value > 1 + slack) && Number.isFinite(value);
}
