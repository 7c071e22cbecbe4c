import { plural } from '../../../platform/plural.ts';
import { ToldError, UserError } from '../../../platform/user-error.ts';
import { trouble } from '../../../protocol/troubles.ts';
import { mayBeAngleBins, takesAngles } from '../decode/angles.ts';
import { cornerGrids } from '../decode/corner-grids.ts';
import type { Decoder, Head, LayoutName, LayoutRecogniser, NetworkHints, OutputShape } from '../decode/decoder.ts';
import { areDistanceHeads } from '../decode/distance-heads.ts';
import { recognisers } from '../decode/recognisers.ts';
import { ssd } from '../decode/ssd.ts';
import { yolov2 } from '../decode/yolov2.ts';
import { yolov5 } from '../decode/yolov5.ts';
import { yolov8 } from '../decode/yolov8.ts';
import { strideSetsOfYolox } from '../decode/yolox.ts';
import { yoloxRawHeads } from '../decode/yolox-raw-heads.ts';
import { type InputConventions, levelScale, unitScale } from '../preprocess/input-format.ts';
import { firstShapes } from '../runtime/first-of-batch.ts';
import type { TensorInfo } from '../runtime/runtime.ts';
import { readBoxHead } from './box-head.ts';
import { cocoLabelsByNumber } from './coco-labels.ts';
import { statedLabels } from './labels.ts';
import { cardFileOf, type ModelFile, whereNamed } from './model-file.ts';
import { listTensors, recogniseInput } from './network-input.ts';
import type { OnnxTensorFacts } from './onnx-facts.ts';
import type { Quantisation } from './onnx-quantisation.ts';
import type { StemFacts } from './onnx-stem.ts';
import { pictureAmong } from './picture-input.ts';

/**
 * A first convolution more moved by its input than this was made for pictures of 0..1, one less than `levelSensitivity` for
 * levels of 0..255. Networks that people use lie at 20 to 80 and at 0.1 to 0.5; untrained ones in between.
 */
const unitSensitivity = 4;
const levelSensitivity = 1;

/**
 * Parts of no other detector.
 * @see https://github.com/rwightman/efficientdet-pytorch/blob/master/effdet/efficientdet.py (EfficientDet.__init__)
 */
const nameOfEfficientDet = /(^|[./_])(bifpn|class_net|box_net)[./_]/i;

/**
 * Its two parts that stand on each level of its pyramid.
 * @see https://github.com/fizyr/keras-retinanet/blob/main/keras_retinanet/models/retinanet.py (default_submodels)
 */
const nameOfKerasRetinaNet = /pyramid_(classification|regression)|(classification|regression)_submodel/i;

export function hintsOf(model: ModelFile): NetworkHints {
  const { metadata, operatorsBehindPicture, outputOrigin, outputOperators, stem, pictureQuantisation, weights } =
    model.facts;
  const stated = statedLabels(model)?.labels;
  const picture = pictureAmong(model.facts.inputs);
  return {
    task: statedTask(metadata['task']),
    statedClasses: stated?.length,
    namedLayout: model.card?.content.layout,
    anchors: statedAnchorsOf(model),
    boxUnit: model.card?.content.boxes,
    statedBackground: stated !== undefined && beginWithBackground(stated),
    metadata,
    pictureName: picture?.name,
    otherInputs: model.facts.inputs.filter((input) => input !== picture).map(({ name }) => name),
    operators: operatorsBehindPicture,
    outputOrigin,
    outputOperators,
    statedFirstClass: model.card?.content.firstClass,
    firstClass: model.facts.firstClass,
    boxHead: readBoxHead(weights),
    isEfficientDet: weights.some(({ name }) => nameOfEfficientDet.test(name)),
    isKerasRetinaNet: weights.some(({ name }) => nameOfKerasRetinaNet.test(name)),
    meanOrder: stem?.meanOrder,
    expects: scaleExpectedBy(stem) ?? scaleQuantisedBy(pictureQuantisation),
  };
}

