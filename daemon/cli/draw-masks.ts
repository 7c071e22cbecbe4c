import type { RgbImage } from '../perception/image-file.ts';
import type { Detection } from '../protocol/detection.ts';

/** Of the mask's colour; the picture beneath stays to be seen. */
const opacity = 0.45;

/**
 * The image's pixels with each object's mask laid over them, the surest object's on top.
 * @param hueOf degrees round the colour circle for a class.
 * @returns the image's own pixels when there are no masks, else a copy.
 */
export function layMasks(
  { rgb, widthPx }: RgbImage,
  detections: readonly Detection[],
  hueOf: (classId: number) => number,
): Uint8Array {
  const masked = detections.filter(({ mask }) => mask !== undefined).sort((a, b) => b.score - a.score);
  if (masked.length === 0) return rgb;
  const painted = Uint8Array.from(rgb);
  const taken = new Uint8Array(rgb.length / 3);
  for (const { mask, classId } of masked) {
    if (mask === undefined) continue;
    const colour = rgbOfHue(hueOf(classId));
    for (const at of coveredPixels(mask)) {
      const pixel = (mask.yPx + Math.floor(at / mask.widthPx)) * widthPx + mask.xPx + (at % mask.widthPx);
      if (taken[pixel] === 1) continue;
      taken[pixel] = 1;
      for (let channel = 0; channel < 3; channel++) {
        const level = pixel * 3 + channel;
        painted[level] = Math.round(rgb[level]! * (1 - opacity) + colour[channel]! * opacity);
      }
    }
  }
  return painted;
}

/** Places of the pixels that are on, counted along the rows of the mask's own rectangle: every second run. */
function* coveredPixels({ runs }: NonNullable<Detection['mask']>): Generator<number> {
  let start = 0;
  for (const [index, length] of runs.entries()) {
    const end = start + length;
    if (index % 2 === 1) for (let at = start; at < end; at++) yield at;
    start = end;
  }
}

/**
 * A colour of 90 % saturation and 55 % lightness, as the boxes are drawn in, in levels of 0..255.
 * @see https://www.w3.org/TR/css-color-4/#hsl-to-rgb
 */
function rgbOfHue(hueDegrees: number): number[] {
  const [saturation, lightness] = [0.9, 0.55];
  const reach = saturation * Math.min(lightness, 1 - lightness);
  return [0, 8, 4].map((offset) => {
    const place = (offset + hueDegrees / 30) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(place - 3, 9 - place, 1))));
  });
}
