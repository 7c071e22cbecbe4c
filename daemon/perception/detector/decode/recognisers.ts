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
 * All head layouts, tried in this order; the first that fits is taken. Where two could take one head, the stricter one stands first:
 * - `labelledRows`: has a row for each cell, as `yolov8` transposed and `yolox` have; its rows end in a class, and no other's do.
 * - `yolov8Pose` before `yolov8`, `yolov8Seg` before `yolov5Seg`: points have the shape of further classes, and coefficients of either.
 * - `nmsFree` and its kin, `endToEnd`: rows of boxes that were chosen, told by their columns.
 * - `tensorrtNms`, `modelZooYolov3`, `ssd`, `labelledBoxes`, `paddle`: several outputs. All but `labelledBoxes` are told by names, it by
 *   shapes and types alone; so it stands behind `ssd`, whose TensorFlow outputs have them, too.
 * - `detr` and `cornerGrids`: both have boxes beside scores; `detr` leaves those that are as many as the usual grids' cells to `cornerGrids`,
 *   which stands behind it, as it takes whatever has a grid's cells.
 * - `nanodet` and `yolov6` before `yolox`: their rows are told by bins and an objectness of 1, its own by the rest.
 * - Raw heads with anchors before those of YOLOX and v8: three anchors' numbers pass for one box's with more classes.
 * - `classification`: one row of numbers is what is left.
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
