import type { Backbone } from '../model/backbone.ts';
import { ultralyticsInput } from '../preprocess/input-format.ts';
import {
  type AnchorChoice,
  p6Anchors,
  statedAnchors,
  yolov3TinyAnchors,
  yolov5Anchors,
  yolov7Anchors,
} from './anchors.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, type NetworkHints } from './decoder.ts';
import { beginsAsYolov5, familyOf, haveOwnAnchors, holdsMish, isUltralytics } from './raw-head-family.ts';
import { findRawHeads, readRawHeads } from './raw-heads.ts';

/**
 * Ultralytics YOLOv5 and YOLOv7 (and v3-tiny as Ultralytics trains it) without the part that makes boxes of their raw
 * heads: an output `[1, 3, h, w, 5 + classes]` or `[1, 3 * (5 + classes), h, w]` for each grid. With s the sigmoid of a
 * number, a box's centre is (2s - 0.5 + cell) strides, its size (2s)² anchors.
 *
 * Anchors are no part of such a network. Where neither card nor metadata state them they are the published ones; a network
 * trained on other pictures may have been given others, and then only its card can say so.
 * @see https://github.com/ultralytics/yolov5/blob/master/models/yolo.py (Detect)
 * @see https://github.com/WongKinYiu/yolov7/blob/main/models/yolo.py (IDetect)
 */
export const yoloRawHeads: LayoutRecogniser = {
  layout: 'yolo-raw-heads',
  expected: (input) =>
    'yolo-raw-heads: for each of strides 8, 16, 32 an output [1, 3, h, w, 5 + classes] or [1, 3 * (5 + classes), h, w], ' +
    `h * w being ${[8, 16, 32].map((stride) => gridCells(input, [stride])).join(', ')} (of grids from stride 4 on only with "anchors" in its card)`,
  recognise(head: Head): Decoder | undefined {
    const heads = findRawHeads(head);
    if (heads === undefined) return undefined;
    const family = familyOf(head.hints, heads);
    if (family?.family !== 'yolo') return undefined;
    const { strides, classCount, boxes, outputIndexes } = heads;
    const choice = statedAnchors(head.hints, strides) ?? publishedAnchors(head.hints, strides);
    if (choice === undefined) return undefined;
    return {
      layout: 'yolo-raw-heads',
      classCount,
      capacity: boxes,
      outputIndexes,
      lengths: 'fixed',
      suppression: 'needed',
      conventions: ultralyticsInput,
      because: `its outputs are grids of strides ${strides.join(', ')} with 3 anchors a cell; ${family.why}; its anchors are ${choice.source}`,
      ...readRawHeads(heads, choice.anchors, { centreScales: strides.map(() => 2), sizes: 'squares' }),
    };
  },
};

/** Undefined for grids from stride 4 on, for which none are published, and for small networks that have their own. */
function publishedAnchors(hints: NetworkHints, strides: readonly number[]): AnchorChoice | undefined {
  switch (strides.join()) {
    case '8,16,32':
      return ofThreeGrids(hints);
    case '8,16,32,64':
      return { anchors: p6Anchors, source: 'those of YOLOv5 and v7 for 1280 pixels' };
    case '16,32':
      if (haveOwnAnchors(hints, strides)) return undefined;
      return { anchors: yolov3TinyAnchors, source: "YOLOv3-tiny's" };
    default:
      return undefined;
  }
}

/** In a graph of fewer joints only finer features are led past some layers, as in YOLOv3; those of blocks have one each. */
const fewestJointsOfBlocks = 8;

/**
 * YOLOv5's, unless the graph is of others. YOLOv7, Scaled-YOLOv4 and YOLOR, whose anchors are the same, look at the picture in
 * full size first, where v5 and v7-tiny begin with half of it, and join what their blocks give, which YOLOv3 does not. Where the
 * graph does not tell how it begins, v7's blocks only join where those of v5 add what they were given to what they made of it.
 * v7-tiny and YOLOv3 have v5's anchors.
 * @see https://github.com/WongKinYiu/ScaledYOLOv4/blob/yolov4-csp/models/yolov4-csp.cfg
 * @see https://github.com/WongKinYiu/yolor/blob/main/cfg/yolor_csp.cfg
 */
function ofThreeGrids(hints: NetworkHints): AnchorChoice {
  const { operators, metadata, backbone } = hints;
  if (isUltralytics(metadata)) return { anchors: yolov5Anchors, source: "YOLOv5's" };
  if (beginsAsYolov5(hints)) return { anchors: yolov5Anchors, source: "YOLOv5's, as its first convolution is" };
  if (holdsMish(hints))
    return { anchors: yolov7Anchors, source: "YOLOv4's and Scaled-YOLOv4's, as its graph holds Mish" };
  if (backbone !== undefined && looksInFull(backbone) && backbone.joints >= fewestJointsOfBlocks) {
    return {
      anchors: yolov7Anchors,
      source: "YOLOv7's and Scaled-YOLOv4's, as it looks at the picture in full size first",
    };
  }
  const isSwish = operators.has('Sigmoid') && operators.has('Mul') && !operators.has('LeakyRelu');
  if (backbone === undefined && isSwish && !operators.has('Add')) {
    return { anchors: yolov7Anchors, source: "YOLOv7's, as no layer is added to another in its graph" };
  }
  return {
    anchors: yolov5Anchors,
    source:
      'YOLOv5\'s, as nothing in its graph tells of others; if it was trained with such, name them in its card, "anchors"',
  };
}

function looksInFull({ firstSide, firstStep }: Backbone): boolean {
  return firstSide === 3 && firstStep === 1;
}
