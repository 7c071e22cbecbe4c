import { UserError } from '../../../platform/user-error.ts';
import { darknet } from '../decode/darknet.ts';
import { darknetBoxes } from '../decode/darknet-boxes.ts';
import { darknetRawHeads } from '../decode/darknet-raw-heads.ts';
import type { Decoder, Head, LayoutRecogniser, NetworkHints, OutputShape } from '../decode/decoder.ts';
import { endToEnd } from '../decode/end-to-end.ts';
import { modelZooYolov3 } from '../decode/model-zoo-yolov3.ts';
import { nanodet } from '../decode/nanodet.ts';
import { nmsFree } from '../decode/nms-free.ts';
import { ssd } from '../decode/ssd.ts';
import { tensorrtNms } from '../decode/tensorrt-nms.ts';
import { yoloRawHeads } from '../decode/yolo-raw-heads.ts';
import { yolov5 } from '../decode/yolov5.ts';
import { yolov8 } from '../decode/yolov8.ts';
import { yolox } from '../decode/yolox.ts';
import type { TensorInfo } from '../runtime/runtime.ts';
import { statedLabels } from './labels.ts';
import type { ModelFile } from './model-file.ts';
import { listTensors } from './network-input.ts';

/** Tried in this order; the first that fits is taken. */
const recognisers: readonly LayoutRecogniser[] = [
  yolov8,
  yolov5,
  nmsFree,
  endToEnd,
  tensorrtNms,
  modelZooYolov3,
  ssd,
  nanodet,
  yolox,
  yoloRawHeads,
  darknet,
  darknetBoxes,
  darknetRawHeads,
];

/**
 * A first convolution this much moved by its input was made for pictures of 0..1, one less for levels of 0..255. Networks
 * that people use lie at 20 to 80 and at 0.1 to 0.5.
 */
const unitSensitivity = 4;

export function hintsOf(model: ModelFile): NetworkHints {
  const { metadata, operators, stem } = model.facts;
  const stated = statedLabels(model)?.labels;
  return {
    task: metadata['task'],
    statedClasses: stated?.length,
    namedLayout: model.card?.content.layout,
    anchors: statedAnchorsOf(model),
    statedBackground: /^[^a-z]*(background|bg)[^a-z]*$/i.test(stated?.[0] ?? ''),
    metadata,
    operators,
    expects: stem === undefined ? undefined : stem.sensitivity > unitSensitivity ? 'unit' : 'levels',
  };
}

function statedAnchorsOf({ card }: ModelFile): NetworkHints['anchors'] {
  const perGrid = card?.content.anchors;
  return card === undefined || perGrid === undefined ? undefined : { perGrid, where: `"anchors" in ${card.file}` };
}

/**
 * The decoder for a network's outputs.
 * @throws UserError that lists the outputs and what was expected, when they fit no layout.
 */
export function recogniseLayout(model: ModelFile, inputs: readonly TensorInfo[], head: Head): Decoder {
  const named = model.card?.content.layout;
  const candidates = named === undefined ? recognisers : recognisers.filter(({ layout }) => layout === named);
  const hint = named === undefined ? guessNetwork(head) : undefined;
  for (const recogniser of candidates) {
    const decoder = hint === undefined ? recogniser.recognise(head) : undefined;
    if (decoder !== undefined) return decoder;
  }
  const says = named === undefined ? undefined : `its card ${model.card?.file} says ${named}`;
  const looksLike = hint ?? says ?? taskOf(head.hints);
  throw new UserError(
    `the head of ${model.file} fits no layout that is known${looksLike === undefined ? '' : ` (${looksLike})`}.\n` +
      `Found inputs: ${listTensors(inputs)}; outputs: ${listTensors(head.outputs)}.\n` +
      `Expected for an input of ${head.input.widthPx}x${head.input.heightPx}: ` +
      `${candidates.map((recogniser) => recogniser.expected(head.input)).join('; or ')}.\n` +
      'Export the network as a plain detector (`yolo export format=onnx`), or change detector.modelFile or --model.',
  );
}

function taskOf({ task }: NetworkHints): string | undefined {
  return task === undefined ? undefined : `its metadata say that it is made to ${task}`;
}

/** Names the neighbours that are often given by mistake, and those whose shape alone would pass for a detector's. */
function guessNetwork({ outputs, hints }: Head): string | undefined {
  const [first] = outputs;
  if (first === undefined) return 'it has no output';
  const { shape } = first;
  // Boxes of an end-to-end export are rows of seven; a single row of seven may be anything's, and no recogniser takes it.
  const mayBeRows = shape[1] === 7 && (shape[0] !== 1 || hints.operators.has('NonMaxSuppression'));
  if (outputs.length === 1 && shape.length === 2 && !mayBeRows) return 'it looks like a classification network';
  if (outputs.length === 2 && shape.length === 3 && isPicture(outputs[1]))
    return 'it looks like a segmentation network';
  if (hints.task !== undefined && hints.task !== 'detect') return taskOf(hints);
  if (shape.length === 3 && shape[1] === 56 && hints.statedClasses !== 52) {
    return 'it looks like a pose network of 17 keypoints; if it is a detector of 52 classes, name them in its card';
  }
  return undefined;
}

/** Prototypes of masks have a width and a height; Darknet's boxes have four dimensions as well. */
function isPicture(output: OutputShape | undefined): boolean {
  return output?.shape.length === 4 && output.shape[2]! > 1;
}
