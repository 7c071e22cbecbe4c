import { ultralyticsInput } from '../preprocess/input-format.ts';
import { cellKind } from './cell-parts.ts';
import {
  type Decoder,
  gridCells,
  type Head,
  type LayoutRecogniser,
  type NetworkHints,
  type OutputShape,
  strideSets,
} from './decoder.ts';
import { readObjectnessRows } from './objectness-rows.ts';

/**
 * Meituan's YOLOv6: one output `[1, N, 5 + classes]`, N the cells of all grids. Row i is centre x, centre y, width, height in
 * network pixels, an objectness that is always 1, and one score in 0..1 a class. A YOLOX has the same shape; what tells is
 * that objectness, in the first run; before it, that no product gives it (`cellKind`), or that boxes are made from distances by
 * subtraction and no `Exp` is in the graph.
 * @see https://github.com/meituan/YOLOv6/blob/main/yolov6/models/effidehead.py (Detect)
 */
export const yolov6: LayoutRecogniser = {
  layout: 'yolov6',
  expected: (input) => `yolov6: one output [1, ${gridCells(input, strideSets[0]!)}, 5 + classes]`,
  recognise({ input, outputs, hints, firstRun }: Head): Decoder | undefined {
    const [output] = outputs;
    if (output === undefined || outputs.length !== 1 || output.shape.length !== 3 || output.shape[0] !== 1) {
      return undefined;
    }
    const [, cells = 0, columns = 0] = output.shape;
    const strides = strideSets.find((set) => gridCells(input, set) === cells);
    if (strides === undefined || columns < 6) return undefined;
    const shown = firstRun?.[0];
    const isSure = shown !== undefined && areAllOne(shown, columns);
    const isMeant =
      hints.namedLayout === undefined
        ? isSure || (shown === undefined && mayBeYolov6(hints, output, columns, strides))
        : hints.namedLayout === 'yolov6';
    if (!isMeant) return undefined;
    return {
      layout: 'yolov6',
      classCount: columns - 5,
      capacity: cells,
      outputIndexes: [0],
      lengths: 'fixed',
      suppression: 'needed',
      conventions: ultralyticsInput,
      because: `"${output.name}" has a row for each cell of strides ${strides.join(', ')}; ${isSure ? 'its objectness is always 1' : 'its graph makes boxes from distances'}`,
      ...readObjectnessRows({ classCount: columns - 5, rows: cells, input }),
    };
  },
};

function mayBeYolov6(hints: NetworkHints, output: OutputShape, columns: number, strides: readonly number[]): boolean {
  const { operators, statedClasses = 80 } = hints;
  const kind = cellKind(hints, output, columns, strides);
  if (kind !== undefined) return kind === 'yolov6';
  return operators.has('Sub') && !operators.has('Exp') && columns - 5 === statedClasses;
}

/** No YOLOX is sure of an object in each cell. */
function areAllOne(values: Float32Array, columns: number): boolean {
  for (let at = 4; at < values.length; at += columns) if (values[at] !== 1) return false;
  return true;
}
