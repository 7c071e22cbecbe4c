/**
 * GStreamer's data protocol 1.0, which `gdppay` puts before each buffer: its header's fields are big-endian
 * (gst-plugins-bad, gst/gdp/dp-private.h).
 *
 *   0  u8  version, 1 and 0          10 u64 presentation time in nanoseconds; all ones is none
 *   4  u16 type of the payload       18 u64 duration, 26 and 34 offsets, 42 u16 flags, 44 u64 decoding time
 *   6  u32 length of the payload     58 u16 and 60 u16 checksums
 */
export const gdpHeaderBytes = 62;
const bufferType = 1;
const capsType = 2;
const firstEventType = 64;
const noTime = 0xffff_ffff_ffff_ffffn;

export interface GdpHeader {
  /** Only buffers hold pictures. */
  readonly isBuffer: boolean;
  readonly lengthBytes: number;
  /** Since the pipeline began; undefined of a buffer without one. */
  readonly timeMs: number | undefined;
}

/** Undefined when the bytes are no header. */
export function decodeGdpHeader(bytes: Uint8Array): GdpHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < gdpHeaderBytes || view.getUint8(0) !== 1 || view.getUint8(1) !== 0) return undefined;
  const type = view.getUint16(4);
  if (type > capsType && type < firstEventType) return undefined;
  const time = view.getBigUint64(10);
  return {
    isBuffer: type === bufferType,
    lengthBytes: view.getUint32(6),
    timeMs: time === noTime ? undefined : Number(time) / 1e6,
  };
}

/**
 * A pipeline's time against the monotonic clock. Both run at the same speed, and what lies between them is the pipeline's
 * beginning and the way of a picture to us: the quickest of all pictures says it best. So the spacing of capture times is the
 * camera's own, whatever the pipe did to their arrival.
 */
export class PipelineClock {
  #least = Number.POSITIVE_INFINITY;
  readonly #captureOffsetMs: number;

  /** @param captureOffsetMs from the capture of a picture to its arrival, at the quickest. */
  constructor(captureOffsetMs: number) {
    this.#captureOffsetMs = captureOffsetMs;
  }

  capturedAtMs(timeMs: number, arrivedAtMs: number): number {
    this.#least = Math.min(this.#least, arrivedAtMs - timeMs);
    return timeMs + this.#least - this.#captureOffsetMs;
  }
}
