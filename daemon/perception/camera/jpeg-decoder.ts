import sharp from 'sharp';
import type { FrameStamp, ProgramOutputOptions } from './program-output-types.ts';

export interface JpegDecoder {
  /** Takes the picture over. While another is being decoded only the newest waits. */
  decode(jpeg: Uint8Array, stamp: FrameStamp): void;
}

/** So many pictures in a row of one wrong size are the camera's doing; fewer had their header broken on the way. */
const wrongSizes = 3;

/**
 * The pixels of a camera's own JPEG, for the detector. It is decoded in libvips' thread, off the event loop; the JPEG itself
 * goes on with its frame, so that the phone gets it untouched.
 */
export function createJpegDecoder(
  options: Pick<ProgramOutputOptions, 'camera' | 'claim' | 'onFrame' | 'onSkipped' | 'onCorrupt' | 'onRubbish'>,
): JpegDecoder {
  const { widthPx, heightPx } = options.camera;
  let waiting: { jpeg: Uint8Array; stamp: FrameStamp } | undefined;
  let busy = false;
  let wrong = { size: '', inARow: 0 };

  const decode = async (jpeg: Uint8Array, stamp: FrameStamp): Promise<void> => {
    const decoded = await sharp(jpeg, { failOn: 'error' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
      .catch(() => undefined);
    if (decoded === undefined) {
      options.onCorrupt();
      return;
    }
    const { data, info } = decoded;
    if (info.width !== widthPx || info.height !== heightPx || info.channels !== 3) {
      const size = `${info.width}x${info.height}`;
      wrong = { size, inARow: wrong.size === size ? wrong.inARow + 1 : 1 };
      if (wrong.inARow < wrongSizes) options.onCorrupt();
      else {
        options.onRubbish(`it sends ${size} pixels, but camera.widthPx and heightPx say ${widthPx}x${heightPx}`);
      }
      return;
    }
    wrong = { size: '', inARow: 0 };
    const target = options.claim();
    target?.set(data);
    if (target === undefined) options.onSkipped();
    else options.onFrame(stamp, jpeg);
  };

  const next = (): void => {
    const now = waiting;
    if (busy || now === undefined) return;
    waiting = undefined;
    busy = true;
    void decode(now.jpeg, now.stamp).then(() => {
      busy = false;
      next();
    });
  };

  return {
    decode(jpeg, stamp) {
      if (waiting !== undefined) options.onSkipped();
      waiting = { jpeg, stamp };
      next();
    },
  };
}
