import { ultralyticsInput } from '../preprocess/input-format.ts';
import { readClassRows } from './class-rows.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, strideSets } from './decoder.ts';

/**
 * Ultralytics v8 and its kin (v9, v11, v12): one output `[1, 4 + classes, N]`, N the cells of all grids. Column i is
 * centre x, centre y, width, height in network pixels, then one score in 0..1 a class; there is no objectness.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Detect)
 */
export const yolov8: LayoutRecogniser = {
  layout: 'yolov8',
  expected: (input) => `yolov8: one output [1, 4 + classes, ${gridCells(input, strideSets[0]!)}]`,
  recognise(head: Head): Decoder | undefined {
    const output = head.outputs[0];
    if (output === undefined || head.outputs.length !== 1 || output.shape.length !== 3 || output.shape[0] !== 1) {
      return undefined;
    }
    const [, rows = 0, cells = 0] = output.shape;
    const strides = strideSets.find((set) => gridCells(head.input, set) === cells);
    if (strides === undefined || rows < 5) return undefined;
    return {
      layout: 'yolov8',
      classCount: rows - 4,
      capacity: cells,
      outputIndexes: [0],
      lengths: 'fixed',
      suppression: 'needed',
      conventions: ultralyticsInput,
      because: `"${output.name}" has a column for each cell of strides ${strides.join(', ')}`,
      ...readClassRows(rows - 4, cells),
    };
  },
};