function scaleExpectedBy(stem: StemFacts | undefined): NetworkHints['expects'] {
  if (stem === undefined) return undefined;
  if (stem.sensitivity > unitSensitivity) return 'unit';
  return stem.sensitivity < levelSensitivity ? 'levels' : undefined;
}

/** Eight bits reach from one end of what was seen in training to the other: of 0..1, or of deviations from a mean; or of levels. */
function scaleQuantisedBy(quantisation: Quantisation | undefined): NetworkHints['expects'] {
  if (quantisation === undefined) return undefined;
  const reach = 255 * quantisation.scale;
  if (reach > 100) return 'levels';
  return reach > 0.5 && reach < 10 ? 'unit' : undefined;
}

/** Other exporters' words for what Ultralytics' `task` says. */
const otherWords: Readonly<Record<string, string>> = {
  ...{ detection: 'detect', 'object-detection': 'detect', object_detection: 'detect' },
  ...{ segmentation: 'segment', 'instance-segmentation': 'segment', instance_segmentation: 'segment' },
  ...{ classification: 'classify', 'image-classification': 'classify', cls: 'classify' },
  ...{ keypoints: 'pose', 'keypoint-detection': 'pose' },
};

const knownTasks: readonly string[] = ['detect', 'segment', 'pose', 'classify', 'obb', 'semantic', 'depth'];

/** What nobody knows says nothing. */
function statedTask(text: string | undefined): string | undefined {
  const word = text?.trim().toLowerCase() ?? '';
  return knownTasks.find((task) => task === (otherWords[word] ?? word));
}

function statedAnchorsOf({ card }: ModelFile): NetworkHints['anchors'] {
  const perGrid = card?.content.anchors;
  return card === undefined || perGrid === undefined ? undefined : { perGrid, where: `"anchors" in ${card.file}` };
}

function hasShape(tensor: OnnxTensorFacts): tensor is OnnxTensorFacts & TensorInfo {
  return tensor.shape !== undefined;
}

/** Outputs whose every dimension is written in the file; undefined when one is not, and only a run will show it. */
export function staticShapes(outputs: readonly TensorInfo[]): OutputShape[] | undefined {
  const shapes = outputs.map(({ name, type, shape }) => ({
    name,
    type,
    shape: shape.filter((side) => typeof side === 'number'),
  }));
  const known = shapes.every((output, index) => output.shape.length === outputs[index]!.shape.length);
  return known && shapes.every((output) => output.shape.length > 0) ? shapes : undefined;
}

/**
 * A car that takes a whole picture for a box sees every "person" or "stop sign" right before its bumper.
 * @throws UserError for a network whose boxes are no places.
 */
export function requirePlaces(model: ModelFile, decoder: Decoder): void {
  if (decoder.places !== 'none') return;
  throw new ToldError(
    trouble('network-without-places', { file: model.file }),
    `${model.file} says what a picture shows, but not where (layout ${decoder.layout}): no car can drive by it. ` +
      `Right would be a detector, as models/ has one; change ${whereNamed}. For pictures: \`jetson-car detect\`.`,
  );
}

/**
 * Whether a car can drive by the network, as far as the file says without running it.
 * @throws UserError for one that is no detector.
 */
export function checkDrivable(model: ModelFile): void {
  const inputs = model.facts.inputs.filter(hasShape);
  const outputs = model.facts.outputs.filter(hasShape);
  const shapes = staticShapes(outputs);
  // A file may leave shapes out; then a run has to show them.
  const areStated = inputs.length === model.facts.inputs.length && outputs.length === model.facts.outputs.length;
  if (shapes === undefined || !areStated) return;
  const input = recogniseInput(model, inputs);
  const firsts = firstShapes(shapes, input.pictures);
  requirePlaces(model, recogniseLayout(model, inputs, { input, outputs: firsts, hints: hintsOf(model) }));
}

