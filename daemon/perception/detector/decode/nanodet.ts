import { type InputConventions, imageNetScale } from '../preprocess/input-format.ts';
import type { Size } from '../preprocess/letterbox.ts';
import { type Decoder, gridCells, type Head, type LayoutRecogniser, type OutputShape } from './decoder.ts';
import { softmaxMean } from './distances.ts';
import type { Column } from './finished-boxes.ts';
import { sigmoid } from './logits.ts';
import { strayScore } from './score-range.ts';

/** The cells of one stride, row by row, and where their numbers stand. */
interface Level {
  readonly stride: number;
  readonly across: number;
  readonly cells: number;
  readonly scores: Column;
  readonly distances: Column;
}

/** What tells the two generations apart beside their strides. */
interface Generation {
  readonly name: string;
  readonly strides: readonly number[];
  /** Where a cell's box is measured from, in cells from the cell's corner. */
  readonly centre: number;
  readonly conventions: InputConventions;
}

/** ImageNet's mean and deviation in the order that OpenCV reads pictures in. */
const colours: Pick<InputConventions, 'channels' | 'mean' | 'deviation'> = { channels: 'bgr', ...imageNetScale };

/**
 * @see https://github.com/RangiLyu/nanodet/blob/main/config/legacy_v0.x_configs/nanodet-m.yml (keep_ratio: True; warped
 * onto black, in the middle)
 * @see https://github.com/RangiLyu/nanodet/blob/main/nanodet/model/head/gfl_head.py (get_single_level_center_point)
 */
const firstGeneration: Generation = {
  ...{ name: 'NanoDet', strides: [8, 16, 32], centre: 0.5 },
  conventions: { ...colours, fit: 'letterbox', paddingLevel: 0 },
};

/**
 * @see https://github.com/RangiLyu/nanodet/blob/main/config/nanodet-plus-m_320.yml (keep_ratio: False)
 * @see https://github.com/RangiLyu/nanodet/blob/main/nanodet/model/head/nanodet_plus_head.py (get_single_level_center_priors)
 */
const plus: Generation = {
  ...{ name: 'NanoDet-Plus', strides: [8, 16, 32, 64], centre: 0 },
  conventions: { ...colours, fit: 'stretch', paddingLevel: 0 },
};

const usualBins = 8;
/** YOLOv8 puts out as many before it is decoded, boxes first. */
const foreignBins = 16;

/**
 * NanoDet and NanoDet-Plus: one output `[1, cells, classes + 4 * bins]`, a row for each cell of strides 8, 16, 32 (and 64:
 * that is Plus): a score in 0..1 for each class, then for left, top, right and bottom the weights of the distances 0, 1, 2,
 * … strides: their softmax's mean is how far the box reaches. The first exports had two outputs for each stride S,
 * `cls_pred_stride_S [1, cells, classes]` and `dis_pred_stride_S [1, cells, 4 * bins]`, some of them with the mean taken
 * in the graph (4 columns).
 *
 * YOLOX answers with `[1, cells, 5 + classes]` of the same cells. Where labels are stated, the columns beside theirs
 * tell: 5 are no NanoDet's. Where none are, only 80 classes and 8 bins are believed, unless the card says "layout":
 * "nanodet".
 */
export const nanodet: LayoutRecogniser = {
  layout: 'nanodet',
  expected: (input) =>
    `nanodet: one output [1, ${gridCells(input, firstGeneration.strides)} or ${gridCells(input, plus.strides)}, classes + 32], ` +
    'its classes stated or the layout named in a card unless they are 80; or cls_pred_stride_8, dis_pred_stride_8, …',
  recognise: (head: Head): Decoder | undefined => recogniseJoined(head) ?? recogniseByStride(head),
};

function recogniseJoined({ input, outputs, hints }: Head): Decoder | undefined {
  const [output] = outputs;
  if (output === undefined || outputs.length !== 1 || output.shape.length !== 3) return undefined;
  const [batch, cells, columns = 0] = output.shape;
  const generation = [firstGeneration, plus].find(({ strides }) => gridCells(input, strides) === cells);
  if (batch !== 1 || generation === undefined) return undefined;
  const isUsual = columns === 80 + 4 * usualBins || hints.namedLayout === 'nanodet';
  const classCount = hints.statedClasses ?? (isUsual ? columns - 4 * usualBins : 0);
  const bins = (columns - classCount) / 4;
  if (classCount < 1 || !Number.isInteger(bins) || bins < 2 || bins === foreignBins) return undefined;
  let firstCell = 0;
  const levels = generation.strides.map((stride): Level => {
    const grid = gridOf(input, stride);
    const first = firstCell * columns;
    firstCell += grid.cells;
    const distances = { output: 0, first: first + classCount, columns };
    return { stride, ...grid, scores: { output: 0, first, columns }, distances };
  });
  const because = `"${output.name}" has a row for each cell of strides ${generation.strides.join(', ')}, as ${generation.name} has, with ${bins} bins for each side`;
  return createDecoder({ levels, classCount, bins, generation, because }, [0], { input, outputs, hints });
}

