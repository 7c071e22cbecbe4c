import { plural } from '../../../platform/plural.ts';
import type { Detection } from '../../../protocol/detection.ts';
import { overlapOf } from './mirror.ts';

/** What a network saw in one photograph. */
export interface SeenPhoto {
  readonly file: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly detections: readonly Detection[];
  /** The detector's own: its scores cannot be right. */
  readonly warning: string | undefined;
  /** See `mirrorAgreement`. */
  readonly mirrorAgreement: number | undefined;
}

export type FindingKind =
  | 'scores-wrong'
  | 'nothing-found'
  | 'scores-alike'
  | 'boxes-whole-picture'
  | 'boxes-tiny'
  | 'too-many'
  | 'heaps'
  | 'same-everywhere'
  | 'mirror-differs'
  | 'other-convention';

/** What is suspicious about a network's answers, for people: what was seen, and what is mostly behind it. */
export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
}

// Measured with networks of YOLOv5, YOLOv8 and this car's, fed as they should be and otherwise, on photographs of streets,
// animals and cones: of what a network sees, 0.78 and more is seen in the mirror when it is fed well, 0.3 and less when
// levels of 0..255 go into a network of 0..1, 0.35 to 0.7 with a wrong mean and deviation.
export const leastMirrorAgreement = 0.5;

/** The densest photographs of cones and of streets have some 30 objects. */
const mostObjects = 60;

/**
 * Everything that is suspicious about what was seen; empty when it is plausible.
 * @param scoreThreshold with which it was looked for, in [0, 1] @param places `none`: each box is the whole picture, as
 * classifiers have it, and says nothing
 */
export function judge(photos: readonly SeenPhoto[], scoreThreshold: number, places?: 'none'): Finding[] {
  const warnings = [...new Set(photos.flatMap(({ warning }) => warning ?? []))];
  if (warnings.length > 0) return warnings.map((text): Finding => ({ kind: 'scores-wrong', text }));
  const all = photos.flatMap(({ detections }) => detections);
  if (all.length === 0) {
    return [
      {
        kind: 'nothing-found',
        text:
          `nothing is seen in ${plural(photos.length, 'photo')} with a score of ${scoreThreshold} or more. Are the network's ` +
          'objects in them? If so, it may take other colours or another scale (see the card), or a lower --score may show more',
      },
    ];
  }
  const judges =
    places === 'none'
      ? [sameScores, mirrorDiffers]
      : [scoresAlike, wholePictures, tinyBoxes, tooMany, heaps, sameEverywhere, mirrorDiffers];
  return judges.flatMap((each) => each(photos, all) ?? []);
}

type Judge = (photos: readonly SeenPhoto[], all: readonly Detection[]) => Finding | undefined;

const scoresAlike: Judge = (_, all) => {
  const scores = all.map(({ score }) => score);
  const spread = Math.max(...scores) - Math.min(...scores);
  if (all.length < 5 || spread > 1e-3) return undefined;
  const text = `all ${all.length} scores are ${scores[0]!.toFixed(3)}: no score, but another number of the head, or one that saturates`;
  return { kind: 'scores-alike', text };
};

const wholePictures: Judge = (photos) => {
  const shares = photos.flatMap(({ widthPx, heightPx, detections }) =>
    detections.map(({ box }) => (box.widthPx * box.heightPx) / (widthPx * heightPx)),
  );
  const whole = shares.filter((share) => share > 0.97).length;
  if (whole < 2 || whole <= shares.length / 2) return undefined;
  const text = `${whole} of ${plural(shares.length, 'box', 'es')} cover the whole picture: their numbers are of another unit or order`;
  return { kind: 'boxes-whole-picture', text };
};

