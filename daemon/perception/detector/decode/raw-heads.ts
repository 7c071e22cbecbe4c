import type { CandidateBuffer } from '../candidates.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { type Decoder, gridCells, type Head, strideSets } from './decoder.ts';
import { channelsOf, haveLogits, judgePlanes, type Plane, type ScorePlanes } from './grid-planes.ts';
import { leastLogit, sigmoid } from './logits.ts';
import { anchorsPerCell, areAnchors } from './raw-head-doubt.ts';
import { strayScoreOfPlanes, sureEverywhere } from './score-range.ts';

/** Stride sets of networks with anchors; the last one is that of the tiny ones of Darknet. */
export const anchorStrideSets: readonly (readonly number[])[] = [...strideSets, [16, 32]];

/** One grid's output as it left the last convolution, and where its numbers lie. */
interface Level extends Arrangement {
  readonly stride: number;
  /** Cells in a line of the grid, and in all of it. */
  readonly across: number;
  readonly cells: number;
  /** Boxes of the finer grids. */
  readonly firstBox: number;
}

/** By how many numbers one anchor, cell or column lies after the one before. */
interface Arrangement {
  readonly columns: number;
  readonly anchorStep: number;
  readonly cellStep: number;
  readonly columnStep: number;
}

/** A network's raw heads, the finest grid first. */
export interface RawHeads {
  readonly classCount: number;
  readonly levels: readonly Level[];
  readonly strides: readonly number[];
  readonly outputIndexes: readonly number[];
  readonly boxes: number;
  /** Whether the anchors have a dimension of their own, as PyTorch's exporters of v5 and v7 leave them. */
  readonly splitsAnchors: boolean;
}

/** How raw numbers become a box; widths and heights are multiples of the anchor's. */
export interface BoxRule {
  /** For each grid: how far a centre may reach out of its cell. 1: not at all; 2: half a cell to each side. */
  readonly centreScales: readonly number[];
  /** A size is (2 sigmoid(t))², or e^t. */
  readonly sizes: 'squares' | 'exponentials';
}

/**
 * Outputs that are nothing but raw heads with three anchors a cell, one a grid, in any order: `[1, 3, h, w, 5 + classes]`,
 * `[1, 3 * (5 + classes), h, w]`, or either with its channels last.
 *
 * `[1, 64 + classes, h, w]` is what YOLOv8 puts out undecoded, and YOLOX `[1, 5 + classes, h, w]`: see `areAnchors`.
 */
export function findRawHeads(head: Head): RawHeads | undefined {
  const { input, outputs } = head;
  const found = outputs.flatMap(({ shape }, index) => {
    const grid = arrangementOf(shape, input);
    return grid === undefined ? [] : [{ ...grid, index, splitsAnchors: shape.length === 5 }];
  });
  found.sort((a, b) => a.stride - b.stride);
  const [first] = found;
  if (first === undefined || found.length !== outputs.length) return undefined;
  const strides = found.map(({ stride }) => stride);
  const areKnown = anchorStrideSets.some((set) => set.join() === strides.join());
  const { columns, splitsAnchors } = first;
  if (!areKnown || columns < 6) return undefined;
  if (!found.every((each) => each.columns === columns && each.splitsAnchors === splitsAnchors)) return undefined;
  if (!splitsAnchors && areAnchors(head, anchorsPerCell * columns) !== true) return undefined;
  let boxes = 0;
  const levels = found.map((each): Level => {
    const firstBox = boxes;
    boxes += anchorsPerCell * each.cells;
    return { ...each, firstBox };
  });
  const outputIndexes = found.map(({ index }) => index);
  return { classCount: columns - 5, levels, strides, outputIndexes, boxes, splitsAnchors };
}

const knownStrides = [...new Set(anchorStrideSets.flat())];

function arrangementOf(
  shape: readonly number[],
  input: Size,
): (Arrangement & Pick<Level, 'stride' | 'across' | 'cells'>) | undefined {
  if (shape[0] !== 1) return undefined;
  for (const stride of knownStrides) {
    const across = Math.ceil(input.widthPx / stride);
    const cells = gridCells(input, [stride]);
    const isGrid = (down: number | undefined, side: number | undefined) => side === across && down === cells / across;
    const grid = { stride, across, cells };
    const [, second = 0, third = 0, fourth = 0, fifth = 0] = shape;
    if (shape.length === 5 && second === anchorsPerCell && isGrid(third, fourth)) {
      return { ...grid, columns: fifth, anchorStep: cells * fifth, cellStep: fifth, columnStep: 1 };
    }
    if (shape.length === 5 && fourth === anchorsPerCell && isGrid(second, third)) {
      return { ...grid, columns: fifth, anchorStep: fifth, cellStep: anchorsPerCell * fifth, columnStep: 1 };
    }
    if (shape.length === 4 && second % anchorsPerCell === 0 && isGrid(third, fourth)) {
      const columns = second / anchorsPerCell;
      return { ...grid, columns, anchorStep: cells * columns, cellStep: 1, columnStep: cells };
    }
    if (shape.length === 4 && fourth % anchorsPerCell === 0 && isGrid(second, third)) {
      const columns = fourth / anchorsPerCell;
      return { ...grid, columns, anchorStep: columns, cellStep: fourth, columnStep: 1 };
    }
  }
  return undefined;
}

