import { plural } from '../../../platform/plural.ts';
import { UserError } from '../../../platform/user-error.ts';
import { mayBeAngleBins, takesAngles } from '../decode/angles.ts';
import { classesOfYolov1 } from '../decode/classification.ts';
import { cornerGrids } from '../decode/corner-grids.ts';
import { darknet } from '../decode/darknet.ts';
import { darknetBoxes } from '../decode/darknet-boxes.ts';
import { darknetRawHeads } from '../decode/darknet-raw-heads.ts';
import type { Decoder, Head, LayoutName, LayoutRecogniser } from '../decode/decoder.ts';
import { detr } from '../decode/detr.ts';
import { areDistanceHeads } from '../decode/distance-heads.ts';
import { beginWithClass, boxColumns, finishedRows, maySuppress } from '../decode/finished-rows.ts';
import { showNothing } from '../decode/nms-free.ts';
import { haveOwnAnchors, holdsMish } from '../decode/raw-head-family.ts';
import { ssd } from '../decode/ssd.ts';
import { yoloRawHeads } from '../decode/yolo-raw-heads.ts';
import { yolov2 } from '../decode/yolov2.ts';
import { yolov5 } from '../decode/yolov5.ts';
import { yolov8 } from '../decode/yolov8.ts';
import { strideSetsOfYolox } from '../decode/yolox.ts';
import { yoloxRawHeads } from '../decode/yolox-raw-heads.ts';
import { guessUndecoded } from './guess-undecoded.ts';

/** A box, classes, and more. */
const fewestOtherParts = 3;

/** Why a head that fits no layout may fit none, for people: what it is like, and what its card or its export could say. */
export function guessHead(head: Head): string | undefined {
  return (
    guessAngles(head) ??
    guessOrientedRows(head) ??
    guessAngleBins(head) ??
    guessParts(head) ??
    guessDistances(head) ??
    guessClassFirst(head) ??
    guessEmptyRows(head) ??
    guessReaches(head) ??
    guessShifts(head) ??
    guessRegions(head) ??
    guessMish(head) ??
    guessOwnAnchors(head) ??
    guessUndecoded(head) ??
    guessSeven(head) ??
    guessPoints(head)
  );
}

