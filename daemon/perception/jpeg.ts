import sharp from 'sharp';
import type { PerceptionStart } from '../protocol/perception-messages.ts';
import type { CameraFrame } from './camera/camera-reader.ts';

export interface Picture {
  readonly frameId: number;
  readonly capturedAtMs: number;
  readonly jpeg: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly frameWidthPx: number;
  readonly frameHeightPx: number;
}

export interface PictureEncoder {
  /**
   * Whether a frame that is offered now would be encoded. `looked-at`: the detector reads this frame, so that its boxes
   * fit the picture; other frames are taken only when none such came for half a period more.
   */
  wants(nowMs: number, frame: 'looked-at' | 'passed-by'): boolean;
  /** Takes the frame over and releases it. The picture goes to `onPicture`; one at a time is encoded. */
  encode(frame: CameraFrame, nowMs: number): void;
  /** Resolves when nothing is being encoded. */
  settled(): Promise<void>;
}

/**
 * JPEGs of camera frames for people to watch, at most so many a second and so wide. Encoding runs in libvips' thread,
 * one, so that it does not take the detector's cores; no frame waits for it.
 */
export function createPictureEncoder(options: {
  video: PerceptionStart['video'];
  onPicture: (picture: Picture) => void;
  onError: (error: Error) => void;
}): PictureEncoder {
  const { maxFramesPerSecond, maxWidthPx, jpegQuality } = options.video;
  sharp.concurrency(1);
  sharp.cache(false);
  const periodMs = 1000 / maxFramesPerSecond;
  let dueAtMs = Number.NEGATIVE_INFINITY;
  let encoding: Promise<void> | undefined;

  const encode = async (frame: CameraFrame): Promise<void> => {
    try {
      const { buffer, byteOffset, byteLength } = frame.rgb;
      const pixels = Buffer.from(buffer, byteOffset, byteLength);
      const raw = { width: frame.widthPx, height: frame.heightPx, channels: 3 as const };
      let image = sharp(pixels, { raw });
      if (frame.widthPx > maxWidthPx)
        image = image.resize({ width: maxWidthPx, kernel: 'linear', fastShrinkOnLoad: false });
      const { data, info } = await image.jpeg({ quality: jpegQuality }).toBuffer({ resolveWithObject: true });
      options.onPicture({
        frameId: frame.frameId,
        capturedAtMs: frame.capturedAtMs,
        jpeg: data,
        widthPx: info.width,
        heightPx: info.height,
        frameWidthPx: frame.widthPx,
        frameHeightPx: frame.heightPx,
      });
    } catch (error) {
      options.onError(error instanceof Error ? error : new Error(String(error)));
    } finally {
      frame.release();
      encoding = undefined;
    }
  };

  return {
    wants(nowMs, frame) {
      if (encoding !== undefined) return false;
      return nowMs >= dueAtMs + (frame === 'looked-at' ? 0 : periodMs / 2);
    },
    encode(frame, nowMs) {
      // From when it was due, so that the rate is held on average; not further back than a period.
      dueAtMs = Math.max(dueAtMs + periodMs, nowMs);
      encoding = encode(frame);
    },
    settled: () => encoding ?? Promise.resolve(),
  };
}