const tinyBoxes: Judge = (photos) => {
  const sides = photos.flatMap(({ widthPx, heightPx, detections }) =>
    detections.map(({ box }) => Math.max(box.widthPx, box.heightPx) / Math.max(widthPx, heightPx)),
  );
  const tiny = sides.filter((side) => side < 0.004).length;
  if (tiny < 2 || tiny <= sides.length / 2) return undefined;
  const text = `${tiny} of ${plural(sides.length, 'box', 'es')} are of a few pixels: their numbers may be parts of the picture, 0..1, that are taken for pixels`;
  return { kind: 'boxes-tiny', text };
};

const tooMany: Judge = (photos) => {
  const fewest = Math.min(...photos.map(({ detections }) => detections.length));
  if (fewest < mostObjects) return undefined;
  const text = `there are ${fewest} or more boxes on every photo: scores are read from the wrong place, or pictures are taken in the wrong scale`;
  return { kind: 'too-many', text };
};

/** Boxes of one class that lie on three or more others are what non-maximum suppression is for. */
const heaps: Judge = (photos, all) => {
  const heaped = photos.flatMap(({ detections }) =>
    detections.filter(
      (one) =>
        detections.filter(
          (other) => other !== one && other.classId === one.classId && overlapOf(one.box, other.box) > 0.3,
        ).length >= 3,
    ),
  ).length;
  if (heaped < 10 || heaped <= all.length / 2) return undefined;
  const text = `${heaped} of ${all.length} boxes lie in heaps of one class: the network says that it has suppressed doubles and has not, or its boxes are decoded wrongly`;
  return { kind: 'heaps', text };
};

/** Photographs differ. */
const sameEverywhere: Judge = (photos) => {
  const [first, ...others] = photos.map(({ widthPx, heightPx, detections }) =>
    detections.map(({ classId, box }) =>
      [classId, box.xPx / widthPx, box.yPx / heightPx, box.widthPx / widthPx, box.heightPx / heightPx]
        .map((value) => value.toFixed(2))
        .join(' '),
    ),
  );
  if (first === undefined || first.length === 0 || others.length === 0) return undefined;
  if (others.some((other) => String(other) !== String(first))) return undefined;
  return {
    kind: 'same-everywhere',
    text: `the boxes are the same on all ${photos.length} photos: the network does not see the picture`,
  };
};

/** Of many photographs of one class the scores differ all the same, in some decimal. */
const sameScores: Judge = (photos) => {
  const [first, ...others] = photos.map(({ detections }) => detections.map(({ classId, score }) => [classId, score]));
  if (first === undefined || first.length === 0 || others.length === 0) return undefined;
  if (others.some((other) => String(other) !== String(first))) return undefined;
  return {
    kind: 'same-everywhere',
    text: `classes and scores are the same on all ${photos.length} photos, to the last decimal: the network does not see the picture, or takes it in another scale`,
  };
};

const mirrorDiffers: Judge = (photos) => {
  const agreement = pooledAgreement(photos);
  if (agreement === undefined || agreement >= leastMirrorAgreement) return undefined;
  const percent = Math.round(agreement * 100);
  const text = `only ${percent} % of what is seen is seen in the mirrored photos too: boxes are decoded wrongly, or pictures taken in the wrong way`;
  return { kind: 'mirror-differs', text };
};

/** The photos' agreements, each by the scores seen in it; undefined where nothing was seen. */
export function pooledAgreement(
  photos: readonly Pick<SeenPhoto, 'detections' | 'mirrorAgreement'>[],
): number | undefined {
  let agreed = 0;
  let seen = 0;
  for (const { detections, mirrorAgreement } of photos) {
    if (mirrorAgreement === undefined) continue;
    // What is seen in the mirror alone counts for as much as a sure box.
    const weight = Math.max(1, scoreSum(detections));
    agreed += weight * mirrorAgreement;
    seen += weight;
  }
  return seen === 0 ? undefined : agreed / seen;
}

export function scoreSum(detections: readonly Detection[]): number {
  return detections.reduce((sum, { score }) => sum + score, 0);
}
