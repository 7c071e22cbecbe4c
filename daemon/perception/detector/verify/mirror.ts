import type { Detection } from '../../../protocol/detection.ts';
import type { RgbImage } from '../../image-file.ts';

/** The picture with left and right exchanged, as a copy. */
export function mirrorImage({ rgb, widthPx, heightPx }: RgbImage): RgbImage {
  const mirrored = new Uint8Array(rgb.length);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const from = (y * widthPx + x) * 3;
      const to = (y * widthPx + widthPx - 1 - x) * 3;
      for (let colour = 0; colour < 3; colour++) mirrored[to + colour] = rgb[from + colour]!;
    }
  }
  return { rgb: mirrored, widthPx, heightPx };
}

/** A box in the mirrored picture. */
export function mirrorBox(box: Detection['box'], widthPx: number): Detection['box'] {
  return { ...box, xPx: widthPx - box.xPx - box.widthPx };
}

/** Shared area by the area of both together, in [0, 1]. */
export function overlapOf(a: Detection['box'], b: Detection['box']): number {
  const width = Math.min(a.xPx + a.widthPx, b.xPx + b.widthPx) - Math.max(a.xPx, b.xPx);
  const height = Math.min(a.yPx + a.heightPx, b.yPx + b.heightPx) - Math.max(a.yPx, b.yPx);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.widthPx * a.heightPx + b.widthPx * b.heightPx - shared);
}

/** Boxes that overlap by so much are of one object. */
const sameObject = 0.5;

/**
 * How much of what was seen in a picture was seen in its mirror image too, in [0, 1]: scores of boxes that found their
 * counterpart, of one class, by all scores. Undefined when nothing was seen in either.
 * @param mirrored detections in the mirrored picture, in its own pixels
 */
export function mirrorAgreement(
  plain: readonly Detection[],
  mirrored: readonly Detection[],
  widthPx: number,
): number | undefined {
  const all = [...plain, ...mirrored].reduce((sum, { score }) => sum + score, 0);
  if (all === 0) return undefined;
  const free = new Set(mirrored.map((detection) => ({ ...detection, box: mirrorBox(detection.box, widthPx) })));
  let agreed = 0;
  for (const { classId, score, box } of [...plain].sort((a, b) => b.score - a.score)) {
    const [best] = [...free]
      .filter((other) => other.classId === classId)
      .map((other) => ({ other, overlap: overlapOf(box, other.box) }))
      .sort((a, b) => b.overlap - a.overlap);
    if (best === undefined || best.overlap < sameObject) continue;
    free.delete(best.other);
    agreed += score + best.other.score;
  }
  return Math.min(1, agreed / all);
}
