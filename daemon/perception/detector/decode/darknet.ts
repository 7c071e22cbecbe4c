import { stretchedInput, ultralyticsInput } from '../preprocess/input-format.ts';
import { areUndecoded } from './box-corners.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser } from './decoder.ts';
import { readObjectnessRows } from './objectness-rows.ts';
import { anchorsPerCell } from './raw-head-doubt.ts';
import { isUltralytics } from './raw-head-family.ts';

const tinyStrides = [16, 32];

/**
 * Tiny networks of Darknet (YOLOv3-tiny, YOLOv4-tiny, Yolo-Fastest) with their boxes decoded: an output
 * `[1, N, 5 + classes]`, N three times the cells of strides 16 and 32. Row i is centre x, centre y, width, height in
 * network pixels, objectness, then one score in 0..1 a class. The picture is stretched, but by Ultralytics' own v3-tiny,
 * which its metadata betray. Networks of three grids look as YOLOv5's and are taken for those (`yolov5.ts`): if they are
 * Darknet's, their card must say `"input": {"fit": "stretch"}`.
 * @see https://github.com/AlexeyAB/darknet/blob/master/src/yolo_layer.c (get_yolo_box)
 */
export const darknet: LayoutRecogniser = {
  layout: 'darknet',
  expected: (input) => `darknet: one output [1, ${anchorsPerCell * gridCells(input, tinyStrides)}, 5 + classes]`,
  recognise({ input, outputs, hints, firstRun }: Head): Decoder | undefined {
    const output = outputs.find(({ shape }) => shape.length === 3);
    const [batch, boxes = 0, columns = 0] = output?.shape ?? [];
    if (output === undefined || batch !== 1 || columns < 6) return undefined;
    if (boxes !== anchorsPerCell * gridCells(input, tinyStrides)) return undefined;
    // Ultralytics' exporter may leave the raw heads beside it.
    const isRawHead = ({ shape }: Head['outputs'][number]) =>
      shape.length === 5 && shape[1] === anchorsPerCell && shape[4] === columns;
    if (!outputs.every((other) => other === output || isRawHead(other))) return undefined;
    const shown = firstRun?.[outputs.indexOf(output)];
    const places = { boxes, boxStep: columns, sideStep: 1, strides: tinyStrides };
    if (areUndecoded({ input, hints }, output, shown, places, { layout: 'darknet', byGraph: true })) return undefined;
    const letterboxes = isUltralytics(hints.metadata);
    return {
      layout: 'darknet',
      classCount: columns - 5,
      capacity: boxes,
      outputIndexes: [outputs.indexOf(output)],
      lengths: 'fixed',
      suppression: 'needed',
      conventions: letterboxes ? ultralyticsInput : stretchedInput,
      because:
        `"${output.name}" has a row for each of ${anchorsPerCell} anchors a cell of strides ${tinyStrides.join(', ')}; ` +
        (letterboxes ? "its metadata are Ultralytics', who letterbox" : 'Darknet stretches pictures'),
      ...readObjectnessRows({ classCount: columns - 5, rows: boxes, input }),
    };
  },
};