/**
 * Reads raw heads. Column by column a box is x, y, width, height, objectness and one number a class, all before their
 * sigmoid; its score is the product of objectness and best class after it. A box's source is its number, grid by grid and
 * anchor by anchor. Numbers that are not finite are no box's.
 *
 * Some exports take the sigmoid along. Values tell: where every objectness lies in 0..1, it has been taken of all but
 * sizes that are exponentials; logits lie far below 0 nearly everywhere. Heads with the sigmoid of some columns and not of
 * objectness are not known.
 * @param anchors For each grid, width and height of each anchor in network pixels.
 */
export function readRawHeads(
  { levels, classCount }: RawHeads,
  anchors: readonly (readonly number[])[],
  { centreScales, sizes }: BoxRule,
): Pick<Decoder, 'decode' | 'judgeScores' | 'strayScore'> {
  const planes = levels.flatMap((level, index) => anchorPlanes(level, index, classCount));
  const objectnessPlanes = planes.map(({ objectness }) => objectness);
  const scorePlanes = planes.map(({ scores }) => scores);
  return {
    decode(outputs, scoreThreshold, into) {
      const isActivated = !haveLogits(objectnessPlanes, outputs);
      // Of nearly every box this comparison is all that is done: no exponential.
      const leastObjectness = isActivated ? scoreThreshold : leastLogit(scoreThreshold);
      for (let index = 0; index < levels.length; index++) {
        const { cells, anchorStep, cellStep, columnStep } = levels[index]!;
        const output = outputs[index]!;
        for (let anchor = 0; anchor < anchorsPerCell; anchor++) {
          for (let cell = 0; cell < cells; cell++) {
            const at = anchor * anchorStep + cell * cellStep;
            const objectness = output[at + 4 * columnStep]!;
            if (!(objectness >= leastObjectness && objectness < Number.POSITIVE_INFINITY)) continue;
            let best = Number.NEGATIVE_INFINITY;
            let bestClass = 0;
            for (let classId = 0; classId < classCount; classId++) {
              const value = output[at + (5 + classId) * columnStep]!;
              if (value > best && value < Number.POSITIVE_INFINITY) {
                best = value;
                bestClass = classId;
              }
            }
            const score = isActivated ? objectness * best : sigmoid(objectness) * sigmoid(best);
            if (score >= scoreThreshold && score > 0) {
              addBox(into, output, index, anchor, cell, isActivated, score, bestClass);
            }
          }
        }
      }
    },
    judgeScores: (outputs) => judgePlanes(planes, outputs),
    // Where objectness has had its sigmoid, the scores behind it are taken for such as well.
    strayScore: (outputs) =>
      sureEverywhere(objectnessPlanes, outputs) ??
      (haveLogits(objectnessPlanes, outputs) ? undefined : strayScoreOfPlanes(scorePlanes, outputs)),
  };

  function addBox(
    into: CandidateBuffer,
    output: Float32Array,
    index: number,
    anchor: number,
    cell: number,
    isActivated: boolean,
    score: number,
    classId: number,
  ): void {
    const { stride, across, cells, firstBox, anchorStep, cellStep, columnStep } = levels[index]!;
    const at = anchor * anchorStep + cell * cellStep;
    const x = output[at]!;
    const y = output[at + columnStep]!;
    const width = output[at + 2 * columnStep]!;
    const height = output[at + 3 * columnStep]!;
    // Sigmoids would make something finite of infinities.
    if (!Number.isFinite(x + y + width + height)) return;
    const scale = centreScales[index]!;
    const reach = (scale - 1) / 2;
    const activate = (value: number) => (isActivated ? value : sigmoid(value));
    const multiple = (value: number) => (sizes === 'squares' ? (2 * activate(value)) ** 2 : Math.exp(value));
    into.addCentred(
      (activate(x) * scale - reach + (cell % across)) * stride,
      (activate(y) * scale - reach + Math.floor(cell / across)) * stride,
      multiple(width) * anchors[index]![2 * anchor]!,
      multiple(height) * anchors[index]![2 * anchor + 1]!,
      score,
      classId,
      firstBox + anchor * cells + cell,
    );
  }
}

/** For each anchor of a grid, where objectness and scores of its cells lie. */
function anchorPlanes(
  { cells, anchorStep, cellStep, columnStep }: Level,
  index: number,
  classCount: number,
): Required<ScorePlanes>[] {
  return Array.from({ length: anchorsPerCell }, (_, anchor) => {
    const whole = { index, channels: 5 + classCount, cells, cellStep };
    const plane: Plane = { ...whole, first: anchor * anchorStep, channelStep: columnStep };
    return { objectness: channelsOf(plane, 4, 1), scores: channelsOf(plane, 5, classCount) };
  });
}
