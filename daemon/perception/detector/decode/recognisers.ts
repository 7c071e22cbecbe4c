import { classification } from './classification.ts';
import { cornerGrids } from './corner-grids.ts';
import { darknet } from './darknet.ts';
import { darknetBoxes } from './darknet-boxes.ts';
import { darknetRawHeads } from './darknet-raw-heads.ts';
import type { LayoutRecogniser } from './decoder.ts';
import { detr } from './detr.ts';
import { endToEnd } from './end-to-end.ts';
import { labelledBoxes } from './labelled-boxes.ts';
import { labelledRows } from './labelled-rows.ts';
import { modelZooYolov3 } from './model-zoo-yolov3.ts';
import { nanodet } from './nanodet.ts';
import { nmsFree } from './nms-free.ts';
import { nmsFreePose } from './nms-free-pose.ts';
import { nmsFreeSeg } from './nms-free-seg.ts';
import { paddle } from './paddle.ts';
import { ssd } from './ssd.ts';
import { tensorrtNms } from './tensorrt-nms.ts';
import { yoloRawHeads } from './yolo-raw-heads.ts';
import { yolov2 } from './yolov2.ts';
import { yolov5 } from './yolov5.ts';
import { yolov5Seg } from './yolov5-seg.ts';
import { yolov6 } from './yolov6.ts';
import { yolov8 } from './yolov8.ts';
import { yolov8Pose } from './yolov8-pose.ts';
import { yolov8RawHeads } from './yolov8-raw-heads.ts';
import { yolov8Seg } from './yolov8-seg.ts';
import { yolox } from './yolox.ts';
import { yoloxRawHeads } from './yolox-raw-heads.ts';

/**
 * All head layouts, tried in this order; the first that fits is taken. Rows that end in a class go first: their shapes are those
 * of others, and their numbers are not. Pose goes before v8 and NanoDet before YOLOX: their
 * shapes alone would pass for the other's. Raw heads with anchors go before those
 * of YOLOX and v8.
 */
export const recognisers: readonly LayoutRecogniser[] = [
  labelledRows,
  yolov8Pose,
  yolov8,
  yolov5,
  yolov8Seg,
  yolov5Seg,
  nmsFree,
  nmsFreeSeg,
  nmsFreePose,
  endToEnd,
  tensorrtNms,
  modelZooYolov3,
  ssd,
  labelledBoxes,
  paddle,
  detr,
  cornerGrids,
  nanodet,
  yolov6,
  yolox,
  yoloRawHeads,
  darknet,
  darknetBoxes,
  darknetRawHeads,
  yolov2,
  yoloxRawHeads,
  yolov8RawHeads,
  classification,
];
