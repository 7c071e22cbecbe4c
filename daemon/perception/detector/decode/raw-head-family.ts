import type { NetworkHints } from './decoder.ts';
import type { RawHeads } from './raw-heads.ts';

/** Who made a raw head, which decides how its boxes are to be read, and how that is known, for people. */
export interface RawHeadFamily {
  readonly family: 'yolo' | 'darknet';
  readonly why: string;
}

/**
 * Raw heads of YOLOv5 and v7 and those of Darknet's YOLOv3 and v4 have the same shapes. What tells them apart is the names of
 * their weights, and what the graph is made of. Mish beside LeakyRelu is YOLOv4's. LeakyRelu is Darknet's and YOLOv7-tiny's: v7
 * gives the anchors a dimension of their own, converters of Darknet's files do not; and cut for small chips, v7-tiny is the only
 * one of three grids that neither adds (YOLOv3) nor splits channels (v4-tiny-3l). All others (SiLU, HardSwish, and Relu in exports
 * for small chips) are v5's and v7's, as is what begins as v5 does, the early ones of which have LeakyRelu.
 * @returns undefined for Mish alone: Scaled-YOLOv4 has it, whose boxes are made as v5's are, and so have variants of YOLOv4.
 */
export function familyOf(hints: NetworkHints, heads: RawHeads): RawHeadFamily | undefined {
  const { namedLayout, metadata, operators } = hints;
  if (namedLayout === 'yolo-raw-heads') return { family: 'yolo', why: 'its card says so' };
  if (namedLayout === 'darknet-raw-heads') return { family: 'darknet', why: 'its card says so' };
  if (isUltralytics(metadata)) return { family: 'yolo', why: "its metadata are Ultralytics'" };
  if (hints.hasYoloNames === true) return { family: 'yolo', why: "its weights are named as YOLOv5's and v7's are" };
  if (beginsAsYolov5(hints)) return { family: 'yolo', why: 'its first convolution is like that of YOLOv5' };
  if (holdsMish(hints)) {
    return operators.has('LeakyRelu') ? { family: 'darknet', why: 'its graph holds Mish and LeakyRelu' } : undefined;
  }
  const isYolov7Tiny = heads.strides.length === 3 && !addsFeatures(hints) && !splitsChannels(hints);
  if (operators.has('LeakyRelu') && !operators.has('HardSwish') && !heads.splitsAnchors && !isYolov7Tiny) {
    return { family: 'darknet', why: 'its graph holds LeakyRelu and its anchors have no dimension of their own' };
  }
  return { family: 'yolo', why: "its graph holds no activation of Darknet's" };
}

export function holdsMish({ operators }: NetworkHints): boolean {
  return operators.has('Mish') || (operators.has('Softplus') && operators.has('Tanh'));
}

/** Sums of features where the graph tells them from those with constants. */
function addsFeatures({ backbone, operators }: NetworkHints): boolean {
  return backbone?.addsFeatures ?? operators.has('Add');
}

/**
 * Whether grids of strides 16 and 32 are none of the published ones': YOLOv3-tiny and v4-tiny add no features to others. Yolo-Fastest
 * and other small ones do, and each has anchors of its own.
 * @see https://github.com/dog-qiuqiu/Yolo-Fastest/blob/master/ModelZoo/yolo-fastest-1.1_coco/yolo-fastest-1.1.cfg
 */
export function haveOwnAnchors(hints: NetworkHints, strides: readonly number[]): boolean {
  return strides.join() === '16,32' && addsFeatures(hints);
}

function splitsChannels({ operators }: NetworkHints): boolean {
  return operators.has('Split') || operators.has('Slice');
}

/** By a kernel of 6x6, or up to release 5.0 by a focus: four pixels' colours as twelve channels. */
export function beginsAsYolov5({ backbone }: NetworkHints): boolean {
  return backbone?.firstSide === 6 || backbone?.firstChannels === 12;
}

/** Ultralytics' exports state both. @see https://github.com/ultralytics/yolov5/blob/master/export.py (export_onnx) */
export function isUltralytics(metadata: NetworkHints['metadata']): boolean {
  return metadata['names'] !== undefined && metadata['stride'] !== undefined;
}
