import { partsOfCell } from './cell-parts.ts';
import type { NetworkHints, OutputShape } from './decoder.ts';
import { anchorsPerCell } from './raw-head-doubt.ts';

/** Grids that detectors have, the usual number first. */
const gridCounts = [3, 4, 2, 5];
/** What a box is of: its sides, or weights of their distances, 16 or 17 (YOLO-NAS) a side. */
const boxWidths = [4, 64, 68];
/** What an anchor has beside its classes: a box and its objectness. */
const besideClasses = 5;

/**
 * How many classes a network has that chooses its boxes itself, so that none of its outputs shows it: by what the numbers of its
 * cells are put together from (`cellKind`). Undefined where the graph does not tell, or leaves a doubt.
 * @param beside how many numbers of a cell are neither box nor classes: coefficients of masks, points
 */
export function classesOfCells(
  { lastProducts }: Pick<NetworkHints, 'lastProducts'>,
  { name }: OutputShape,
  beside = 0,
): number | undefined {
  const widths = lastProducts?.get(name) ?? [];
  for (const grids of gridCounts) {
    const parts = without(beside, partsOfCell(widths, grids));
    if (parts.length > 0 && parts.length <= 3) return classesOf(parts);
  }
  return undefined;
}

/** Of parts in the order of their sizes. */
function classesOf(parts: readonly number[]): number | undefined {
  const [first = 0, second, third] = parts;
  if (second === undefined) {
    const classCount = first / anchorsPerCell - besideClasses;
    return Number.isInteger(classCount) && classCount > 0 ? classCount : undefined;
  }
  // An objectness of its own is YOLOX's.
  if (third !== undefined)
    return first === 1 && [second, third].includes(4) ? without(4, [second, third])[0] : undefined;
  const boxes = boxWidths.filter((width) => parts.includes(width));
  return boxes.length === 1 ? without(boxes[0]!, parts)[0] : undefined;
}

/** The same but for one that is this. */
function without(part: number, parts: readonly number[]): readonly number[] {
  const at = parts.indexOf(part);
  return at < 0 ? parts : parts.toSpliced(at, 1);
}
