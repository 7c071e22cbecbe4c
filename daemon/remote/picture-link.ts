import { type PictureLevel, pictureLevels, relativeBytes } from '../protocol/picture-levels.ts';

/**
 * Which size of the picture a phone gets, judged by how long its pictures are on their way. Pure: `notePicture` is told of
 * each picture that was acknowledged. A larger size is tried only when it would be quick enough by what the present
 * one takes, and after a wait that doubles each time the try was wrong.
 */
export interface PictureLink {
  readonly level: PictureLevel;
  /** Smoothed time that a picture of this level needs beyond the bare way there and back; undefined before the first. */
  readonly transferMs: number | undefined;
  /** A larger size is not tried before. */
  readonly mayRiseAtMs: number;
  /** How long the next try waits. */
  readonly patienceMs: number;
  /** When a larger size was tried last. */
  readonly roseAtMs: number | undefined;
}

/** A picture that needs longer is one that nobody should steer by. */
const tooSlowMs = 180;
/** What a larger size may be expected to need. */
const quickEnoughMs = 120;
const firstPatienceMs = 3000;
const longestPatienceMs = 60_000;
/** A larger size that was kept for so long was right. */
const provenAfterMs = 15_000;
const newestShare = 0.3;
/** One picture that was held up for longer counts as this long: enough to go down at once, not for ever. */
const longestCountedMs = 1000;

export function startPictureLink(nowMs: number): PictureLink {
  return {
    level: 'full',
    transferMs: undefined,
    mayRiseAtMs: nowMs + firstPatienceMs,
    patienceMs: firstPatienceMs,
    roseAtMs: undefined,
  };
}

/**
 * @param transferMs of one picture, from sent to acknowledged, less what even an empty message needs, and less the time
 * that the page held it for reasons of its own.
 */
export function notePicture(link: PictureLink, transferMs: number, nowMs: number): PictureLink {
  const counted = Math.min(longestCountedMs, Math.max(0, transferMs));
  const smooth = link.transferMs === undefined ? counted : link.transferMs + newestShare * (counted - link.transferMs);
  const noted = { ...link, transferMs: smooth };
  if (smooth > tooSlowMs) return stepDown(noted, nowMs);
  const larger = neighbour(link.level, -1);
  if (larger === undefined || nowMs < link.mayRiseAtMs) return noted;
  const expectedMs = smooth * (relativeBytes[larger] / relativeBytes[link.level]);
  if (expectedMs > quickEnoughMs) return noted;
  return { ...noted, level: larger, transferMs: undefined, mayRiseAtMs: nowMs + link.patienceMs, roseAtMs: nowMs };
}

function stepDown(link: PictureLink, nowMs: number): PictureLink {
  const smaller = neighbour(link.level, +1);
  if (smaller === undefined) return link;
  const wrongTry = link.roseAtMs !== undefined && nowMs - link.roseAtMs < provenAfterMs;
  const patienceMs = wrongTry ? Math.min(longestPatienceMs, link.patienceMs * 2) : firstPatienceMs;
  return { level: smaller, transferMs: undefined, mayRiseAtMs: nowMs + patienceMs, patienceMs, roseAtMs: undefined };
}

function neighbour(level: PictureLevel, by: -1 | 1): PictureLevel | undefined {
  return pictureLevels[pictureLevels.indexOf(level) + by];
}
