export interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** How an image lies in the network's input: scaled to fit, centred, the rest padded. Ultralytics' `LetterBox`. */
export interface Letterbox {
  readonly image: Size;
  readonly network: Size;
  /** Network pixels per image pixel, the same along both axes. */
  readonly scale: number;
  /** Where the scaled image's top-left corner lies, in network pixels. */
  readonly leftPx: number;
  readonly topPx: number;
  /** Size of the scaled image, in network pixels; whole numbers. */
  readonly scaled: Size;
}

/** Corners of a box; `right` and `bottom` are edges, not the last pixel. */
export interface Corners {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Both scaled sides are rounded to whole pixels and at least 1; an odd rest of padding goes to the right and bottom.
 * @throws RangeError for sizes that are not positive whole numbers.
 */
export function fitLetterbox(image: Size, network: Size): Letterbox {
  for (const size of [image.widthPx, image.heightPx, network.widthPx, network.heightPx]) {
    if (!Number.isInteger(size) || size <= 0) {
      throw new RangeError(
        `cannot fit an image of ${image.widthPx}x${image.heightPx} into ${network.widthPx}x${network.heightPx} pixels`,
      );
    }
  }
  const scale = Math.min(network.widthPx / image.widthPx, network.heightPx / image.heightPx);
  const widthPx = Math.max(1, Math.min(network.widthPx, Math.round(image.widthPx * scale)));
  const heightPx = Math.max(1, Math.min(network.heightPx, Math.round(image.heightPx * scale)));
  return {
    image,
    network,
    scale,
    leftPx: Math.floor((network.widthPx - widthPx) / 2),
    topPx: Math.floor((network.heightPx - heightPx) / 2),
    scaled: { widthPx, heightPx },
  };
}

/**
 * Image pixels to network pixels. As Ultralytics does it, by the one scale, although rounding the scaled sides to whole
 * pixels stretches the picture by up to half a pixel: boxes then agree with everyone else's.
 */
export function toNetwork({ scale, leftPx, topPx }: Letterbox, box: Corners): Corners {
  return {
    left: leftPx + box.left * scale,
    top: topPx + box.top * scale,
    right: leftPx + box.right * scale,
    bottom: topPx + box.bottom * scale,
  };
}

/** Network pixels to image pixels, clipped to the image. Undefined when nothing of the box lies in the image. */
export function toImage({ scale, leftPx, topPx, image }: Letterbox, box: Corners): Corners | undefined {
  const left = Math.max(0, (box.left - leftPx) / scale);
  const top = Math.max(0, (box.top - topPx) / scale);
  const right = Math.min(image.widthPx, (box.right - leftPx) / scale);
  const bottom = Math.min(image.heightPx, (box.bottom - topPx) / scale);
  return right > left && bottom > top ? { left, top, right, bottom } : undefined;
}
