import { UserError } from '../../../platform/user-error.ts';
import type { Decoder, Head, LayoutRecogniser } from '../decode/decoder.ts';
import { yolov5 } from '../decode/yolov5.ts';
import { yolov8 } from '../decode/yolov8.ts';
import type { Size } from '../preprocess/letterbox.ts';
import type { InputFormat } from '../preprocess/preprocess.ts';
import type { TensorInfo } from '../runtime/runtime.ts';
import { statedLabels } from './labels.ts';
import type { ModelFile } from './model-file.ts';

/** Tried in this order; the first that fits is taken. */
const recognisers: readonly LayoutRecogniser[] = [yolov8, yolov5];

const smallestSidePx = 32;
const largestSidePx = 4096;

/**
 * What the network wants at its input. Dynamic sides are taken from the metadata's `imgsz`, else are 640.
 * @throws UserError when it is no picture of a usable size.
 */
export function recogniseInput(model: ModelFile, inputs: readonly TensorInfo[]): InputFormat {
  const input = inputs[0];
  const refuse = (why: string) =>
    new UserError(
      `${model.file} cannot be used as a detector: ${why}. Found inputs: ${listTensors(inputs)}. Expected one input, ` +
        'float32 or float16, [1, 3, height, width] or [1, height, width, 3]. Change detector.modelFile or --model.',
    );
  if (input === undefined || inputs.length !== 1) throw refuse(`it has ${inputs.length} inputs`);
  if (input.type !== 'float32' && input.type !== 'float16') throw refuse(`its input is ${input.type}`);
  const [batch, second, third, fourth] = input.shape;
  if (input.shape.length !== 4 || (typeof batch === 'number' && batch !== 1))
    throw refuse('its input is no single picture');
  const order = second === 3 ? 'nchw' : fourth === 3 ? 'nhwc' : undefined;
  if (order === undefined) throw refuse('its input has no side of 3 colours');
  const [height, width] = order === 'nchw' ? [third, fourth] : [second, third];
  const stated = statedSize(model);
  const heightPx = typeof height === 'number' ? height : stated.heightPx;
  const widthPx = typeof width === 'number' ? width : stated.widthPx;
  for (const side of [heightPx, widthPx]) {
    if (side < smallestSidePx || side > largestSidePx) {
      throw refuse(`its input of ${widthPx}x${heightPx} pixels is not within ${smallestSidePx} to ${largestSidePx}`);
    }
  }
  return { widthPx, heightPx, type: input.type, order };
}

/** Ultralytics writes `imgsz` as `[height, width]`. */
function statedSize(model: ModelFile): Size {
  const sides = [...(model.facts.metadata['imgsz'] ?? '').matchAll(/\d+/g)].map(Number);
  const [heightPx = 640, widthPx = heightPx] = sides;
  return { heightPx, widthPx };
}

/**
 * The decoder for a network's outputs.
 * @throws UserError that lists the outputs and what was expected, when they fit no layout.
 */
export function recogniseLayout(model: ModelFile, inputs: readonly TensorInfo[], head: Head): Decoder {
  const task = model.facts.metadata['task'];
  const hint = guessNetwork(model, head);
  if (task === undefined || task === 'detect') {
    for (const recogniser of recognisers) {
      const decoder = hint === undefined ? recogniser.recognise(head) : undefined;
      if (decoder !== undefined) return decoder;
    }
  }
  const looksLike = hint ?? (task === undefined ? undefined : `its metadata say that it is made to ${task}`);
  throw new UserError(
    `the head of ${model.file} fits no layout that is known${looksLike === undefined ? '' : ` (${looksLike})`}.\n` +
      `Found inputs: ${listTensors(inputs)}; outputs: ${listTensors(head.outputs)}.\n` +
      `Expected for an input of ${head.input.widthPx}x${head.input.heightPx}: ` +
      `${recognisers.map((recogniser) => recogniser.expected(head.input)).join('; or ')}.\n` +
      'Export the network as a plain detector without NMS (`yolo export format=onnx`), or change detector.modelFile or --model.',
  );
}

/** Names the neighbours that are often given by mistake, and those whose shape alone would pass for a detector's. */
function guessNetwork(model: ModelFile, head: Head): string | undefined {
  const [first] = head.outputs;
  if (first === undefined) return 'it has no output';
  const { shape } = first;
  if (shape.length === 2 && shape[1] === 7) return 'it looks like a detector with NMS inside the graph';
  if (shape.length === 2) return 'it looks like a classification network';
  if (shape.length === 3 && shape[2] === 6 && shape[1] === 300) return 'it looks like an NMS-free detector';
  if (head.outputs.length === 2 && head.outputs[1]?.shape.length === 4) return 'it looks like a segmentation network';
  if (shape.length === 3 && shape[1] === 56 && statedLabels(model)?.labels.length !== 52) {
    return 'it looks like a pose network of 17 keypoints; if it is a detector of 52 classes, name them in its card';
  }
  return undefined;
}

export function listTensors(tensors: readonly TensorInfo[]): string {
  if (tensors.length === 0) return 'none';
  const side = (value: number | string) => (value === '' ? '?' : value);
  return tensors.map(({ name, type, shape }) => `${name} ${type} [${shape.map(side).join(', ')}]`).join('; ');
}
