import type { NetworkHints } from './decoder.ts';
import type { RawHeads } from './raw-heads.ts';

/** Who made a raw head, which decides how its boxes are to be read, and how that is known, for people. */
export interface RawHeadFamily {
  readonly family: 'yolo' | 'darknet';
  readonly why: string;
}

/**
 * Raw heads of YOLOv5 and v7 and those of Darknet's YOLOv3 and v4 have the same shapes. What tells them apart is what the
 * graph is made of. Mish is YOLOv4's. LeakyRelu is Darknet's and YOLOv7-tiny's: v7 gives the anchors a dimension of their
 * own, converters of Darknet's files do not; and cut for small chips, v7-tiny is the only one of three grids that neither
 * adds (YOLOv3) nor splits channels (v4-tiny-3l). All others (SiLU, HardSwish, and Relu in exports for small chips) are
 * v5's and v7's. Scaled-YOLOv4 (`new_coords=1`) has Mish and is read as v5 is: its card must say "layout": "yolo-raw-heads".
 */
export function familyOf(
  { namedLayout, metadata, operators }: NetworkHints,
  { splitsAnchors, strides }: RawHeads,
): RawHeadFamily {
  if (namedLayout === 'yolo-raw-heads') return { family: 'yolo', why: 'its card says so' };
  if (namedLayout === 'darknet-raw-heads') return { family: 'darknet', why: 'its card says so' };
  if (isUltralytics(metadata)) return { family: 'yolo', why: "its metadata are Ultralytics'" };
  if (operators.has('Mish') || (operators.has('Softplus') && operators.has('Tanh'))) {
    return { family: 'darknet', why: 'its graph holds Mish' };
  }
  const isYolov7Tiny = strides.length === 3 && !['Add', 'Split', 'Slice'].some((operator) => operators.has(operator));
  if (operators.has('LeakyRelu') && !operators.has('HardSwish') && !splitsAnchors && !isYolov7Tiny) {
    return { family: 'darknet', why: 'its graph holds LeakyRelu and its anchors have no dimension of their own' };
  }
  return { family: 'yolo', why: "its graph holds no activation of Darknet's" };
}

/** Ultralytics' exports state both. @see https://github.com/ultralytics/yolov5/blob/master/export.py (export_onnx) */
export function isUltralytics(metadata: NetworkHints['metadata']): boolean {
  return metadata['names'] !== undefined && metadata['stride'] !== undefined;
}
