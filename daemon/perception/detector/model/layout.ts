import { ToldError } from '../../../platform/user-error.ts';
import { trouble } from '../../../protocol/troubles.ts';
import type { Decoder, Head, LayoutRecogniser, NetworkHints, OutputShape } from '../decode/decoder.ts';
import { detr } from '../decode/detr.ts';
import { recognisers } from '../decode/recognisers.ts';
import { type InputConventions, levelScale, unitScale } from '../preprocess/input-format.ts';
import { firstShapes } from '../runtime/first-of-batch.ts';
import type { TensorInfo } from '../runtime/runtime.ts';
import { readAnchorHead, readBoxHead } from './box-head.ts';
import { cocoLabelsByNumber } from './coco-labels.ts';
import { asNamed, guessHead, guessNumbers } from './guess-head.ts';
import { statedLabels } from './labels.ts';
import { mmdetectionHeadOf } from './mmdetection-head.ts';
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

/**
 * Of the convolutions of a head with anchors; Darknet's converters number theirs.
 * @see https://github.com/ultralytics/yolov5/blob/master/models/yolo.py (Detect.m)
 */
const nameOfYoloHead = /(^|[./])model[./]\d+[./]m[./]\d+[./](weight|bias)$/;

/**
 * Between backbone and transformer; RT-DETR has one before its encoder, and another before its decoder, and names them so.
 * @see https://github.com/huggingface/transformers/blob/main/src/transformers/models/conditional_detr/modeling_conditional_detr.py (input_projection)
 * @see https://github.com/huggingface/transformers/blob/main/src/transformers/models/deformable_detr/modeling_deformable_detr.py (input_proj)
 */
const nameOfDetrProjection = /(^|[./])(input_projection|model[./]input_proj[./]\d+)[./]/;

export function hintsOf(model: ModelFile): NetworkHints {
  const { metadata, outputOrigin, outputOperators, partOperators, lastProducts, addedNumbers, stem, weights } =
    model.facts;
  const stated = statedLabels(model)?.labels;
  const picture = pictureAmong(model.facts.inputs);
  return {
    task: statedTask(metadata['task']),
    statedClasses: stated?.length,
    namedLayout: model.card?.content.layout,
    anchors: statedAnchorsOf(model),
    keypoints: model.card?.content.keypoints,
    boxUnit: model.card?.content.boxes,
    statedBackground: stated !== undefined && beginWithBackground(stated),
    metadata,
    pictureName: picture?.name,
    otherInputs: model.facts.inputs.filter((input) => input !== picture).map(({ name }) => name),
    operators: model.facts.operatorsBehindPicture,
    backbone: model.facts.backbone,
    hasYoloNames: weights.some(({ name }) => nameOfYoloHead.test(name)),
    outputOrigin,
    outputOperators,
    partOperators,
    lastProducts,
    addedNumbers,
    joinedProducts: model.facts.joinedProducts,
    statedFirstClass: model.card?.content.firstClass,
    firstClass: model.facts.firstClass,
    boxHead: readBoxHead(weights) ?? readAnchorHead(weights),
    isEfficientDet: weights.some(({ name }) => nameOfEfficientDet.test(name)),
    hasDetrNames: weights.some(({ name }) => nameOfDetrProjection.test(name)),
    mmdetectionHead: mmdetectionHeadOf(weights),
    isKerasRetinaNet: weights.some(({ name }) => nameOfKerasRetinaNet.test(name)),
    meanOrder: stem?.meanOrder,
    expects: scaleExpectedBy(stem) ?? scaleQuantisedBy(model.facts.pictureQuantisation),
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
  const { keypoints } = head.hints;
  const task = keypoints === undefined ? head.hints.task : 'pose';
  const isOfTask = (recogniser: LayoutRecogniser) => task === undefined || task === (recogniser.task ?? 'detect');
  const known = recognisers.filter(({ layout }) => layout === (named ?? layout));
  // Whoever names the layout in a card knows better than the metadata.
  const candidates = named === undefined || keypoints !== undefined ? known.filter(isOfTask) : known;
  for (const recogniser of candidates) {
    const decoder = recogniser.recognise(head);
    if (decoder === undefined) continue;
    const usual = scaledAsExpected(decoder.conventions, head.hints);
    return { ...decoder, conventions: { ...usual, ...statedPictures(head.hints.metadata) } };
  }
  const points = keypoints && `"keypoints": [${keypoints.join(', ')}], which must leave a box and at least one class`;
  const stated = [named, points].filter((each) => each !== undefined).join(' and ');
  const says = stated === '' ? undefined : `its card ${model.card?.file} says ${stated}${whyNotNamed(head)}`;
  const cause = says ?? taskOf(head.hints) ?? guessHead(head);
  // All layouts there are would drown a cause; the few that a card or a task leaves belong to it.
  const isOfFew = candidates.length > 0 && (says !== undefined || taskOf(head.hints) !== undefined);
  const listed = cause !== undefined && !isOfFew ? [] : candidates.length > 0 ? candidates : known;
  throw new ToldError(
    trouble('network-layout-unknown', { file: model.file }),
    `the head of ${model.file} fits no layout that is known.\n` +
      `Found inputs: ${listTensors(inputs)}; outputs: ${listTensors(head.outputs)}.\n` +
      `${expectedText(head, listed)}\n${cause === undefined ? likelyCure(model, head) : `The cause: ${cause}.`}`,
  );
}

function expectedText({ input }: Head, listed: readonly LayoutRecogniser[]): string {
  const size = `an input of ${input.widthPx}x${input.heightPx}`;
  if (listed.length === 0) return `Expected for ${size}: the head of a detector, in a layout of docs/networks.md.`;
  return `Expected for ${size} one of:${listed.map((recogniser) => `\n  ${recogniser.expected(input)}`).join('')}`;
}

/** What may help where no cause is known for sure. */
function likelyCure(model: ModelFile, head: Head): string {
  const likely = guessNumbers(head);
  if (likely !== undefined) return `The likely cause: ${likely}. Or change ${whereNamed}.`;
  return `${nameable(model, head) ?? 'Export'} the network as a plain detector (\`yolo export format=onnx\`), or change ${whereNamed}.`;
}

/** Why a head is not what its card says, and what helps. */
function whyNotNamed(head: Head): string {
  const { namedLayout } = head.hints;
  const isOfNumbers =
    namedLayout === 'detr' && asNamed({ ...head, firstRun: undefined }, detr.recognise, namedLayout) !== undefined;
  const why = isOfNumbers ? ', and behind its boxes stand numbers that can be no scores, which are 0 to 1' : '';
  return `${why}: name what it is, or leave that out, for the car to find out`;
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
    case 'pose':
      return 'its metadata say that it is made to pose; say of how many points and numbers in its card, as kpt_shape would: "keypoints": [17, 3]';
    case 'obb':
      return 'it finds oriented boxes, task "obb", and the car knows upright ones only: train a plain detector';
    case 'semantic':
    case 'depth':
      return `it says something of each pixel, task "${task}", and finds no objects: take one that was trained to detect, and change ${whereNamed}`;
    default:
      return `its metadata say that it is made to ${task}, and its head is of another kind: export it anew as its trainer does, or take a detector, and change ${whereNamed}`;
  }
}