/**
 * The decoder for a network's outputs.
 * @throws UserError that lists the outputs and what was expected, when they fit no layout.
 */
export function recogniseLayout(model: ModelFile, inputs: readonly TensorInfo[], head: Head): Decoder {
  const named = model.card?.content.layout;
  const { task } = head.hints;
  const isOfTask = (recogniser: LayoutRecogniser) => task === undefined || task === (recogniser.task ?? 'detect');
  const known = recognisers.filter(({ layout }) => layout === (named ?? layout));
  // Whoever names the layout in a card knows better than the metadata.
  const candidates = named === undefined ? known.filter(isOfTask) : known;
  for (const recogniser of candidates) {
    const decoder = recogniser.recognise(head);
    if (decoder === undefined) continue;
    const usual = scaledAsExpected(decoder.conventions, head.hints);
    return { ...decoder, conventions: { ...usual, ...statedPictures(head.hints.metadata) } };
  }
  const says = named === undefined ? undefined : `its card ${model.card?.file} says ${named}`;
  const looksLike =
    says ??
    taskOf(head.hints) ??
    guessAngles(head) ??
    guessAngleBins(head) ??
    guessDistances(head) ??
    guessReaches(head) ??
    guessShifts(head) ??
    guessRegions(head) ??
    guessNumbers(head);
  const cure = looksLike === undefined ? nameable(model, head) : undefined;
  const expected = (candidates.length > 0 ? candidates : known)
    .map((recogniser) => `\n  ${recogniser.expected(head.input)}`)
    .join('');
  throw new ToldError(
    trouble('network-layout-unknown', { file: model.file }),
    `the head of ${model.file} fits no layout that is known${looksLike === undefined ? '' : ` (${looksLike})`}.\n` +
      `Found inputs: ${listTensors(inputs)}; outputs: ${listTensors(head.outputs)}.\n` +
      `Expected for an input of ${head.input.widthPx}x${head.input.heightPx} one of:${expected}\n` +
      `${cure ?? 'Export'} the network as a plain detector (\`yolo export format=onnx\`), or change ${whereNamed}.`,
  );
}

/** What a card could say for the network to be read: layouts that its shapes allow, of which only the user knows which it is. */
function nameable({ file }: ModelFile, head: Head): string | undefined {
  const layouts = recognisers.flatMap(({ recognise, layout }) =>
    asNamed(head, recognise, layout) === undefined ? [] : [layout],
  );
  if (layouts.length === 0) return undefined;
  const names = layouts.map((layout) => `"${layout}"`).join(', ');
  return (
    `If you know that it is ${layouts.length === 1 ? names : `one of ${names}`}, say so, with its labels: in a card beside it, ` +
    `${cardFileOf(file)}, {"layout": ${names.split(',')[0]}, "classes": ["…", "…"]}, or by \`jetson-car models add ${file} ` +
    `--layout ${layouts[0]} --classes "…,…"\`. Or export`
  );
}

