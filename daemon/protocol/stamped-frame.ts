/**
 * The framing of a camera program that knows its capture times: a 32-byte little-endian header, then
 * `widthPx * heightPx * 3` bytes of RGB, row by row.
 *
 *   0  u32  magic 'JCF1' (bytes 4a 43 46 31)
 *   4  u32  frameId
 *   8  f64  capturedAtMs, monotonic clock
 *   16 u32  widthPx
 *   20 u32  heightPx
 *   24 u32  length of the pixels in bytes
 *   28 u32  reserved, 0
 */
export const stampedFrameHeaderBytes = 32;
const magic = 0x3146434a;

export interface StampedFrameHeader {
  readonly frameId: number;
  readonly capturedAtMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly lengthBytes: number;
}

export function encodeStampedFrameHeader(header: StampedFrameHeader): Uint8Array {
  const bytes = new Uint8Array(stampedFrameHeaderBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, header.frameId, true);
  view.setFloat64(8, header.capturedAtMs, true);
  view.setUint32(16, header.widthPx, true);
  view.setUint32(20, header.heightPx, true);
  view.setUint32(24, header.lengthBytes, true);
  return bytes;
}

/** Returns undefined when the bytes are no header: a camera program that prints rubbish. */
export function decodeStampedFrameHeader(bytes: Uint8Array): StampedFrameHeader | undefined {
  if (bytes.length < stampedFrameHeaderBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== magic) return undefined;
  const header = {
    frameId: view.getUint32(4, true),
    capturedAtMs: view.getFloat64(8, true),
    widthPx: view.getUint32(16, true),
    heightPx: view.getUint32(20, true),
    lengthBytes: view.getUint32(24, true),
  };
  if (header.lengthBytes !== header.widthPx * header.heightPx * 3) return undefined;
  if (!Number.isFinite(header.capturedAtMs)) return undefined;
  return header;
}
