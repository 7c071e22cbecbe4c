import { gridCells, type Head, type OutputShape, strideSets } from './decoder.ts';
import { type MeasuredBoxes, readMeasuredBoxes, type SideUnit } from './finished-boxes.ts';

/** Boxes that Ultralytics' networks choose unless they are told another number (`max_det`). */
export const usualBoxes = 300;

/** Numbers that a row begins with: x1, y1, x2, y2 in network pixels or shares of the picture, score in 0..1, class. */
export const boxColumns = 6;

/** An output `[1, boxes, columns]`. */
export interface Rows {
  readonly output: OutputShape;
  readonly boxes: number;
  readonly columns: number;
}

/** The one output of three sides. */
export function finishedRows(outputs: readonly OutputShape[]): Rows | undefined {
  const [output, ...others] = outputs.filter(({ shape }) => shape.length === 3);
  if (output === undefined || others.length > 0) return undefined;
  const [batch, boxes = 0, columns = 0] = output.shape;
  return batch === 1 && columns >= boxColumns ? { output, boxes, columns } : undefined;
}

/**
 * Whether rows can be boxes that a network has chosen itself. A YOLOv5 or YOLOX may have as many columns, but has a row for
 * each of its anchors or cells; and nobody chooses more boxes than there are cells.
 */
export function maySuppress({ boxes }: Rows, { input, hints }: Head): boolean {
  const cells = strideSets.map((strides) => gridCells(input, strides));
  const isGrid = cells.some((each) => boxes === each || boxes === 3 * each);
  return /^true$/i.test(hints.metadata['end2end'] ?? '') || (!isGrid && boxes <= Math.max(usualBoxes, cells[0]!));
}

/**
 * Reads rows of the decoder's first output. A box's source is its row.
 * @param firstClass the network's number for the first of our classes
 */
export function readFinishedRows(columns: number, sideUnit: SideUnit, firstClass = 0): MeasuredBoxes {
  const column = (first: number) => ({ output: 0, first, columns });
  return readMeasuredBoxes({
    sides: column(0),
    sideOrder: 'xyxy',
    sideUnit,
    scores: column(4),
    classes: column(5),
    firstClass,
  });
}
