/** How old the picture on the screen is, and what that means for whoever steers by it. */
export type AgeLevel = 'none' | 'fresh' | 'late' | 'old' | 'frozen';

/** At 2 m/s the car is 30 cm further on than a picture of 150 ms shows it. */
const lateAfterMs = 150;
const oldAfterMs = 400;
/** From here on it is no video any more, and is not shown as if it were. */
const frozenAfterMs = 1000;

export interface ShownPicture {
  /** When it left the car. */
  readonly ageMs: number;
  readonly receivedAtMs: number;
  /** The car's clock. */
  readonly capturedAtMs: number;
}

/**
 * Age at `nowMs` by the page's clock. By the car's own word plus the time since; and where the car's clock is known,
 * also by capture time, which counts the time in the link as well. The worse of the two is the honest one.
 */
export function pictureAgeMs(picture: ShownPicture, nowMs: number, carNowMs: number | undefined): number {
  const bySelf = picture.ageMs + Math.max(0, nowMs - picture.receivedAtMs);
  return carNowMs === undefined ? bySelf : Math.max(bySelf, carNowMs - picture.capturedAtMs);
}

export function ageLevel(ageMs: number | undefined): AgeLevel {
  if (ageMs === undefined) return 'none';
  if (ageMs >= frozenAfterMs) return 'frozen';
  if (ageMs > oldAfterMs) return 'old';
  return ageMs > lateAfterMs ? 'late' : 'fresh';
}
