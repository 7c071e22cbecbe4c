import sharp from 'sharp';
import type { PerceptionStart } from '../protocol/perception-messages.ts';
import { distinctLevels, type PictureLevel, renditionOf } from '../protocol/picture-levels.ts';
import type { CameraFrame } from './camera/camera-reader.ts';

export interface Picture {
  readonly level: PictureLevel;
  readonly frameId: number;
  readonly capturedAtMs: number;
  readonly jpeg: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly frameWidthPx: number;
  readonly frameHeightPx: number;
}

/** While nobody watches, a small picture is made so often all the same: the black box keeps them, always. */
const unwatchedPeriodMs = 600;

export interface PictureEncoder {
  /** The levels that somebody watches; with none, a small one now and then. `full` alone until this is called. */
  setLevels(levels: readonly PictureLevel[]): void;
  /**
   * Whether a frame that is offered now would be encoded. `looked-at`: the detector reads this frame, so that its boxes
   * fit the picture; other frames are taken only when none such came for half a period more.
   */
  wants(nowMs: number, frame: 'looked-at' | 'passed-by'): boolean;
  /** Takes the frame over and releases it. A picture of each level goes to `onPicture`; one at a time is encoded. */
  encode(frame: CameraFrame, nowMs: number): void;
  /** Resolves when nothing is being encoded. */
  settled(): Promise<void>;
}

/**
 * JPEGs of camera frames for people to watch, at most so many a second and so wide. Encoding runs in libvips' thread,
 * one, so that it does not take the detector's cores; no frame waits for it. The full picture of a camera that makes
 * JPEG itself is the camera's own, untouched.
 */
export function createPictureEncoder(options: {
  video: PerceptionStart['video'];
  onPicture: (picture: Picture) => void;
  onError: (error: Error) => void;
}): PictureEncoder {
  sharp.concurrency(1);
  sharp.cache(false);
  const watchedPeriodMs = 1000 / options.video.maxFramesPerSecond;
  let levels: readonly PictureLevel[] = ['full'];
  let periodMs = watchedPeriodMs;
  let dueAtMs = Number.NEGATIVE_INFINITY;
  let encoding: Promise<void> | undefined;

  const encodeLevel = async (frame: CameraFrame, level: PictureLevel) => {
    if (level === 'full' && frame.jpeg !== undefined) {
      return { jpeg: frame.jpeg, widthPx: frame.widthPx, heightPx: frame.heightPx };
    }
    const { maxWidthPx, jpegQuality } = renditionOf(level, options.video);
    const { buffer, byteOffset, byteLength } = frame.rgb;
    const pixels = Buffer.from(buffer, byteOffset, byteLength);
    const raw = { width: frame.widthPx, height: frame.heightPx, channels: 3 as const };
    let image = sharp(pixels, { raw });
    if (frame.widthPx > maxWidthPx) {
      image = image.resize({ width: maxWidthPx, kernel: 'linear', fastShrinkOnLoad: false });
    }
    const { data, info } = await image.jpeg({ quality: jpegQuality }).toBuffer({ resolveWithObject: true });
    return { jpeg: data, widthPx: info.width, heightPx: info.height };
  };

  const encode = async (frame: CameraFrame): Promise<void> => {
    try {
      for (const level of levels) {
        const { frameId, capturedAtMs } = frame;
        const size = { frameWidthPx: frame.widthPx, frameHeightPx: frame.heightPx };
        options.onPicture({ level, frameId, capturedAtMs, ...(await encodeLevel(frame, level)), ...size });
      }
    } catch (error) {
      options.onError(error instanceof Error ? error : new Error(String(error)));
    } finally {
      frame.release();
      encoding = undefined;
    }
  };

  return {
    setLevels(wanted) {
      const isWatched = wanted.length > 0;
      levels = isWatched ? distinctLevels(wanted) : ['small'];
      // Who comes to watch need not wait for what was due to nobody.
      if (isWatched && periodMs !== watchedPeriodMs) dueAtMs = Number.NEGATIVE_INFINITY;
      periodMs = isWatched ? watchedPeriodMs : Math.max(watchedPeriodMs, unwatchedPeriodMs);
    },
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