function recogniseByStride({ input, outputs, hints }: Head): Decoder | undefined {
  const strides = outputs
    .map(({ name }) => Number(/^cls_pred_stride_(\d+)$/.exec(name)?.[1]))
    // Of a name that is none of these, NaN.
    .filter((stride) => stride > 0);
  if (strides.length === 0 || outputs.length !== 2 * strides.length) return undefined;
  const pairs = strides.map((stride) => ({
    stride,
    scores: outputs.find(({ name }) => name === `cls_pred_stride_${stride}`),
    distances: outputs.find(({ name }) => name === `dis_pred_stride_${stride}`),
  }));
  const classCount = pairs[0]?.scores?.shape[2] ?? 0;
  const bins = (pairs[0]?.distances?.shape[2] ?? 0) / 4;
  const outputIndexes: number[] = [];
  const levels: Level[] = [];
  for (const { stride, scores, distances } of pairs) {
    const grid = gridOf(input, stride);
    if (!isRows(scores, grid.cells, classCount) || !isRows(distances, grid.cells, 4 * bins)) return undefined;
    const place = (columns: number): Column => ({ output: outputIndexes.length, first: 0, columns });
    const scorePlace = place(classCount);
    outputIndexes.push(outputs.indexOf(scores));
    levels.push({ stride, ...grid, scores: scorePlace, distances: place(4 * bins) });
    outputIndexes.push(outputs.indexOf(distances));
  }
  if (classCount < 1 || !Number.isInteger(bins) || bins < 1) return undefined;
  const because = `its outputs have the names of NanoDet's for strides ${strides.join(', ')}`;
  return createDecoder({ levels, classCount, bins, generation: firstGeneration, because }, outputIndexes, {
    ...{ input, outputs, hints },
  });
}

function gridOf(input: Size, stride: number): { across: number; cells: number } {
  return { across: Math.ceil(input.widthPx / stride), cells: gridCells(input, [stride]) };
}

function isRows(output: OutputShape | undefined, rows: number, columns: number): output is OutputShape {
  const [batch, ...sides] = output?.shape ?? [];
  return batch === 1 && sides.length === 2 && sides[0] === rows && sides[1] === columns;
}

interface Plan {
  readonly levels: readonly Level[];
  readonly classCount: number;
  readonly bins: number;
  readonly generation: Generation;
  readonly because: string;
}

function createDecoder(plan: Plan, outputIndexes: readonly number[], { input, hints }: Head): Decoder {
  const { levels, classCount, bins, generation } = plan;
  // Exports have the sigmoid in the graph, and no other use for one: a graph that is made of anything, but of no sigmoid,
  // has had it cut off.
  const isCut = hints.operators.has('Conv') && ![...hints.operators].some((operator) => /sigmoid/i.test(operator));
  const distance = (values: Float32Array, at: number) =>
    bins === 1 ? finiteAt(values, at) : softmaxMean(values, at, bins);
  return {
    layout: 'nanodet',
    classCount,
    capacity: levels.reduce((sum, { cells }) => sum + cells, 0),
    outputIndexes,
    lengths: 'fixed',
    suppression: 'needed',
    conventions: generation.conventions,
    because: `${plan.because}${isCut ? '; no sigmoid is in the graph, so one is taken of its scores' : ''}`,
    decode(outputs, scoreThreshold, into) {
      let source = 0;
      for (const { stride, across, cells, scores, distances } of levels) {
        const scoreValues = outputs[scores.output]!;
        const sides = outputs[distances.output]!;
        for (let cell = 0; cell < cells; cell++, source++) {
          const row = scores.first + cell * scores.columns;
          let best = Number.NEGATIVE_INFINITY;
          let bestClass = 0;
          for (let classId = 0; classId < classCount; classId++) {
            const value = scoreValues[row + classId]!;
            if (value > best) {
              best = value;
              bestClass = classId;
            }
          }
          const score = isCut ? sigmoid(best) : best;
          if (!(score >= scoreThreshold && score > 0)) continue;
          const x = ((cell % across) + generation.centre) * stride;
          const y = (Math.floor(cell / across) + generation.centre) * stride;
          const at = distances.first + cell * distances.columns;
          into.addCorners(
            Math.max(0, x - distance(sides, at) * stride),
            Math.max(0, y - distance(sides, at + bins) * stride),
            Math.min(input.widthPx, x + distance(sides, at + 2 * bins) * stride),
            Math.min(input.heightPx, y + distance(sides, at + 3 * bins) * stride),
            score,
            bestClass,
            source,
          );
        }
      }
    },
    judgeScores(outputs) {
      let notFinite = false;
      for (const { cells, scores } of levels) {
        for (let cell = 0; cell < cells; cell++) {
          const row = scores.first + cell * scores.columns;
          for (let at = row; at < row + classCount; at++) {
            const score = outputs[scores.output]![at]!;
            if (!Number.isFinite(score)) notFinite = true;
            else if (isCut ? score !== 0 : score > 0) return 'sound';
          }
        }
      }
      return notFinite ? 'not-finite' : 'all-zero';
    },
    strayScore(outputs) {
      if (isCut) return undefined;
      for (const {
        cells,
        scores: { output, first, columns },
      } of levels) {
        const stray = strayScore(outputs[output]!, {
          ...{ rows: cells, first, rowStep: columns, classCount, classStep: 1 },
        });
        if (stray !== undefined) return stray;
      }
      return undefined;
    },
  };
}

/** A box is cut off at the picture's edge, where an infinite distance would pass for one that reaches there. */
function finiteAt(values: Float32Array, at: number): number {
  return Number.isFinite(values[at]) ? values[at]! : Number.NaN;
}
