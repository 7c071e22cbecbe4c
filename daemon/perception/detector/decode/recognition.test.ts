import { describe, expect, it } from 'vitest';
import { headOf, type OutputSpec } from '../../testing/decoder-checks.ts';
import { gridCells, type LayoutName, type NetworkHints } from './decoder.ts';
import { endToEnd } from './end-to-end.ts';
import { modelZooYolov3 } from './model-zoo-yolov3.ts';
import { nanodet } from './nanodet.ts';
import { nmsFree } from './nms-free.ts';
import { ssd } from './ssd.ts';
import { tensorrtNms } from './tensorrt-nms.ts';
import { yolov5 } from './yolov5.ts';
import { yolov8 } from './yolov8.ts';

const recognisers = [yolov8, yolov5, nmsFree, endToEnd, tensorrtNms, modelZooYolov3, ssd, nanodet];
const named = (name: string, shape: number[], type = 'float32') => ({ name, shape, type });

interface Case {
  readonly what: string;
  readonly sidePx: number;
  readonly outputs: readonly OutputSpec[];
  readonly hints?: Partial<NetworkHints>;
  /** Undefined: nobody's. */
  readonly layout: LayoutName | undefined;
}

/** Heads of networks that people use, at the sizes that they have. */
const heads: readonly Case[] = [
  { what: 'YOLOv8n', sidePx: 640, outputs: [[1, 84, 8400]], layout: 'yolov8' },
  { what: 'YOLOv8 of two classes', sidePx: 640, outputs: [[1, 6, 8400]], layout: 'yolov8' },
  { what: 'YOLOv5n', sidePx: 640, outputs: [[1, 25200, 85]], layout: 'yolov5' },
  { what: 'YOLOv8 of two grids', sidePx: 640, outputs: [[1, 84, 8000]], layout: 'yolov8' },
  { what: 'YOLOv5 of two grids', sidePx: 640, outputs: [[1, 24000, 85]], layout: 'yolov5' },
  { what: 'YOLOv7 for poses', sidePx: 640, outputs: [[1, 25200, 57]], layout: undefined },
  {
    what: 'YOLOv7 of 52 classes',
    ...{ sidePx: 640, outputs: [[1, 25200, 57]], hints: { statedClasses: 52 }, layout: 'yolov5' },
  },
  {
    what: 'YOLOv8 oriented boxes without metadata',
    ...{ sidePx: 640, outputs: [[1, 20, 8400]], hints: { operators: new Set(['Cos', 'Sin']) }, layout: undefined },
  },
  {
    what: 'YOLOv8 of 16 classes that takes sines for something else',
    ...{ sidePx: 640, outputs: [[1, 20, 8400]] },
    ...{ hints: { operators: new Set(['Cos', 'Sin']), statedClasses: 16 }, layout: 'yolov8' },
  },
  { what: 'YOLOv5 of one class', sidePx: 640, outputs: [[1, 25200, 6]], layout: 'yolov5' },
  { what: 'YOLOv5 of one class, 320', sidePx: 320, outputs: [[1, 6300, 6]], layout: 'yolov5' },
  { what: 'YOLOv10n', sidePx: 640, outputs: [[1, 300, 6]], layout: 'nms-free' },
  { what: 'YOLO11n with nms=True', sidePx: 320, outputs: [[1, 300, 6]], layout: 'nms-free' },
  { what: 'YOLO26n for poses', sidePx: 640, outputs: [[1, 300, 57]], layout: undefined },
  { what: 'YOLO11n oriented boxes with nms=True', sidePx: 640, outputs: [[1, 300, 7]], layout: undefined },
  { what: 'YOLOX of one class', sidePx: 416, outputs: [[1, 3549, 6]], layout: undefined },
  { what: 'YOLOX-nano', sidePx: 416, outputs: [[1, 3549, 85]], layout: undefined },
  { what: 'YOLOv7 end to end', sidePx: 640, outputs: [[12, 7]], layout: 'end-to-end' },
  {
    what: 'YOLOv7 for TensorRT',
    sidePx: 640,
    outputs: [
      named('num_dets', [1, 1], 'int32'),
      named('det_boxes', [1, 100, 4]),
      named('det_scores', [1, 100]),
      named('det_classes', [1, 100], 'int32'),
    ],
    layout: 'tensorrt-nms',
  },
  {
    what: 'yolov3-10',
    sidePx: 416,
    outputs: [
      named('yolonms_layer_1/ExpandDims_1:0', [1, 10647, 4]),
      named('yolonms_layer_1/ExpandDims_3:0', [1, 80, 10647]),
      named('yolonms_layer_1/concat_2:0', [0, 3], 'int32'),
    ],
    hints: { otherInputs: ['image_shape'] },
    layout: 'model-zoo-yolov3',
  },
  {
    what: 'tiny-yolov3-11',
    sidePx: 416,
    outputs: [
      named('yolonms_layer_1', [1, 2535, 4]),
      named('yolonms_layer_1:1', [1, 80, 2535]),
      named('yolonms_layer_1:2', [1, 0, 3], 'int32'),
    ],
    hints: { otherInputs: ['image_shape'] },
    layout: 'model-zoo-yolov3',
  },
  {
    what: "jetson-inference's SSD-Mobilenet",
    sidePx: 300,
    outputs: [named('scores', [1, 3000, 91]), named('boxes', [1, 3000, 4])],
    layout: 'ssd',
  },
  {
    what: "TensorFlow's SSD",
    sidePx: 320,
    outputs: [
      named('detection_boxes', [1, 100, 4]),
      named('detection_classes', [1, 100]),
      named('detection_scores', [1, 100]),
      named('num_detections', [1]),
    ],
    layout: 'ssd',
  },
  {
    what: 'YOLO-NAS',
    sidePx: 640,
    outputs: [named('boxes', [1, 8400, 4]), named('scores', [1, 8400, 80])],
    layout: undefined,
  },
  {
    what: 'YOLOv4 as pytorch-YOLOv4 writes it',
    sidePx: 416,
    outputs: [named('boxes', [1, 10647, 1, 4]), named('confs', [1, 10647, 80])],
    layout: undefined,
  },
  { what: 'RT-DETR', sidePx: 640, outputs: [[1, 300, 84]], layout: undefined },
  {
    what: 'RT-DETR with its own choice',
    sidePx: 640,
    outputs: [named('labels', [1, 300], 'int64'), named('boxes', [1, 300, 4]), named('scores', [1, 300])],
    layout: undefined,
  },
  {
    what: 'DETR',
    sidePx: 800,
    outputs: [named('logits', [1, 100, 92]), named('pred_boxes', [1, 100, 4])],
    layout: undefined,
  },
  { what: 'NanoDet-m', sidePx: 320, outputs: [[1, 2100, 112]], layout: 'nanodet' },
  { what: 'NanoDet-Plus-m', sidePx: 416, outputs: [[1, 3598, 112]], layout: 'nanodet' },
  {
    what: 'NanoDet-Plus of two classes',
    sidePx: 320,
    outputs: [[1, 2125, 34]],
    hints: { statedClasses: 2 },
    layout: 'nanodet',
  },
  {
    what: "Azure Custom Vision's",
    sidePx: 320,
    outputs: [named('detected_boxes', [7, 4]), named('detected_classes', [7], 'int64'), named('detected_scores', [7])],
    layout: 'ssd',
  },
  {
    what: "torchvision's Mask R-CNN",
    sidePx: 320,
    outputs: [
      named('boxes', [7, 4]),
      named('labels', [7], 'int64'),
      named('scores', [7]),
      named('masks', [7, 1, 320, 320]),
    ],
    layout: 'ssd',
  },
  {
    what: 'an SSD of TensorFlow Lite',
    sidePx: 300,
    outputs: [
      named('TFLite_Detection_PostProcess', [1, 10, 4]),
      named('TFLite_Detection_PostProcess:1', [1, 10]),
      named('TFLite_Detection_PostProcess:2', [1, 10]),
      named('TFLite_Detection_PostProcess:3', [1]),
    ],
    layout: 'ssd',
  },
  { what: 'a classifier', sidePx: 224, outputs: [[1, 1000]], layout: undefined },
  {
    what: 'a segmentation network',
    sidePx: 640,
    outputs: [
      [1, 116, 8400],
      [1, 32, 160, 160],
    ],
    layout: undefined,
  },
];

describe('of the heads that people bring', () => {
  it.each(heads)('$what is $layout, and no other', ({ sidePx, outputs, hints = {}, layout }) => {
    const head = headOf(outputs, { input: { widthPx: sidePx, heightPx: sidePx }, hints });
    const claimed = recognisers.filter((recogniser) => recogniser.recognise(head) !== undefined);
    expect(claimed.map((recogniser) => recogniser.layout)).toEqual(layout === undefined ? [] : [layout]);
  });

  it('the sizes above are those of their grids', () => {
    expect(gridCells({ widthPx: 416, heightPx: 416 }, [8, 16, 32, 64])).toBe(3598);
    expect(gridCells({ widthPx: 320, heightPx: 320 }, [8, 16, 32, 64])).toBe(2125);
  });

  it('every layout says what it looks for', () => {
    for (const { layout, expected } of recognisers) {
      expect(expected({ widthPx: 640, heightPx: 640 })).toMatch(new RegExp(`^${layout}: .*\\[`));
    }
  });
});
