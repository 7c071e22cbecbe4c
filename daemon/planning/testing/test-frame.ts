import type { FrameDetections } from '../../protocol/detection.ts';

/** What the detector says of one picture, at once unless told otherwise. */
export function testFrame({
  atMs,
  ...rest
}: { readonly atMs: number } & Pick<FrameDetections, 'widthPx' | 'heightPx'> &
  Partial<FrameDetections>): FrameDetections {
  return {
    kind: 'detections',
    frameId: 0,
    capturedAtMs: atMs,
    captureTimeSource: 'camera',
    detectedAtMs: atMs,
    detections: [],
    timing: { preprocessMs: 1, runMs: 1, decodeMs: 1 },
    ...rest,
  };
}
