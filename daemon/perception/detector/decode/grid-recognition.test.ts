import { describe, expect, it } from 'vitest';
import { headOf, type OutputSpec } from '../../testing/decoder-checks.ts';
import { darknet } from './darknet.ts';
import { darknetBoxes } from './darknet-boxes.ts';
import { darknetRawHeads } from './darknet-raw-heads.ts';
import { gridCells, type LayoutName, type NetworkHints } from './decoder.ts';
import { yoloRawHeads } from './yolo-raw-heads.ts';
import { yolov5 } from './yolov5.ts';
import { yolov8 } from './yolov8.ts';
import { yolox } from './yolox.ts';

const recognisers = [yolov8, yolov5, yolox, yoloRawHeads, darknet, darknetBoxes, darknetRawHeads];

interface Case {
  readonly what: string;
  readonly sidePx: number;
  readonly outputs: readonly OutputSpec[];
  readonly operators?: readonly string[];
  readonly hints?: Partial<NetworkHints>;
  /** Undefined: nobody's of these. */
  readonly layout: LayoutName | undefined;
}

const grids = (channels: number, ...sides: number[]) => sides.map((side) => [1, channels, side, side]);

/** Heads of networks that people use, at the sizes that they have. */
const heads: readonly Case[] = [
  { what: 'YOLOv8n', sidePx: 640, outputs: [[1, 84, 8400]], layout: 'yolov8' },
  { what: 'YOLOv8n transposed', sidePx: 640, outputs: [[1, 8400, 84]], layout: 'yolov8' },
  { what: 'YOLOv5n', sidePx: 640, outputs: [[1, 25200, 85]], layout: 'yolov5' },
  {
    what: 'YOLOv5n beside its raw heads',
    sidePx: 640,
    outputs: [[1, 25200, 85], ...[80, 40, 20].map((side) => [1, 3, side, side, 85])],
    layout: 'yolov5',
  },
  { what: 'YOLOv4 decoded', sidePx: 416, outputs: [[1, 10647, 85]], operators: ['Exp'], layout: 'yolov5' },
  { what: 'YOLOX-nano', sidePx: 416, outputs: [[1, 3549, 85]], layout: 'yolox' },
  { what: 'YOLOX-s decoded', sidePx: 640, outputs: [[1, 8400, 85]], operators: ['Exp', 'Sub'], layout: 'yolox' },
  { what: 'YOLOX of one class', sidePx: 416, outputs: [[1, 3549, 6]], layout: 'yolox' },
  { what: 'YOLOv6-n', sidePx: 640, outputs: [[1, 8400, 85]], operators: ['Relu', 'Sub', 'Div'], layout: undefined },
  { what: 'NanoDet-m', sidePx: 320, outputs: [[1, 2100, 112]], layout: undefined },
  { what: 'NanoDet-Plus-m', sidePx: 416, outputs: [[1, 3598, 112]], layout: undefined },
  { what: 'YOLOv10n', sidePx: 640, outputs: [[1, 300, 6]], layout: undefined },
  { what: 'RT-DETR', sidePx: 640, outputs: [[1, 300, 84]], layout: undefined },
  { what: 'YOLOv5 in three raw heads', sidePx: 640, outputs: grids(255, 20, 80, 40), layout: 'yolo-raw-heads' },
  {
    what: 'YOLOv7-w6 in four',
    sidePx: 1280,
    outputs: [160, 80, 40, 20].map((side) => [1, 3, side, side, 85]),
    layout: 'yolo-raw-heads',
  },
  {
    what: 'YOLOv3-tiny of Darknet',
    sidePx: 416,
    outputs: grids(255, 13, 26),
    operators: ['LeakyRelu'],
    layout: 'darknet-raw-heads',
  },
  {
    what: 'YOLOv4',
    sidePx: 608,
    outputs: grids(255, 76, 38, 19),
    operators: ['Mish', 'LeakyRelu'],
    layout: 'darknet-raw-heads',
  },
  { what: 'YOLOv4-tiny decoded', sidePx: 416, outputs: [[1, 2535, 85]], operators: ['Exp'], layout: 'darknet' },
  { what: 'Yolo-Fastest', sidePx: 320, outputs: [[1, 1500, 85]], layout: 'darknet' },
  {
    what: 'YOLOv4 of pytorch-YOLOv4',
    sidePx: 416,
    outputs: [
      [1, 10647, 1, 4],
      [1, 10647, 80],
    ],
    layout: 'darknet-boxes',
  },
  {
    what: 'the same without its dimension of one',
    sidePx: 416,
    outputs: [
      [1, 2535, 80],
      [1, 2535, 4],
    ],
    layout: 'darknet-boxes',
  },
  {
    what: 'YOLO-NAS',
    sidePx: 640,
    outputs: [
      [1, 8400, 4],
      [1, 8400, 80],
    ],
    layout: undefined,
  },
  {
    what: 'SSD-Mobilenet',
    sidePx: 300,
    outputs: [
      [1, 3000, 91],
      [1, 3000, 4],
    ],
    layout: undefined,
  },
  {
    what: 'DETR',
    sidePx: 800,
    outputs: [
      [1, 100, 92],
      [1, 100, 4],
    ],
    layout: undefined,
  },
  { what: 'YOLOv8 undecoded', sidePx: 640, outputs: grids(144, 80, 40, 20), layout: undefined },
  { what: 'YOLOX undecoded', sidePx: 640, outputs: grids(85, 80, 40, 20), layout: undefined },
  {
    what: 'a segmentation network',
    sidePx: 640,
    outputs: [
      [1, 116, 8400],
      [1, 32, 160, 160],
    ],
    layout: undefined,
  },
  { what: 'a classifier', sidePx: 224, outputs: [[1, 1000]], layout: undefined },
];

describe('of the heads that people bring', () => {
  it.each(heads)('$what is $layout, and no other', ({ sidePx, outputs, operators = [], hints = {}, layout }) => {
    const head = headOf(outputs, {
      input: { widthPx: sidePx, heightPx: sidePx },
      hints: { operators: new Set(operators), ...hints },
    });
    const claimed = recognisers.filter((recogniser) => recogniser.recognise(head) !== undefined);
    expect(claimed.map((recogniser) => recogniser.layout)).toEqual(layout === undefined ? [] : [layout]);
  });

  it('rows with objectness are told apart by their number at every size', () => {
    for (let widthPx = 32; widthPx <= 1280; widthPx += 32) {
      for (let heightPx = 32; heightPx <= widthPx; heightPx += 32) {
        const input = { widthPx, heightPx };
        const counts = [
          ...[
            [8, 16, 32],
            [4, 8, 16, 32],
            [8, 16, 32, 64],
            [8, 16],
            [16, 32],
          ].map((set) => gridCells(input, set)),
          ...[
            [8, 16, 32],
            [4, 8, 16, 32],
            [8, 16, 32, 64],
            [16, 32],
          ].map((set) => 3 * gridCells(input, set)),
        ];
        expect(new Set(counts).size, `${widthPx}x${heightPx}`).toBe(counts.length);
      }
    }
  });

  it('every layout says what it looks for', () => {
    for (const { layout, expected } of recognisers) {
      expect(expected({ widthPx: 640, heightPx: 640 })).toMatch(new RegExp(`^${layout}: .*\\[`));
    }
  });
});
