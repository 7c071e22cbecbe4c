import { type PictureLevel, pictureLevels } from '../protocol/picture-levels.ts';
import type { VideoHeader } from '../protocol/remote-messages.ts';

export interface Picture {
  readonly level: PictureLevel;
  /** `ageMs` as of `handedInAtMs`. */
  readonly header: VideoHeader;
  readonly jpeg: Uint8Array;
  readonly handedInAtMs: number;
}

/** A picture's place in the sequence of frames: all sizes of one frame have the same. */
type PlacedPicture = Picture & { readonly place: number };

/** @param lastPlace of the picture that was sent last; undefined where none was. */
export function isNewer(picture: PlacedPicture, lastPlace: number | undefined): boolean {
  return lastPlace === undefined || picture.place > lastPlace;
}

/** A size that lags behind the newest by more is not made (yet, or any more). */
const lagMs = 300;

/** The newest picture in each size. */
export class NewestPictures {
  readonly #byLevel = new Map<PictureLevel, PlacedPicture>();
  #newest: PlacedPicture | undefined;

  add(picture: Picture): void {
    const sameFrame = this.#newest?.header.frameId === picture.header.frameId;
    const place = (this.#newest?.place ?? 0) + (sameFrame ? 0 : 1);
    const placed = { ...picture, place };
    this.#newest = placed;
    this.#byLevel.set(picture.level, placed);
  }

  /** In the size wanted; in the next best one while that is not made. */
  for(level: PictureLevel): PlacedPicture | undefined {
    const newest = this.#newest;
    if (newest === undefined) return undefined;
    const isCurrent = (picture: PlacedPicture | undefined) =>
      picture !== undefined && newest.handedInAtMs - picture.handedInAtMs <= lagMs;
    const wanted = this.#byLevel.get(level);
    if (isCurrent(wanted)) return wanted;
    const smallestFirst = [...pictureLevels].reverse();
    return smallestFirst.map((other) => this.#byLevel.get(other)).find(isCurrent);
  }

  forget(): void {
    this.#byLevel.clear();
    this.#newest = undefined;
  }
}
