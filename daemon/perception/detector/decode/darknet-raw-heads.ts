import { stretchedInput } from '../preprocess/input-format.ts';
import {
  type Anchors,
  statedAnchors,
  yolov3TinyAnchors,
  yolov4TinyAnchors,
  yolov5Anchors,
  yolov7Anchors,
} from './anchors.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, type NetworkHints } from './decoder.ts';
import { familyOf, haveOwnAnchors, holdsMish } from './raw-head-family.ts';
import { findRawHeads, readRawHeads } from './raw-heads.ts';

/**
 * Darknet's YOLOv3, YOLOv4 and their tiny ones as converters leave them that stop before the `[yolo]` layers: for each grid
 * an output `[1, 3 * (5 + classes), h, w]`. With s the sigmoid of a number, a box's centre is (k s - (k - 1) / 2 + cell)
 * strides, k being the layer's `scale_x_y`; its size is e^t anchors. The picture is stretched.
 * Neither `scale_x_y` nor the anchors are part of such a network: they are the published ones of the network that the graph
 * is most like, unless card or metadata state anchors.
 * @see https://github.com/AlexeyAB/darknet/blob/master/src/yolo_layer.c (get_yolo_box)
 */
export const darknetRawHeads: LayoutRecogniser = {
  layout: 'darknet-raw-heads',
  expected: (input) =>
    'darknet-raw-heads: for each of strides 16, 32 or 8, 16, 32 an output [1, 3 * (5 + classes), h, w], ' +
    `h * w being ${[8, 16, 32].map((stride) => gridCells(input, [stride])).join(', ')}`,
  recognise(head: Head): Decoder | undefined {
    const heads = findRawHeads(head);
    if (heads === undefined) return undefined;
    const family = familyOf(head.hints, heads);
    const kin = kinOf(head.hints, heads.strides);
    if (family?.family !== 'darknet' || kin === undefined) return undefined;
    const { strides, classCount, boxes, outputIndexes } = heads;
    const stated = statedAnchors(head.hints, strides);
    if (stated === undefined && haveOwnAnchors(head.hints, strides)) return undefined;
    const { anchors, source } = stated ?? { anchors: kin.anchors, source: `${kin.name}'s` };
    return {
      layout: 'darknet-raw-heads',
      classCount,
      capacity: boxes,
      outputIndexes,
      lengths: 'fixed',
      suppression: 'needed',
      conventions: stretchedInput,
      because:
        `its outputs are grids of strides ${strides.join(', ')} with 3 anchors a cell; ${family.why}; ` +
        `${kin.reason}: ${kin.name}; its anchors are ${source}`,
      ...readRawHeads(heads, anchors, { centreScales: kin.centreScales, sizes: 'exponentials' }),
    };
  },
};

/** A published network that a graph is like. */
interface Kin {
  readonly name: string;
  readonly reason: string;
  readonly anchors: Anchors;
  /** `scale_x_y` of each `[yolo]` layer. */
  readonly centreScales: readonly number[];
}

/** @see https://github.com/AlexeyAB/darknet/tree/master/cfg */
function kinOf(hints: NetworkHints, strides: readonly number[]): Kin | undefined {
  const { operators } = hints;
  const splits = operators.has('Split') || operators.has('Slice');
  switch (strides.join()) {
    case '16,32':
      // Only v4-tiny sends one half of its channels another way.
      return splits
        ? { name: 'YOLOv4-tiny', reason: 'it splits channels', anchors: yolov4TinyAnchors, centreScales: [1.05, 1.05] }
        : { name: 'YOLOv3-tiny', reason: 'it splits no channels', anchors: yolov3TinyAnchors, centreScales: [1, 1] };
    case '8,16,32':
      if (holdsMish(hints)) {
        return { name: 'YOLOv4', reason: 'it holds Mish', anchors: yolov7Anchors, centreScales: [1.2, 1.1, 1.05] };
      }
      return splits
        ? {
            ...{ name: 'YOLOv4-tiny-3l', reason: 'it splits channels' },
            ...{ anchors: yolov7Anchors, centreScales: [1.05, 1.05, 1.05] },
          }
        : { name: 'YOLOv3', reason: 'it splits no channels', anchors: yolov5Anchors, centreScales: [1, 1, 1] };
    default:
      return undefined;
  }
}
