/** Between two lines of the time axis, whichever has room for its label. */
export const stepsS = [1, 2, 5, 10, 15, 20, 30, 60] as const;

/** Times that lie whole steps before the newest one, as far back as the oldest; oldest first. */
export function backFrom(newestS: number, oldestS: number, stepS: number): number[] {
  if (!(stepS > 0)) return [newestS];
  // What was reckoned to lie a hair beyond the edge lies on it.
  const steps = Math.max(0, Math.floor((newestS - oldestS) / stepS + 1e-9));
  return Array.from({ length: steps + 1 }, (_, i) => newestS - (steps - i) * stepS);
}