function asNamed(head: Head, recognise: LayoutRecogniser['recognise'], namedLayout: LayoutName): Decoder | undefined {
  try {
    return recognise({ ...head, hints: { ...head.hints, namedLayout } });
  } catch (error) {
    // Anchors that a card lists may fit none.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const statedOrders: Readonly<Record<string, InputConventions['channels']>> = { Bgr8: 'bgr', Rgb8: 'rgb' };
const statedRanges: Readonly<Record<string, Pick<InputConventions, 'mean' | 'deviation'>>> = {
  NominalRange_0_255: levelScale,
  Normalized_0_1: unitScale,
};

/**
 * How pictures are taken, as far as the network's metadata say it in ONNX's own words, as those of Azure Custom Vision do.
 * @see https://github.com/onnx/onnx/blob/main/docs/MetadataProps.md (Image Category Definition)
 */
export function statedPictures(metadata: NetworkHints['metadata']): Partial<InputConventions> {
  const channels = statedOrders[metadata['Image.BitmapPixelFormat'] ?? ''];
  const range = statedRanges[metadata['Image.NominalPixelRange'] ?? ''];
  return { ...(channels !== undefined && { channels }), ...range };
}

/** Layouts whose networks take 0..1 also come with the division by 255 in their graph: the first weights show it. */
function scaledAsExpected(usual: InputConventions, { expects }: NetworkHints): InputConventions {
  const isUnit =
    String(usual.mean) === String(unitScale.mean) && String(usual.deviation) === String(unitScale.deviation);
  return isUnit && expects === 'levels' ? { ...usual, ...levelScale } : usual;
}

/** By its name, or where it was left without one among COCO's numbers, as the cards that `models add` once wrote have it. */
function beginWithBackground(labels: readonly string[]): boolean {
  const [first = '', second] = labels;
  const isByNumber = labels.length === cocoLabelsByNumber.length && second === cocoLabelsByNumber[1];
  return /^[^a-z]*(background|bg)[^a-z]*$/i.test(first) || (first === 'class 0' && isByNumber);
}

function taskOf({ task }: NetworkHints): string | undefined {
  switch (task) {
    case undefined:
    case 'detect':
      return undefined;
    case 'obb':
      return 'it finds boxes that are turned, task "obb", and the car knows upright ones only: train a plain detector';
    case 'semantic':
    case 'depth':
      return `it says something of each pixel, task "${task}", and finds no objects`;
    default:
      return `its metadata say that it is made to ${task}`;
  }
}

/** A head of v8 but for the angle behind its scores. */
function guessAngles(head: Head): string | undefined {
  if (!takesAngles(head.hints) || asNamed(head, yolov8.recognise, 'yolov8') === undefined) return undefined;
  return (
    'its graph takes sines and cosines, as that of boxes which are turned (`-obb`) does, and the car knows upright ones ' +
    'only: train a plain detector; if it is one, say "layout": "yolov8" in its card'
  );
}

function guessAngleBins(head: Head): string | undefined {
  const classCount = asNamed(head, yolov5.recognise, 'yolov5')?.classCount;
  if (classCount === undefined || !mayBeAngleBins(head.hints, classCount)) return undefined;
  return (
    `behind its boxes stand ${classCount} numbers, and boxes which are turned (yolov5-obb) have 180 for their angle beside the ` +
    'classes: the car knows upright ones only. If all of them are classes, name them in its card: "classes"'
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
  if (head.firstRun === undefined || asNamed(head, ssd.recognise, 'ssd') === undefined) return undefined;
  return (
    'its boxes would end before they begin, as shifts of anchors do that were not yet made boxes of: export it with its boxes ' +
    'decoded. If they are corners, say "layout": "ssd" in its card'
  );
}

/** A head that passes for one of these until its numbers are seen, of which they ask for this alone (`areReaches`). */
function guessReaches(head: Head): string | undefined {
  if (head.firstRun === undefined) return undefined;
  const unseen: Head = { ...head, firstRun: undefined };
  const decoder = yolov8.recognise(unseen) ?? cornerGrids.recognise(unseen);
  if (decoder === undefined) return undefined;
  return (
    'the four numbers of each of its cells are no box: for an empty picture all lie within 16, as distances to the sides do that are ' +
    'counted in strides (the mean of a distribution, DFL) and were not yet made a box of: export it with its boxes decoded. ' +
    `If they are boxes, say "layout": "${decoder.layout}" in its card`
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

/** A few numbers that are neither boxes nor classes for sure. */
function guessNumbers({ outputs }: Head): string | undefined {
  if (outputs.length === 0 || !outputs.every(({ shape }) => shape.length === 2)) return undefined;
  return 'it gives a few numbers, as a driver or a classifier does; if they are classes, name them in its card';
}
