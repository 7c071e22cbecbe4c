import type { Detection } from '../../../protocol/detection.ts';
import type { CandidateBuffer } from '../candidates.ts';
import type { Backbone } from '../model/backbone.ts';
import type { BoxHead } from '../model/box-head.ts';
import type { MmdetectionHead } from '../model/mmdetection-head.ts';
import type { OutputOrigin } from '../model/output-origin.ts';
import type { InputConventions } from '../preprocess/input-format.ts';
import type { Letterbox, Size } from '../preprocess/letterbox.ts';
import type { TensorInfo } from '../runtime/runtime.ts';

/** Head layouts that can be decoded; one file each in this folder. */
export const layoutNames = [
  'yolov8',
  'yolov5',
  'nms-free',
  'nms-free-seg',
  'nms-free-pose',
  'labelled-rows',
  'end-to-end',
  'tensorrt-nms',
  'model-zoo-yolov3',
  'ssd',
  'labelled-boxes',
  'paddle',
  'detr',
  'corner-grids',
  'nanodet',
  'yolox',
  'yolov6',
  'yolo-raw-heads',
  'darknet',
  'darknet-boxes',
  'darknet-raw-heads',
  'yolov2',
  'yolox-raw-heads',
  'yolov8-raw-heads',
  'yolov8-seg',
  'yolov5-seg',
  'yolov8-pose',
  'classification',
] as const;
export type LayoutName = (typeof layoutNames)[number];

/** An output whose every dimension is known, as the network's first run shows it. */
export interface OutputShape extends TensorInfo {
  readonly shape: readonly number[];
}

/** What a network says of itself beside the shapes of its outputs. */
export interface NetworkHints {
  /** Ultralytics' name of what it is for: `detect`, `segment`, `pose`, `classify`, … */
  readonly task: string | undefined;
  /** Labels that its metadata or its card list. */
  readonly statedClasses: number | undefined;
  /** The layout that its card names: it decides where shapes leave a doubt. */
  readonly namedLayout?: LayoutName | undefined;
  /** Whether the first of those labels is the background's, which is no object. */
  readonly statedBackground?: boolean;
  /** The anchors that its card lists, one list a grid, and where they stand, for people. */
  readonly anchors?: { readonly perGrid: readonly (readonly number[])[]; readonly where: string } | undefined;
  /** How many points a box has and how many numbers each of them, where its card says it. */
  readonly keypoints?: readonly [points: number, dimensions: 2 | 3] | undefined;
  /** What the sides of finished boxes are, where its card says it. */
  readonly boxUnit?: 'pixels' | 'shares' | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** The name of the input that takes the picture. */
  readonly pictureName?: string | undefined;
  /** Names of its inputs beside the picture. */
  readonly otherInputs?: readonly string[];
  /** ONNX operators that its graph is made of, from its first convolution on: what prepares the picture tells nothing of the head. */
  readonly operators: ReadonlySet<string>;
  /** What its features are made by, where its graph tells. */
  readonly backbone?: Backbone | undefined;
  /** Whether its weights have the names that YOLOv5, YOLOv7 and their kin give to those of a head with anchors. */
  readonly hasYoloNames?: boolean;
  /** What all of its outputs come from, where its graph tells. */
  readonly outputOrigin?: OutputOrigin | undefined;
  /** The operator that each output's numbers come from, by its name (`outputOperators`). */
  readonly outputOperators?: ReadonlyMap<string, string>;
  /** Those that the parts of each output come from that it was joined of, by its name (`partOperators`). */
  readonly partOperators?: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many numbers the last products before each output give, by its name (`lastProducts`). */
  readonly lastProducts?: ReadonlyMap<string, readonly number[]>;
  /** How many numbers of the file's own are added behind these products, by the output's name (`addedNumbers`). */
  readonly addedNumbers?: ReadonlyMap<string, number>;
  /** In what order they are joined, where each part comes from one (`joinedProducts`). */
  readonly joinedProducts?: ReadonlyMap<string, readonly number[]>;
  /** The network's number for the first of its classes, where its card says it. */
  readonly statedFirstClass?: 0 | 1 | undefined;
  /** How its second stage counts classes, where it has one and its weights tell. */
  readonly boxHead?: BoxHead | undefined;
  /** What classes are counted from that its rows end in, where its graph tells. */
  readonly firstClass?: 0 | 1 | undefined;
  /** Whether parts of it have the names of EfficientDet's. */
  readonly isEfficientDet?: boolean;
  /** Whether parts of it have the names of DETR's, or of its Conditional or Deformable heir's, and not of an RT-DETR's. */
  readonly hasDetrNames?: boolean;
  /** Which of MMDetection's heads it has, by the names of its parts; undefined where they are not MMDetection's. */
  readonly mmdetectionHead?: MmdetectionHead | undefined;
  /** Whether parts of it have the names of keras-retinanet's. */
  readonly isKerasRetinaNet?: boolean;
  /** The order of the colours whose means, those of ImageNet's pictures, its graph takes off; undefined where it takes off none. */
  readonly meanOrder?: 'rgb' | 'bgr' | undefined;
  /**
   * What its first convolution's weights are made for: pictures of 0..1 (or deviations from a mean), or levels of 0..255.
   * Undefined when the weights do not tell.
   */
  readonly expects: 'unit' | 'levels' | undefined;
}

