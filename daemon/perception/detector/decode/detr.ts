import { imageNetScale, stretchedInput, unitScale } from '../preprocess/input-format.ts';
import { largestShare } from './box-unit.ts';
import { type Decoder, type Head, judgeRows, type LayoutRecogniser, type NetworkHints } from './decoder.ts';
import { guessClasses, readFinishedBoxes } from './finished-boxes.ts';
import { areCrossed, beginWithClass, boxColumns, endInFractions, finishedRows } from './finished-rows.ts';
import { isLogit, sigmoid } from './logits.ts';
import { findQueryPair, mostQueries } from './query-pair.ts';
import { strayScore } from './score-range.ts';
import { readScoredRows } from './scored-rows.ts';

/** COCO's numbers of classes; DETR has "nothing" behind them. */
const cocoNumbers = 91;

/**
 * DETR and its heirs (RT-DETR, D-FINE, RF-DETR, YOLOS), whose boxes need no suppression: centre x, centre y, width, height as
 * shares of the network's input, which the picture is stretched to. In three forms:
 * two outputs, `pred_boxes` or `dets` `[1, queries, 4]` beside `logits` or `labels` `[1, queries, classes]` (`query-pair.ts`);
 * one output `[1, queries, 4 + classes]`, scores in 0..1, by Ultralytics until 8.3;
 * one output `[1, queries, 6]`, score and class behind the box, by Ultralytics since.
 *
 * Logits become scores by their sigmoid; by their softmax where the last of them is for "nothing" (DETR, Table Transformer,
 * YOLOS), as one more than there are labels is. Without labels the first run tells: of an empty picture, queries of the one
 * kind are sure of nothing, those of the other are not sure of anything. Where no number lies outside 0..1, sigmoid or
 * softmax has been taken.
 * @see https://github.com/huggingface/transformers/blob/main/src/transformers/models/rt_detr/image_processing_rt_detr.py
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/nn/modules/head.py (RTDETRDecoder.postprocess)
 */
export const detr: LayoutRecogniser = {
  layout: 'detr',
  expected: () =>
    'detr: pred_boxes [1, queries, 4] and logits [1, queries, classes], or one output [1, queries, 4 + classes] of a network that says it is an RT-DETR',
  recognise: (head: Head): Decoder | undefined => recognisePair(head) ?? recogniseUltralytics(head),
};

/** Ultralytics' metadata name the head; older ones at least describe the network. */
export function isDetrOfUltralytics({ metadata }: NetworkHints): boolean {
  return metadata['head'] === 'RTDETRDecoder' || /rt-?detr/i.test(metadata['description'] ?? '');
}

function recognisePair(head: Head): Decoder | undefined {
  const { input, outputs, hints, firstRun } = head;
  const pair = findQueryPair(head);
  if (pair === undefined) return undefined;
  const { boxes, logits } = pair;
  const [, queries = 0] = boxes.shape;
  const [, , columns = 0] = logits.shape;
  if (columns < 1) return undefined;
  const given = firstRun?.[outputs.indexOf(logits)];
  // RF-DETR's own export; its numbers are counted from 1, of no object there is none.
  const isRfDetr = boxes.name === 'dets' && logits.name === 'labels';
  const why = isRfDetr ? undefined : whyNothing(hints, columns, given);
  const knowsNothing = why !== undefined;
  const told = knowsNothing ? columns - 1 : columns;
  const { widthPx, heightPx } = input;
  const readerOf = (worth: (value: number) => number) =>
    readScoredRows({
      ...{ classCount: told, rows: queries, scores: { output: 1, first: 0, columns }, worth },
      add(into, [sides], row, score, classId) {
        const at = 4 * row;
        into.addCentred(
          sides![at]! * widthPx,
          sides![at + 1]! * heightPx,
          sides![at + 2]! * widthPx,
          sides![at + 3]! * heightPx,
          ...([score, classId, row] as const),
        );
      },
    });
  const ofScores = readerOf((value) => value);
  const ofLogits = readerOf(sigmoid);
  const shares = new Float32Array(knowsNothing ? queries * columns : 0);
  // What numbers a network puts out does not change from picture to picture. Those of an empty one may overflow half precision,
  // which tells nothing: then each picture is asked.
  const areLogits = given?.some(isLogit) || (given?.every(Number.isFinite) ? false : undefined);
  return {
    layout: 'detr',
    // Labels may name nothing, too.
    classCount: hints.statedClasses === columns ? columns : told,
    capacity: queries,
    outputIndexes: [outputs.indexOf(boxes), outputs.indexOf(logits)],
    lengths: 'fixed',
    suppression: 'done',
    conventions: {
      ...stretchedInput,
      ...(isRfDetr || knowsNothing || columns === cocoNumbers || placesByMask(hints) ? imageNetScale : unitScale),
    },
    because:
      `"${boxes.name}" and "${logits.name}" answer ${queries} queries; ` +
      (knowsNothing ? `the last number is for nothing at all, ${why}` : 'there is a number for each class'),
    decode([sides, values], scoreThreshold, into) {
      if (!(areLogits ?? values!.some(isLogit))) ofScores.decode([sides!, values!], scoreThreshold, into);
      else if (knowsNothing) {
        softmax(values!, columns, shares);
        ofScores.decode([sides!, shares], scoreThreshold, into);
      } else ofLogits.decode([sides!, values!], scoreThreshold, into);
    },
    judgeScores: ([, values]) =>
      values!.some((value) => Number.isFinite(value) && value < 0) ? 'sound' : judgeRows(values!, columns, 0),
  };
}

