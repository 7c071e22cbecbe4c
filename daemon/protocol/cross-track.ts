import type { GroundPoint } from './geometry.ts';

/** A line that begins further ahead of the car than this says nothing about where the car is. */
const furthestStartM = 1.5;

/**
 * How far the car is beside the line that it follows, in metres; positive when the car is left of it. The line is in the car's
 * frame and may begin a little ahead: its first stretch is drawn out backwards. Undefined without a line.
 */
export function crossTrackM(line: readonly GroundPoint[]): number | undefined {
  const [first, second] = line;
  if (first === undefined || second === undefined || Math.hypot(first.xM, first.yM) > furthestStartM) return undefined;
  let best: { readonly distanceM: number; readonly signedM: number } | undefined;
  for (let i = 0; i + 1 < line.length; i++) {
    const from = line[i];
    const to = line[i + 1];
    if (from === undefined || to === undefined) continue;
    const dx = to.xM - from.xM;
    const dy = to.yM - from.yM;
    const lengthM = Math.hypot(dx, dy);
    if (lengthM === 0) continue;
    const along = -(from.xM * dx + from.yM * dy) / (lengthM * lengthM);
    // Only the first stretch reaches backwards.
    const held = Math.min(1, i === 0 ? along : Math.max(0, along));
    const distanceM = Math.hypot(from.xM + held * dx, from.yM + held * dy);
    // The car is at the origin: left of the line where the cross product is positive.
    const side = Math.sign(dx * -from.yM - dy * -from.xM);
    if (best === undefined || distanceM < best.distanceM) best = { distanceM, signedM: side * distanceM };
  }
  return best?.signedM;
}
