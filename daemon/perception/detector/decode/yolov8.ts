import { ultralyticsInput } from '../preprocess/input-format.ts';
import { takesAngles } from './angles.ts';
import { sidesOf, unmadeAs } from './box-corners.ts';
import { type BoxPlaces, sharesToPixels } from './box-unit.ts';
import { areComputed, areConditional, cellKind } from './cell-parts.ts';
import { readClassRows } from './class-rows.ts';
import {
  type Decoder,
  gridCells,
  type Head,
  judgeRows,
  type LayoutRecogniser,
  type NetworkHints,
  type OutputShape,
  strideSets,
  strideSetsOfYolov8,
} from './decoder.ts';
import { strayScore } from './score-range.ts';
import { readScoredRows } from './scored-rows.ts';

/** Numbers a cell for each side's distance, in the feature maps that some exports leave beside the head. */
const distanceColumns = 64;

/**
 * Ultralytics v8 and its kin (v9, v11, v12): an output `[1, 4 + classes, N]`, N the cells of all grids. Column i is
 * centre x, centre y, width, height in network pixels, then one score in 0..1 a class; there is no objectness.
 *
 * Beside it may stand the feature maps that it was made of, `[1, 64 + classes, h, w]`, and where graph or card leave no doubt
 * (`cellKind`) maps of other kinds, which are not read, such as embeddings; and YOLOv9's own exports have two
 * such outputs, of which the second is that of the branch that stays. Turned round, `[1, N, 4 + classes]`, it may be a YOLOX of
 * one class less: the graph tells (`cellKind`), else the labels, else 80 classes or one are believed whose scores of an empty
 * picture do not show an objectness before them; the card may say "layout": "yolov8". v10's and 26's boxes are corners where they were cut before their own choice (`sidesOf`).
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (Detect)
 * @see https://github.com/WongKinYiu/yolov9/blob/main/models/yolo.py (DualDDetect)
 */
export const yolov8: LayoutRecogniser = {
  layout: 'yolov8',
  expected: (input) => `yolov8: an output [1, 4 + classes, ${gridCells(input, strideSets[0]!)}]`,
  recognise: (head: Head): Decoder | undefined => recogniseColumns(head) ?? recogniseTurned(head),
};

function recogniseColumns({ input, outputs, hints, firstRun }: Head): Decoder | undefined {
  const heads = outputs.filter(({ shape }) => shape.length === 3).toSorted(byNumber);
  const output = heads.at(-1);
  if (output === undefined || heads.length > 2 || !heads.every(({ shape }) => String(shape) === String(output.shape))) {
    return undefined;
  }
  const [batch, rows = 0, cells = 0] = output.shape;
  const strides = strideSetsOfYolov8.find((set) => gridCells(input, set) === cells);
  if (batch !== 1 || strides === undefined || rows < 5 || mayHaveAngles(hints, rows - 4)) return undefined;
  if (hasOtherParts(hints, output, rows, strides)) return undefined;
  const isFeatureMap = ({ shape }: OutputShape) =>
    shape.length === 4 && shape[0] === 1 && shape[1] === distanceColumns + rows - 4;
  const isSure = hints.namedLayout === 'yolov8' || cellKind(hints, output, rows, strides) === 'yolov8';
  const isExtra = (other: OutputShape) => isFeatureMap(other) || (isSure && isMap(other));
  if (!outputs.every((other) => heads.includes(other) || isExtra(other))) return undefined;
  const shown = firstRun?.[outputs.indexOf(output)];
  const columns = { boxes: cells, boxStep: 1, sideStep: cells };
  if (
    hints.namedLayout !== 'yolov8' &&
    unmadeAs(shown, columns, { input, strides, areComputed: areComputed(hints, output) })
  )
    return undefined;
  const sides = sidesOf(shown, columns, input);
  return {
    layout: 'yolov8',
    classCount: rows - 4,
    capacity: cells,
    outputIndexes: [outputs.indexOf(output)],
    lengths: 'fixed',
    suppression: 'needed',
    conventions: ultralyticsInput,
    because:
      `"${output.name}" has a column for each cell of strides ${strides.join(', ')}` +
      (sides === 'corners'
        ? '; its boxes are corners, as not one of them for an empty picture ends before it begins'
        : ''),
    ...readClassRows(rows - 4, cells, { input, sides }),
  };
}

