const firstMs = 250;
const longestMs = 4000;

/** How long to wait before the attempt after so many failed ones: doubling, at most 4 s. */
export function backOffMs(failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(30, Math.max(0, failures)));
}
