import type { Letterbox } from './letterbox.ts';

/** One target position: the source positions it is made of, from `first` on, and their weights, which sum to 1. */
export interface ResampleTap {
  readonly first: number;
  readonly weights: readonly number[];
}

/**
 * One axis of a bilinear resize that does not alias: a triangle as wide as two source pixels, or as two target pixels
 * where the image shrinks; centres at half pixels. The same as Pillow's BILINEAR, and as OpenCV's INTER_LINEAR where the
 * image grows. Small objects survive it where plain bilinear skips the pixels between.
 */
export function resampleTaps(source: number, target: number): ResampleTap[] {
  const scale = source / target;
  const reach = Math.max(scale, 1);
  return Array.from({ length: target }, (_, position) => {
    const centre = (position + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(source, Math.floor(centre + reach + 0.5));
    const weights = Array.from({ length: end - first }, (_, tap) =>
      Math.max(0, 1 - Math.abs((first + tap + 0.5 - centre) / reach)),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** Whole numbers in the same proportions that sum to exactly `sum`, so that an even grey stays what it was. */
export function wholeWeights(weights: readonly number[], sum: number): number[] {
  const whole = weights.map((weight) => Math.round(weight * sum));
  const error = sum - whole.reduce((total, weight) => total + weight, 0);
  const largest = whole.indexOf(Math.max(...whole));
  return whole.map((weight, index) => (index === largest ? weight + error : weight));
}

/** The part of a fitted picture that the network sees, and where it lies in the network's input. */
export interface Window {
  readonly columns: readonly ResampleTap[];
  readonly rows: readonly ResampleTap[];
  readonly leftPx: number;
  readonly topPx: number;
}

export function visibleWindow({ image, network, scaled, leftPx, topPx }: Letterbox): Window {
  const [left, top] = [Math.max(0, leftPx), Math.max(0, topPx)];
  const cut = (taps: readonly ResampleTap[], offset: number, first: number, side: number) =>
    taps.slice(first - offset, side - offset);
  return {
    columns: cut(resampleTaps(image.widthPx, scaled.widthPx), leftPx, left, network.widthPx),
    rows: cut(resampleTaps(image.heightPx, scaled.heightPx), topPx, top, network.heightPx),
    leftPx: left,
    topPx: top,
  };
}