function recogniseTurned({ input, outputs, hints, firstRun }: Head): Decoder | undefined {
  const [output] = outputs;
  if (output === undefined || outputs.length !== 1 || output.shape.length !== 3) return undefined;
  const [batch, cells = 0, columns = 0] = output.shape;
  const strides = strideSetsOfYolov8.find((set) => gridCells(input, set) === cells);
  if (batch !== 1 || strides === undefined || !isTurned(hints, output, columns, strides, firstRun?.[0]))
    return undefined;
  if (mayHaveAngles(hints, columns - 4)) return undefined;
  const places: BoxPlaces = { boxes: cells, boxStep: columns, sideStep: 1, sides: 'centred' };
  if (
    hints.namedLayout !== 'yolov8' &&
    unmadeAs(firstRun?.[0], places, { input, strides, areComputed: areComputed(hints, output) })
  )
    return undefined;
  const reader = readScoredRows({
    classCount: columns - 4,
    rows: cells,
    scores: { output: 0, first: 4, columns },
    add(into, [values], row, score, classId) {
      const at = row * columns;
      into.addCentred(values![at]!, values![at + 1]!, values![at + 2]!, values![at + 3]!, score, classId, row);
    },
  });
  return {
    layout: 'yolov8',
    classCount: columns - 4,
    capacity: cells,
    outputIndexes: [0],
    lengths: 'fixed',
    suppression: 'needed',
    conventions: ultralyticsInput,
    because: `"${output.name}" has a row for each cell of strides ${strides.join(', ')}, and four columns beside its classes`,
    decode(outputs, scoreThreshold, into) {
      const before = into.count;
      reader.decode(outputs, scoreThreshold, into);
      sharesToPixels(into, before, outputs[0]!, places, input);
    },
    judgeScores: ([values]) => judgeRows(values!, columns, 4),
    strayScore: ([values]) =>
      strayScore(values!, { rows: cells, first: 4, rowStep: columns, classCount: columns - 4, classStep: 1 }),
  };
}

/** Features, or what a second head says of each place. A single channel may be an angle. */
function isMap({ shape: [batch, channels = 0, ...rest] }: OutputShape): boolean {
  return batch === 1 && channels > 1 && rest.length === 2;
}

/** By the numbers that names of the same kind end in, `output0` and `output1`; else as they stand. */
function byNumber({ name: a }: OutputShape, { name: b }: OutputShape): number {
  const [first, second] = [a, b].map((name) => /^(?<kind>.*?)(?<number>\d+)$/.exec(name)?.groups);
  return first === undefined || first['kind'] !== second?.['kind']
    ? 0
    : Number(first['number']) - Number(second?.['number']);
}

/** Metadata say of boxes that they are turned; without any, an angle may stand where the last class would. */
function mayHaveAngles(hints: NetworkHints, classCount: number): boolean {
  return takesAngles(hints) && hints.statedClasses !== classCount && hints.namedLayout !== 'yolov8';
}

/** Whether the graph shows that more stands behind a box than scores of classes, or something else before them. */
function hasOtherParts(hints: NetworkHints, output: OutputShape, rows: number, strides: readonly number[]): boolean {
  if (hints.namedLayout === 'yolov8' || hints.statedClasses === rows - 4) return false;
  return ['yolox', 'yolov6', 'other'].includes(cellKind(hints, output, rows, strides) ?? '');
}

function isTurned(
  hints: NetworkHints,
  output: OutputShape,
  columns: number,
  strides: readonly number[],
  shown: Float32Array | undefined,
): boolean {
  const { statedClasses, namedLayout } = hints;
  if (columns < 5) return false;
  if (namedLayout === 'yolov8') return true;
  const kind = cellKind(hints, output, columns, strides);
  if (kind === 'yolov8' || kind === 'yolox') return kind === 'yolov8' && columns - 4 === (statedClasses ?? columns - 4);
  if (statedClasses !== undefined) return statedClasses === columns - 4;
  if (kind !== undefined) return false;
  return [80, 1].includes(columns - 4) && !areConditional(shown, columns);
}