/** What a layout makes of a head when its card names it. */
export function asNamed(
  head: Head,
  recognise: LayoutRecogniser['recognise'],
  namedLayout: LayoutName,
): Decoder | undefined {
  try {
    return recognise({ ...head, hints: { ...head.hints, namedLayout } });
  } catch (error) {
    // Anchors that a card lists may fit none.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** A head of v8 but for the angle behind its scores. */
function guessAngles(head: Head): string | undefined {
  if (!takesAngles(head.hints) || asNamed(head, yolov8.recognise, 'yolov8') === undefined) return undefined;
  return (
    'its graph takes sines and cosines, as that of oriented boxes (`-obb`) does, and the car knows upright ones ' +
    'only: train a plain detector; if it is one, say "layout": "yolov8" in its card'
  );
}

/** A box, its score, its class and its angle. */
const orientedColumns = 7;

/** Rows that a network chose itself, with one number behind the class. */
function guessOrientedRows({ outputs, hints }: Head): string | undefined {
  if (!takesAngles(hints) || finishedRows(outputs)?.columns !== orientedColumns) return undefined;
  return (
    'its graph takes sines and cosines, and its rows have one number more than a box, its score and its class, as those of ' +
    'oriented boxes (`-obb`) have for the angle, and the car knows upright ones only: train a plain detector'
  );
}

/** Rows that a network chose itself, of which nothing tells what the number over six is. */
function guessSeven(head: Head): string | undefined {
  const rows = head.outputs.length === 1 ? finishedRows(head.outputs) : undefined;
  if (rows?.columns !== orientedColumns || !maySuppress(rows, head)) return undefined;
  const mayBeDetr = asNamed(head, detr.recognise, 'detr') !== undefined;
  const ifDetr = mayBeDetr
    ? '; or, of a DETR, a box and the scores of three classes: only then say "layout": "detr" in its card, and name the three, "classes"'
    : '';
  return (
    "its rows have seven numbers. They may be the picture's number, a box, its score and its class, as those of Google's EfficientDet: export " +
    'it with x1, y1, x2, y2, score and class alone; or a box, its score, its class and its angle, as those of oriented boxes: the car knows ' +
    `upright ones only, train a plain detector${ifDetr}`
  );
}

const ifPoints = pointsCure('[17, 3]');

/** @param shape what the card would say */
function pointsCure(shape: string): string {
  return `If they are points (\`-pose\`), say how many of how many numbers in its card, as the metadata's kpt_shape would: "keypoints": ${shape}`;
}

/** Rows that a network chose itself, with more numbers than a box, its score and its class have. */
function guessPoints(head: Head): string | undefined {
  const rows = head.outputs.length === 1 ? finishedRows(head.outputs) : undefined;
  const numbers = (rows?.columns ?? 0) - boxColumns;
  if (
    rows === undefined ||
    rows.boxes < rows.columns ||
    !maySuppress(rows, head) ||
    numbers < 2 ||
    (numbers % 2 !== 0 && numbers % 3 !== 0)
  )
    return undefined;
  const shapes = [3, 2].flatMap((each) => (numbers % each === 0 ? [`[${numbers / each}, ${each}]`] : []));
  const mayBeDetr = asNamed(head, detr.recognise, 'detr') !== undefined;
  const ifDetr = mayBeDetr ? '; if they are a DETR\'s boxes and the scores of its classes, "layout": "detr"' : '';
  return `its rows have ${numbers} numbers more than a box, its score and its class. ${pointsCure(shapes.join(' or '))}${ifDetr}`;
}

function guessAngleBins(head: Head): string | undefined {
  const classCount = asNamed(head, yolov5.recognise, 'yolov5')?.classCount;
  if (classCount === undefined || !mayBeAngleBins(head.hints, classCount)) return undefined;
  return (
    `behind its boxes stand ${classCount} numbers, and oriented boxes (yolov5-obb) have 180 for their angle beside the ` +
    'classes: the car knows upright ones only. If all of them are classes, name them in its card: "classes"'
  );
}

/** A head of v8 but for what its graph puts together (`cellKind`), of which its shape says nothing. */
function guessParts(head: Head): string | undefined {
  const decoder = asNamed(head, yolov8.recognise, 'yolov8');
  const [index = 0] = decoder?.outputIndexes ?? [];
  const parts = head.hints.lastProducts?.get(head.outputs[index]?.name ?? '') ?? [];
  const kinds = [...new Set(parts)];
  if (decoder === undefined || kinds.length < fewestOtherParts) return undefined;
  return (
    `its graph puts each cell's numbers together from parts of ${kinds.join(', ')}: a box, its classes, and something else, such as an ` +
    'objectness, points or the angle of an oriented box, which the car does not read in this order. If all but the box are ' +
    `classes, say "layout": "yolov8" in its card. ${ifPoints}`
  );
}

function guessDistances(head: Head): string | undefined {
  if (asNamed(head, yoloxRawHeads.recognise, 'yolox-raw-heads') === undefined) return undefined;
  if (!strideSetsOfYolox.some((strides) => areDistanceHeads(head, strides))) return undefined;
  return (
    'its grids have four numbers, one, and a score a class, as those of FCOS and ATSS do: distances to the four sides, or shifts ' +
    'of anchors, and a centre-ness, which the car does not know; export it with its boxes decoded. If they are boxes and objectness of a ' +
    'YOLOX, say "layout": "yolox-raw-heads" in its card'
  );
}

function guessShifts(head: Head): string | undefined {
  const named = asNamed(head, ssd.recognise, 'ssd');
  if (named === undefined) return undefined;
  if (ssd.recognise({ ...head, firstRun: undefined }) === undefined) {
    return (
      'its scores had a sigmoid each, as those of RetinaNet and EfficientDet, of which the first is a class, or of TensorFlow, of which it ' +
      'is the background: list its labels in its card, "classes", the first of them "background" where it is'
    );
  }
  if (head.firstRun === undefined) return undefined;
  return (
    'its boxes would end before they begin, as shifts of anchors do that were not yet made boxes of: export it with its boxes ' +
    'decoded. If they are corners, say "layout": "ssd" in its card'
  );
}

/** Rows of six, in another order than the car reads. */
function guessClassFirst({ outputs, firstRun }: Head): string | undefined {
  const rows = finishedRows(outputs);
  if (rows?.columns !== boxColumns || !beginWithClass(firstRun?.[outputs.indexOf(rows.output)], boxColumns))
    return undefined;
  return (
    "its rows begin with a class and a score, and their box stands behind them, as those of Keras' SSDs do, which also take their " +
    'pictures each in its own way; the car reads box, score and class: export it with its columns in this order, and say in its card ' +
    'how it takes pictures: "input"'
  );
}

/** Rows of six, in an order that nothing tells. */
function guessEmptyRows({ outputs, hints, firstRun }: Head): string | undefined {
  const rows = finishedRows(outputs);
  if (rows?.columns !== boxColumns || !showNothing(hints, firstRun?.[outputs.indexOf(rows.output)])) return undefined;
  return (
    "all of its rows are zeros for an empty picture, so that nothing tells whether they begin with their box or, as those of Keras' SSDs, " +
    'with their class: if they are x1, y1, x2, y2, score and class, say "layout": "nms-free" in its card; else export it with its columns ' +
    'in this order'
  );
}

/** A head that passes for one of these until its numbers are seen, of which they ask for this alone (`areUndecoded`). */
function guessReaches(head: Head): string | undefined {
  if (head.firstRun === undefined) return undefined;
  const unseen: Head = { ...head, firstRun: undefined };
  const [decoder] = [yolov8, yolov5, cornerGrids, darknet, darknetBoxes].flatMap(
    (each) => each.recognise(unseen) ?? [],
  );
  if (decoder === undefined) return undefined;
  return (
    'the four numbers of each of its cells are no box: those for an empty picture have nothing to do with where the cell is, as distances to ' +
    'the sides have not (the mean of a distribution, DFL, in strides or in pixels), nor shifts of anchors, raw numbers that were not yet ' +
    `made a box of, and boxes whose y stands before their x: export it with its boxes decoded. If they are boxes, say "layout": "${decoder.layout}" in its card`
  );
}

/** A grid as YOLOv2 has it, whose anchors nobody knows. */
function guessRegions(head: Head): string | undefined {
  const anchors = { perGrid: [new Array<number>(10).fill(1)], where: 'nowhere' };
  const classCount = yolov2.recognise({ ...head, hints: { ...head.hints, anchors } })?.classCount;
  if (classCount === undefined) return undefined;
  return (
    `its grid has 5 times 5 + ${classCount} numbers a cell, as that of a YOLOv2 of ${plural(classCount, 'class', 'es')} has, whose five anchors ` +
    'stand in no ONNX file: name them in its card, "anchors": [[width, height, width, height, …]], ten numbers in network pixels, ' +
    'which are those of its .cfg times 32'
  );
}

/** Raw heads whose anchors nobody knows (`haveOwnAnchors`). */
function guessOwnAnchors(head: Head): string | undefined {
  const anchors = { perGrid: [0, 0].map(() => new Array<number>(6).fill(1)), where: 'nowhere' };
  const known: Head = { ...head, hints: { ...head.hints, anchors } };
  const unfit = haveOwnAnchors(head.hints, [16, 32]) && head.hints.anchors === undefined;
  if (!unfit || [yoloRawHeads, darknetRawHeads].every((each) => each.recognise(known) === undefined)) return undefined;
  return (
    'its grids of strides 16 and 32 have three anchors a cell, and its graph adds features to others, as that of Yolo-Fastest does and those of ' +
    'YOLOv3-tiny and YOLOv4-tiny do not: name its own anchors in its card, "anchors": [[width, height, width, height, …], […]], six numbers ' +
    'a grid in network pixels, that of stride 16 first, which are those of its .cfg'
  );
}

/** Raw heads of a family that its graph leaves open (`familyOf`). */
function guessMish(head: Head): string | undefined {
  if (!holdsMish(head.hints) || asNamed(head, yoloRawHeads.recognise, 'yolo-raw-heads') === undefined) return undefined;
  return (
    'its graph holds Mish and no LeakyRelu, as those of Scaled-YOLOv4 and of variants of YOLOv4 do, which make their boxes differently ' +
    'of the same numbers: say in its card "layout": "yolo-raw-heads" for the former (sizes are (2 sigmoid)² anchors, `new_coords=1`), ' +
    '"darknet-raw-heads" for the latter (e^t anchors), and "anchors" where they are not YOLOv4\'s'
  );
}

/** More than that are not a few. */
const manyNumbers = 20;

/** What numbers may be that are neither boxes nor classes for sure: no more than a likely cause. */
export function guessNumbers({ outputs }: Head): string | undefined {
  const [first, ...others] = outputs;
  if (first === undefined || !outputs.every(({ shape }) => shape.length === 2)) return undefined;
  const count = first.shape[1] ?? 0;
  const classCount = others.length === 0 ? classesOfYolov1(count) : undefined;
  const cure = 'if they are classes, name them in its card, "classes", or say "layout": "classification" there';
  if (classCount !== undefined) {
    return (
      `its ${count} numbers are 7 times 7 cells' two boxes and ${plural(classCount, 'class', 'es')}, as a YOLOv1 has them, whose networks ` +
      `put them in several orders: the car does not read such; ${cure}`
    );
  }
  return `it gives ${count > manyNumbers ? 'numbers that may be features or places' : 'a few numbers'}, as a driver or a classifier does; ${cure}`;
}