/**
 * Whether a network counts the pixels of its mask to know where each lies, as DETR does, Conditional and Deformable DETR, which are fed as it
 * is; RT-DETR and D-FINE have neither mask nor count.
 * @see https://github.com/huggingface/transformers/blob/main/src/transformers/models/conditional_detr/modeling_conditional_detr.py (ConditionalDetrSinePositionEmbedding)
 */
function placesByMask({ otherInputs = [], operators, hasDetrNames }: NetworkHints): boolean {
  // Of a mask that no input gives, tools fold the count into a constant; then names are left.
  return otherInputs.includes('pixel_mask') || operators.has('CumSum') || hasDetrNames === true;
}

/** Operators of those that refine their boxes step by step or choose their queries: all of them have a sigmoid for each class. */
const operatorsOfHeirs = ['GridSample', 'Log', 'TopK'];

/**
 * How it is known that the last number of each query is for nothing at all; undefined where it is for a class.
 * @param given the numbers of the first run, on an empty picture
 */
function whyNothing(hints: NetworkHints, columns: number, given: Float32Array | undefined): string | undefined {
  const { statedClasses, otherInputs = [], operators } = hints;
  if (columns < 2) return undefined;
  const said = given && emptyPictureSays(given, columns);
  if (statedClasses === columns - 1 && said !== 'each class') return 'as there is one more than there are labels';
  if (statedClasses === undefined && columns === cocoNumbers + 1) return "as there is one more than COCO's numbers";
  // As many labels as numbers speak for classes, if there are not many queries against it.
  const isBelievable = statedClasses === undefined || (given?.length ?? 0) >= fewestQueries * columns;
  if (said === 'nothing' && isBelievable) return 'as most queries say of an empty picture';
  if (said === 'each class' || statedClasses !== undefined) return undefined;
  const isMasked = otherInputs.includes('pixel_mask') && !operatorsOfHeirs.some((operator) => operators.has(operator));
  return isMasked ? 'as in networks of Hugging Face with an input "pixel_mask"' : undefined;
}

/** Every DETR that is published asks more. */
const fewestQueries = 20;
/** Softmax makes shares of a row that sum to 1, with this error in half precision. */
const sumTolerance = 0.01;

/** What the rows of an empty picture are for; undefined where they do not tell. */
function emptyPictureSays(values: Float32Array, columns: number): 'nothing' | 'each class' | undefined {
  const least = values.some(isLogit) ? 0 : 0.5;
  const rows = values.length / columns;
  let ofNothing = 0;
  let mostlyLast = 0;
  let unsure = 0;
  let shared = 0;
  for (let row = 0; row < values.length; row += columns) {
    const numbers = values.subarray(row, row + columns);
    const most = numbers.reduce((largest, value) => Math.max(largest, value));
    const isLast = numbers.indexOf(most) === columns - 1;
    if (isLast) mostlyLast++;
    if (isLast && most > least) ofNothing++;
    if (most < least) unsure++;
    if (least > 0 && Math.abs(numbers.reduce((sum, value) => sum + value) - 1) < sumTolerance) shared++;
  }
  if (2 * ofNothing >= rows || shared === rows) return 'nothing';
  return 2 * unsure >= rows && 2 * mostlyLast < rows ? 'each class' : undefined;
}