/** What a layout is recognised by. */
export interface Head {
  readonly input: Size;
  readonly outputs: readonly OutputShape[];
  readonly hints: NetworkHints;
  /**
   * What each of the outputs holds after the first run, on an empty picture, where numbers tell what shapes do not. Undefined
   * before it; and of outputs whose numbers nobody can read.
   */
  readonly firstRun?: readonly (Float32Array | undefined)[] | undefined;
}

/** What a detection has beside its box, where the network has it. */
export type Details = Pick<Detection, 'keypoints' | 'mask'>;

/**
 * Turns a network's outputs into candidate boxes. No clock, no chance; buffers of an output's size are made once. Some remember what
 * the first boxes have shown of their network (`SideUnit`).
 */
export interface Decoder {
  readonly layout: LayoutName;
  readonly classCount: number;
  /** Most candidates one frame can have. */
  readonly capacity: number;
  /** Which of the network's outputs are read, in the order that `decode` takes them. */
  readonly outputIndexes: readonly number[];
  /** Positions in `outputIndexes` of those that may hold whole numbers, such as counts and class numbers. */
  readonly wholeOutputs?: readonly number[];
  /** Whether the outputs are of one size at every run. */
  readonly lengths: 'fixed' | 'varying';
  /** Whether boxes of one object must still be suppressed, or the network has done so. */
  readonly suppression: 'needed' | 'done';
  /** `none`: its boxes are no places, as they always are the whole picture; no car can drive by them. */
  readonly places?: 'none';
  /** How networks of this layout take their pictures, as far as it is known of this one. */
  readonly conventions: InputConventions;
  /** Why this layout was recognised, for people. */
  readonly because: string;
  /**
   * Adds every box whose score is at least the threshold, in network pixels, one for each anchor: its best class.
   * Scores and boxes that are no finite numbers are left out.
   */
  decode(outputs: readonly Float32Array[], scoreThreshold: number, into: CandidateBuffer): void;
  /** What `details` gives: a few numbers, or something that costs time and room for each of the picture's pixels. */
  readonly detailsOf?: 'points' | 'pixels';
  /** What the box from this source has beside its corners (network pixels); asked only of the boxes that stay. */
  readonly details?: (
    source: number,
    outputs: readonly Float32Array[],
    letterbox: Letterbox,
    box: Detection['box'],
  ) => Details;
  /** Asked when nothing was found: are these the scores of a network that works? */
  judgeScores(outputs: readonly Float32Array[]): ScoreJudgement;
  /** Asked once, of the first run: a number that shows that no scores stand where they are read (`strayScore`). */
  strayScore?(outputs: readonly Float32Array[]): number | undefined;
}

/** A network without objects in sight still has scores a little above 0; one with NMS inside may have no rows at all. */
export type ScoreJudgement = 'sound' | 'all-zero' | 'not-finite';

/**
 * Judges the scores in an output: `first` is the index of the first one in a row of `columns`, `end` of what
 * stands behind the last one; rows follow one another.
 * Ends at the first sound score, so it costs nothing with a network that works.
 */
export function judgeRows(output: Float32Array, columns: number, first: number, end: number = columns): ScoreJudgement {
  let notFinite = false;
  for (let row = 0; row < output.length; row += columns) {
    for (let at = row + first; at < row + end; at++) {
      const score = output[at]!;
      if (score > 0 && score < Number.POSITIVE_INFINITY) return 'sound';
      if (!Number.isFinite(score)) notFinite = true;
    }
  }
  return notFinite ? 'not-finite' : 'all-zero';
}

/** One head layout. */
export interface LayoutRecogniser {
  readonly layout: LayoutName;
  /** Ultralytics' name of what its networks are for, where it is not `detect`; those that say otherwise are not of it. */
  readonly task?: string;
  /** The shape this layout has at an input size, for people. */
  expected(input: Size): string;
  /** Undefined when the outputs are not of this layout. */
  recognise(head: Head): Decoder | undefined;
}

/** The stride sets that detectors are built with, the common one first. */
export const strideSets: readonly (readonly number[])[] = [
  [8, 16, 32],
  [4, 8, 16, 32],
  [8, 16, 32, 64],
];

/** With that of v3-tiny, as Ultralytics trains it without anchors, and those of v8s that were given more grids or fewer. */
export const strideSetsOfYolov8: readonly (readonly number[])[] = [
  ...strideSets,
  ...[
    [16, 32],
    [8, 16],
    [4, 8, 16],
    [4, 8],
    [4, 8, 16, 32, 64],
    [16, 32, 64],
  ],
];

/** Cells of a detector's grids: one grid a stride. A side that no stride divides has a last, partial cell. */
export function gridCells(input: Size, strides: readonly number[]): number {
  return strides.reduce(
    (sum, stride) => sum + Math.ceil(input.widthPx / stride) * Math.ceil(input.heightPx / stride),
    0,
  );
}
