import { ToldError } from '../../../platform/user-error.ts';
import { trouble } from '../../../protocol/troubles.ts';
import {
  type InputConventions,
  type InputFormat,
  imageNetScale,
  levelScale,
  unitScale,
} from '../preprocess/input-format.ts';
import type { Size } from '../preprocess/letterbox.ts';
import type { Binding, ConstantInput, PictureInput, Runtime, TensorInfo } from '../runtime/runtime.ts';
import { foldedChannelsKey } from './fold-preprocessing.ts';
import { type CardInput, type ModelFile, whereNamed } from './model-file.ts';
import { pictureAmong } from './picture-input.ts';

/** What the shapes of a network's inputs say. */
export interface NetworkInput extends Size {
  readonly name: string;
  readonly type: InputFormat['type'];
  readonly order: InputFormat['order'];
  readonly shape: readonly number[];
  /** Pictures that it takes at once: the first is filled, the others stay empty. */
  readonly pictures: number;
  /** The other inputs, which are the same for every picture. */
  readonly constants: readonly ConstantInput[];
}

const smallestSidePx = 32;
const largestSidePx = 4096;
/** Of all pictures that a network takes at once; 16 of the largest usual size. */
const mostBatchedPixels = 16 * 1024 * 1024;
const usualSidePx = 640;
/** The ONNX model zoo's YOLOv3, which leaves its sides open, was trained at this size. */
const modelZooSidePx = 416;
const pictureTypes: readonly string[] = ['float32', 'float16', 'uint8', 'int8'];

/**
 * What the network wants at its inputs. Dynamic sides are taken from the metadata's `imgsz`, else are 640, or 416 where it
 * asks for `image_shape`.
 * @throws UserError when there is no picture of a usable size, or an input that nobody knows.
 */
export function recogniseInput(model: ModelFile, inputs: readonly TensorInfo[]): NetworkInput {
  const refuse = (why: string) =>
    new ToldError(
      trouble('network-input-unfit', { file: model.file }),
      `${model.file} cannot be used as a detector: ${why}. Found inputs: ${listTensors(inputs)}. Expected one picture, ` +
        `float32, float16, uint8 or int8, [1, 3, height, width] or [1, height, width, 3], with or without the 1. Change ${whereNamed}.`,
    );
  const input = pictureAmong(inputs);
  const others = inputs.filter((other) => other !== input);
  if (input === undefined) throw refuse('it has no inputs');
  if (!pictureTypes.includes(input.type)) throw refuse(`its input is ${input.type}`);
  // torchvision's exports take a picture by itself, the others a batch of one.
  const isBatch = input.shape.length === 4;
  const [batch, second, third, fourth] = isBatch ? input.shape : [1, ...input.shape];
  if (!isBatch && input.shape.length !== 3) throw refuse('its input is no single picture');
  const pictures = typeof batch === 'number' ? batch : 1;
  if (pictures < 1) throw refuse('its input takes no picture at all');
  const order = orderOf([second, third, fourth]);
  if (order === undefined) throw refuse('its input has no side of 3 colours');
  const [height, width] = order === 'nchw' ? [third, fourth] : [second, third];
  const isModelZoo = others.some(({ name }) => name === 'image_shape');
  const stated = statedSize(model, isModelZoo ? modelZooSidePx : usualSidePx);
  const heightPx = typeof height === 'number' ? height : stated.heightPx;
  const widthPx = typeof width === 'number' ? width : stated.widthPx;
  for (const side of [heightPx, widthPx]) {
    if (side < smallestSidePx || side > largestSidePx) {
      throw refuse(`its input of ${widthPx}x${heightPx} pixels is not within ${smallestSidePx} to ${largestSidePx}`);
    }
  }
  if (pictures > 1 && pictures * widthPx * heightPx > mostBatchedPixels) {
    throw refuse(`it takes ${pictures} pictures at once, and the car has one at a time: export it with batch=1`);
  }
  const constants = others.map((other) => {
    const constant = knownConstant(other, { widthPx, heightPx });
    if (constant === undefined) throw refuse(whyUnknown(other));
    return other.shape[0] === pictures ? repeated(constant, pictures) : constant;
  });
  return {
    name: input.name,
    type: input.type as InputFormat['type'],
    order,
    widthPx,
    heightPx,
    pictures,
    shape: [...(isBatch ? [pictures] : []), ...(order === 'nchw' ? [3, heightPx, widthPx] : [heightPx, widthPx, 3])],
    constants,
  };
}

/** OWL and Grounding DINO are told in words what to look for, which tokens stand for. */
function whyUnknown({ name }: TensorInfo): string {
  return /^(input_ids|attention_mask|token_type_ids)$|text/i.test(name)
    ? `it looks for what words say that its input "${name}" takes, and the car has none: use a detector of fixed classes`
    : `nobody knows what its input "${name}" is for; export it with the picture as its only input: with what this one takes as a ` +
        'constant in its graph, or cut before the operators that need it';
}

/** What one picture is told, for each of several. */
function repeated({ name, data, shape }: ConstantInput, pictures: number): ConstantInput {
  if (pictures === 1) return { name, data, shape };
  const all = new (data.constructor as new (length: number) => typeof data)(data.length * pictures);
  for (let picture = 0; picture < pictures; picture++) all.set(data as never, picture * data.length);
  return { name, data: all, shape: [pictures, ...shape.slice(1)] };
}

