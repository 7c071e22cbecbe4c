/** Milliseconds on CLOCK_MONOTONIC, which all processes of a machine share. Never goes back; not the time of day. */
export function monotonicNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
