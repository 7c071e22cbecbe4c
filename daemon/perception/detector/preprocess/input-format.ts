import type { Quantisation } from '../model/onnx-quantisation.ts';
import type { Fit, Size } from './letterbox.ts';

/** One number for each of red, green and blue, in this order whatever order the network wants them in. */
export type PerColour = readonly [red: number, green: number, blue: number];

/** What a network expects of a picture beside its size: its shape says nothing of this. */
export interface InputConventions {
  readonly channels: 'rgb' | 'bgr';
  /** A level of 0..255 becomes (level - mean) / deviation. Networks of whole numbers: see `quantisation`. */
  readonly mean: PerColour;
  readonly deviation: PerColour;
  readonly fit: Fit;
  /** The grey around the picture, of 255. */
  readonly paddingLevel: number;
}

/** Everything about a network's input. */
export interface InputFormat extends Size, InputConventions {
  readonly type: 'float32' | 'float16' | 'uint8' | 'int8';
  readonly order: 'nchw' | 'nhwc';
  /** Pictures that the network takes at once, 1 unless told otherwise: the first is filled, the others stay of zeros. */
  readonly pictures?: number;
  /** What whole numbers are worth. Without it uint8 is the level as it is, and int8 the level less 128. */
  readonly quantisation?: Quantisation | undefined;
}

const nothing: PerColour = [0, 0, 0];
export const unitScale: Pick<InputConventions, 'mean' | 'deviation'> = { mean: nothing, deviation: [255, 255, 255] };
export const levelScale: Pick<InputConventions, 'mean' | 'deviation'> = { mean: nothing, deviation: [1, 1, 1] };
/** The mean and deviation of ImageNet's pictures, by which torchvision's networks are fed. */
export const imageNetScale: Pick<InputConventions, 'mean' | 'deviation'> = {
  mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
  deviation: [0.229 * 255, 0.224 * 255, 0.225 * 255],
};

/** @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/data/augment.py (LetterBox) */
export const ultralyticsInput: InputConventions = {
  ...{ channels: 'rgb', ...unitScale, fit: 'letterbox', paddingLevel: 114 },
};

/**
 * The whole input is the picture, whatever its shape: so Darknet, PaddleDetection and the heirs of DETR.
 * @see https://github.com/AlexeyAB/darknet (`resize_image` in `network_predict_image`)
 * @see https://github.com/lyuwenyu/RT-DETR/blob/main/rtdetrv2_pytorch/tools/export_onnx.py
 */
export const stretchedInput: InputConventions = {
  ...{ channels: 'rgb', ...unitScale, fit: 'stretch', paddingLevel: 0 },
};