/** By the side of 3 colours, or where that is left open, by its name; nameless open sides are PyTorch's. */
function orderOf([second, third, fourth]: readonly (number | string | undefined)[]): NetworkInput['order'] | undefined {
  if (second === 3) return 'nchw';
  if (fourth === 3) return 'nhwc';
  const isColours = (side: number | string | undefined) =>
    typeof side === 'string' && /^(num_)?(ch|c$|colou?r)/i.test(side);
  if (isColours(second)) return 'nchw';
  if (isColours(fourth)) return 'nhwc';
  return [second, third, fourth].every((side) => side === '') ? 'nchw' : undefined;
}

/**
 * Some networks are told the size of the picture before it was fitted, to give boxes in its pixels. They are told that
 * it is as large as their input: boxes then come in network pixels, as everyone else's.
 */
function knownConstant({ name, type, shape }: TensorInfo, { widthPx, heightPx }: Size): ConstantInput | undefined {
  // ONNX's model zoo calls it `image_shape`, PaddleDetection `im_shape`.
  if (/^(image|im)_shape$/.test(name) && type === 'float32' && shape.length === 2) {
    return { name, data: Float32Array.of(heightPx, widthPx), shape: [1, 2] };
  }
  if (name === 'scale_factor' && type === 'float32' && shape.length === 2) {
    return { name, data: Float32Array.of(1, 1), shape: [1, 2] };
  }
  // The exporters of RT-DETR, D-FINE and DEIM; width first.
  if (name === 'orig_target_sizes' && shape.length === 2) {
    const sides = [widthPx, heightPx];
    if (type === 'int64') return { name, data: BigInt64Array.from(sides, BigInt), shape: [1, 2] };
    if (type === 'int32') return { name, data: Int32Array.from(sides), shape: [1, 2] };
    if (type === 'float32') return { name, data: Float32Array.from(sides), shape: [1, 2] };
  }
  // DETR's by Hugging Face: which pixels are no padding. All, as the picture is stretched.
  if (name === 'pixel_mask' && type === 'int64' && shape.length === 3) {
    const [, rows = heightPx, columns = widthPx] = shape;
    const sides = [
      typeof rows === 'number' ? rows : heightPx,
      typeof columns === 'number' ? columns : widthPx,
    ] as const;
    return { name, data: new BigInt64Array(sides[0] * sides[1]).fill(1n), shape: [1, ...sides] };
  }
  return undefined;
}

/** Ultralytics writes `imgsz` as `[height, width]`. */
function statedSize(model: ModelFile, usualPx: number): Size {
  const sides = [...(model.facts.metadata['imgsz'] ?? '').matchAll(/\d+/g)].map(Number);
  const [heightPx = usualPx, widthPx = heightPx] = sides;
  return { heightPx, widthPx };
}

/** What the network's input takes for a picture of zeros. */
function emptyPicture({ name, shape, type }: NetworkInput): PictureInput {
  const count = shape.reduce((product, side) => product * side, 1);
  const elements = { float32: Float32Array, float16: Uint16Array, uint8: Uint8Array, int8: Int8Array };
  return { name, data: new elements[type](count), shape };
}

/** Everything that a run on an empty picture reads. */
export function emptyInputs(network: NetworkInput): (PictureInput | ConstantInput)[] {
  return [emptyPicture(network), ...network.constants];
}

/** A run of the network on an empty picture. */
export function bindEmptyPicture(runtime: Runtime, network: NetworkInput): Binding {
  return runtime.bind(emptyPicture(network), network.constants);
}

/**
 * How the network takes pictures: as is usual for its layout, unless its card says otherwise, or `over` does, which is
 * taken instead of the card.
 */
export function inputFormat(
  model: ModelFile,
  input: NetworkInput,
  usual: InputConventions,
  over?: CardInput,
): InputFormat {
  const card = over ?? model.card?.content.input ?? {};
  const scales = { '0-1': unitScale, '0-255': levelScale, imagenet: imageNetScale };
  const scale = card.scale === undefined ? usual : scales[card.scale];
  return {
    widthPx: input.widthPx,
    heightPx: input.heightPx,
    pictures: input.pictures,
    type: input.type,
    order: input.order,
    channels: card.channels ?? (model.facts.metadata[foldedChannelsKey] === 'rgb' ? 'rgb' : usual.channels),
    mean: card.mean ?? scale.mean,
    deviation: card.deviation ?? scale.deviation,
    fit: card.fit ?? usual.fit,
    paddingLevel: card.letterboxValue ?? usual.paddingLevel,
    quantisation: input.type === 'uint8' || input.type === 'int8' ? model.facts.pictureQuantisation : undefined,
  };
}

export function listTensors(tensors: readonly TensorInfo[]): string {
  if (tensors.length === 0) return 'none';
  const side = (value: number | string) => (value === '' ? '?' : value);
  return tensors.map(({ name, type, shape }) => `${name} ${type} [${shape.map(side).join(', ')}]`).join('; ');
}
