import { z } from 'zod';

/**
 * The sizes that pictures are sent in, largest first. Few, because each that anyone watches is encoded once for all who
 * watch it; `full` is what the configuration says (or the camera's own JPEG), the others follow from it.
 */
export const pictureLevels = ['full', 'medium', 'small', 'tiny'] as const;
export const pictureLevelSchema = z.enum(pictureLevels);
export type PictureLevel = z.infer<typeof pictureLevelSchema>;

export interface Rendition {
  readonly maxWidthPx: number;
  /** JPEG quality, 1 to 100. */
  readonly jpegQuality: number;
}

/**
 * A picture's bytes as a share of the full one's, by the count of its pixels and its quality: what a noisy camera comes near
 * to. Rendered pictures, which are smooth, shrink less (0.6 and 0.33 measured): by these numbers a larger size is
 * expected to cost more than it does, which errs towards caution.
 */
export const relativeBytes: Readonly<Record<PictureLevel, number>> = { full: 1, medium: 0.38, small: 0.16, tiny: 0.06 };

const shares = {
  full: { width: 1, quality: 1 },
  medium: { width: 0.625, quality: 0.85 },
  small: { width: 0.4, quality: 0.7 },
  tiny: { width: 0.25, quality: 0.5 },
} as const satisfies Record<PictureLevel, object>;

/** How a level is encoded where `full` is encoded like this. Below 160 pixels nobody could drive by it. */
export function renditionOf(level: PictureLevel, full: Rendition): Rendition {
  const share = shares[level];
  return {
    maxWidthPx: Math.max(Math.min(160, full.maxWidthPx), Math.round(full.maxWidthPx * share.width)),
    jpegQuality: Math.max(1, Math.round(full.jpegQuality * share.quality)),
  };
}

/** The levels in `wanted`, each once, largest first. */
export function distinctLevels(wanted: Iterable<PictureLevel>): PictureLevel[] {
  const set = new Set(wanted);
  return pictureLevels.filter((level) => set.has(level));
}