/** Writes each row's shares. */
function softmax(values: Float32Array, columns: number, shares: Float32Array): void {
  for (let row = 0; row < values.length; row += columns) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = row; at < row + columns; at++) largest = Math.max(largest, values[at]!);
    let sum = 0;
    for (let at = row; at < row + columns; at++) sum += Math.exp(values[at]! - largest);
    for (let at = row; at < row + columns; at++) shares[at] = Math.exp(values[at]! - largest) / sum;
  }
}

/** Rows of six of an RT-DETR whose metadata are lost: those of others are corners. */
function areCentredShares(values: Float32Array | undefined, columns: number | undefined): boolean {
  if (values === undefined || columns !== boxColumns || !areCrossed(values, columns)) return false;
  return values.every((value, at) => at % columns > 3 || (value >= 0 && value <= largestShare));
}

function whyQueries(hints: NetworkHints): string {
  if (hints.namedLayout === 'detr') return 'as its card says';
  return isDetrOfUltralytics(hints) ? 'as its metadata say' : 'as its boxes for an empty picture are centres and sizes';
}

function recogniseUltralytics({ input, outputs, hints, firstRun }: Head): Decoder | undefined {
  const rows = finishedRows(outputs);
  const isShown =
    hints.namedLayout === undefined &&
    areCentredShares(firstRun?.[0], rows?.columns) &&
    !(rows?.columns === boxColumns && beginWithClass(firstRun?.[0], boxColumns));
  const isNamed = hints.namedLayout === 'detr' || isDetrOfUltralytics(hints) || isShown;
  if (rows === undefined || outputs.length !== 1 || !isNamed || rows.boxes > mostQueries) return undefined;
  const { columns, boxes, output } = rows;
  const { widthPx, heightPx } = input;
  const because = `"${output.name}" answers ${boxes} queries, ${whyQueries(hints)}`;
  const column = (first: number) => ({ output: 0, first, columns });
  // Of two classes, four and two make six as well; those who name the head put score and class there.
  const isNumbered = hints.metadata['head'] !== undefined || hints.statedClasses !== boxColumns - 4;
  if (columns === boxColumns && isNumbered && !(isShown && endInFractions(firstRun?.[0], columns))) {
    const guessed = guessClasses(hints, 80);
    return {
      layout: 'detr',
      classCount: guessed.classCount,
      outputIndexes: [0],
      conventions: stretchedInput,
      because: `${because}; ${guessed.because}`,
      ...readFinishedBoxes({
        sides: column(0),
        sideOrder: 'centred',
        sideUnit: { xPx: widthPx, yPx: heightPx },
        scores: column(4),
        classes: column(5),
        firstClass: hints.statedFirstClass ?? 0,
      }),
    };
  }
  const classCount = columns - 4;
  const stray = (values: Float32Array) =>
    strayScore(values, { rows: boxes, first: 4, rowStep: columns, classCount, classStep: 1 });
  // Pixels, classes and angles are no scores, whatever a card says.
  const given = firstRun?.[outputs.indexOf(output)];
  if (hints.namedLayout === 'detr' && given !== undefined && stray(given) !== undefined) return undefined;
  return {
    layout: 'detr',
    classCount,
    capacity: boxes,
    outputIndexes: [0],
    lengths: 'fixed',
    suppression: 'done',
    conventions: stretchedInput,
    because,
    ...readScoredRows({
      ...{ classCount, rows: boxes, scores: column(4) },
      add(into, [values], row, score, classId) {
        const at = row * columns;
        into.addCentred(
          values![at]! * widthPx,
          values![at + 1]! * heightPx,
          values![at + 2]! * widthPx,
          values![at + 3]! * heightPx,
          ...([score, classId, row] as const),
        );
      },
    }),
    judgeScores: ([values]) => judgeRows(values!, columns, 4),
    strayScore: ([values]) => stray(values!),
  };
}
