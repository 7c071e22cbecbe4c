export interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * How a picture is brought into the network's input:
 * `letterbox`: scaled to fit, centred, the rest padded (Ultralytics); `letterbox-top-left`: scaled to fit, at the top left
 * (YOLOX); `stretch`: scaled to the whole input, whatever that does to its shape (Darknet, SSD); `crop`: scaled to
 * cover, its middle taken (classifiers).
 */
export const fits = ['letterbox', 'letterbox-top-left', 'stretch', 'crop'] as const;
export type Fit = (typeof fits)[number];

/** How an image lies in the network's input. */
export interface Letterbox {
  readonly image: Size;
  readonly network: Size;
  /** Network pixels per image pixel; the same along both axes unless the picture is stretched. */
  readonly scaleX: number;
  readonly scaleY: number;
  /** Where the scaled image's top-left corner lies, in network pixels; negative where it is cropped. */
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
 * Scaled sides are rounded to whole pixels and at least 1; an odd rest of padding goes to the right and bottom. What is cropped
 * is what torchvision crops.
 * @see https://github.com/pytorch/vision/blob/main/torchvision/transforms/functional.py (_compute_resized_output_size, center_crop)
 * @throws RangeError for sizes that are not positive whole numbers.
 */
export function fitLetterbox(image: Size, network: Size, fit: Fit = 'letterbox'): Letterbox {
  for (const size of [image.widthPx, image.heightPx, network.widthPx, network.heightPx]) {
    if (!Number.isInteger(size) || size <= 0) {
      throw new RangeError(
        `cannot fit an image of ${image.widthPx}x${image.heightPx} into ${network.widthPx}x${network.heightPx} pixels`,
      );
    }
  }
  const across = network.widthPx / image.widthPx;
  const down = network.heightPx / image.heightPx;
  switch (fit) {
    case 'letterbox':
      return evenly(image, network, { scale: Math.min(across, down), round: Math.round, begin: firstHalf });
    case 'letterbox-top-left':
      // YOLOX cuts where others round.
      return evenly(image, network, { scale: Math.min(across, down), round: Math.floor, begin: () => 0 });
    case 'crop':
      return evenly(image, network, { scale: Math.max(across, down), round: Math.floor, begin: evenHalf });
    case 'stretch':
      return { image, network, scaleX: across, scaleY: down, leftPx: 0, topPx: 0, scaled: network };
  }
}

function firstHalf(rest: number): number {
  return Math.floor(rest / 2);
}

/** Python rounds a half to the even neighbour. */
function evenHalf(rest: number): number {
  return rest % 2 === 0 ? rest / 2 : 2 * Math.round(rest / 4);
}

/** What becomes of a scaled side, and where it begins when so many pixels are left beside it, or fewer than none. */
interface Rounding {
  readonly scale: number;
  readonly round: (side: number) => number;
  readonly begin: (rest: number) => number;
}

function evenly(image: Size, network: Size, { scale, round, begin }: Rounding): Letterbox {
  const scaled = {
    // A side that fits exactly must not lose a pixel to a product that falls a hair short of it.
    widthPx: Math.max(1, round(image.widthPx * scale + 1e-9)),
    heightPx: Math.max(1, round(image.heightPx * scale + 1e-9)),
  };
  return {
    image,
    network,
    scaleX: scale,
    scaleY: scale,
    leftPx: begin(network.widthPx - scaled.widthPx),
    topPx: begin(network.heightPx - scaled.heightPx),
    scaled,
  };
}

/**
 * Image pixels to network pixels. As nearly everyone does it, by the one scale, although rounding the scaled sides to whole
 * pixels stretches the picture by up to half a pixel: boxes then agree with others'. Ultralytics take each side's own since 8.4,
 * which is no farther off than that.
 */
export function toNetwork({ scaleX, scaleY, leftPx, topPx }: Letterbox, box: Corners): Corners {
  return {
    left: leftPx + box.left * scaleX,
    top: topPx + box.top * scaleY,
    right: leftPx + box.right * scaleX,
    bottom: topPx + box.bottom * scaleY,
  };
}

/** Network pixels to image pixels, clipped to the image. Undefined when nothing of the box lies in the image. */
export function toImage(letterbox: Letterbox, box: Corners): Corners | undefined {
  const { image } = letterbox;
  const first = pointToImage(letterbox, box.left, box.top);
  const last = pointToImage(letterbox, box.right, box.bottom);
  const left = Math.max(0, first.xPx);
  const top = Math.max(0, first.yPx);
  const right = Math.min(image.widthPx, last.xPx);
  const bottom = Math.min(image.heightPx, last.yPx);
  return right > left && bottom > top ? { left, top, right, bottom } : undefined;
}

/** A point in network pixels to image pixels, wherever that is. */
export function pointToImage(
  { scaleX, scaleY, leftPx, topPx }: Letterbox,
  x: number,
  y: number,
): { xPx: number; yPx: number } {
  return { xPx: (x - leftPx) / scaleX, yPx: (y - topPx) / scaleY };
}
