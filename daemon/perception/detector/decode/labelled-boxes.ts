import { plural } from '../../../platform/plural.ts';
import {
  type InputConventions,
  imageNetScale,
  levelScale,
  stretchedInput,
  ultralyticsInput,
} from '../preprocess/input-format.ts';
import {
  type Decoder,
  gridCells,
  type Head,
  type LayoutRecogniser,
  type NetworkHints,
  type OutputShape,
  strideSets,
} from './decoder.ts';
import { type GuessedClasses, guessClasses, isWhole, readFinishedBoxes, sideUnitOf } from './finished-boxes.ts';

/**
 * MMDetection's pictures keep their shape, at the top left. RTMDet's are less ImageNet's mean by its deviation, blue first, those of most others red first;
 * YOLOX takes levels, blue first, and backbones by Caffe levels less their mean.
 * @see https://github.com/open-mmlab/mmdetection/blob/main/configs/rtmdet/rtmdet_l_8xb32-300e_coco.py (data_preprocessor)
 * @see https://github.com/open-mmlab/mmdetection/blob/main/configs/_base_/models/retinanet_r50_fpn.py (data_preprocessor)
 * @see https://github.com/open-mmlab/mmdetection/blob/main/configs/yolox/yolox_s_8xb8-300e_coco.py (data_preprocessor)
 * @see https://github.com/open-mmlab/mmdetection/blob/main/configs/fcos/fcos_r50-caffe_fpn_gn-head_1x_coco.py (data_preprocessor)
 */
function mmdetectionInput({ mmdetectionHead, expects }: NetworkHints): InputConventions {
  switch (mmdetectionHead) {
    case 'other':
      if (expects === 'levels') return caffeInput;
      return { channels: 'rgb', ...imageNetScale, fit: 'letterbox-top-left', paddingLevel: 116 };
    case 'yolox':
      return { channels: 'bgr', ...levelScale, fit: 'letterbox-top-left', paddingLevel: 114 };
    // Those that name nothing are taken for RTMDet, which is made for small chips.
    case 'rtmdet':
    case undefined:
      return { channels: 'bgr', ...imageNetScale, fit: 'letterbox-top-left', paddingLevel: 114 };
  }
}

/**
 * Levels less Caffe's means, blue first, at the picture's own shape: what is behind its right and lower end is the mean, too. So keras-retinanet,
 * and MMDetection within half a level or one.
 * @see https://github.com/fizyr/keras-retinanet/blob/main/keras_retinanet/utils/image.py (preprocess_image, resize_image)
 */
const caffeInput: InputConventions = {
  ...{ channels: 'bgr', mean: [123.68, 116.779, 103.939], deviation: [1, 1, 1] },
  ...{ fit: 'letterbox-top-left', paddingLevel: 115 },
};

/**
 * How a keras-retinanet is known, for people; undefined for others. Keras calls the outputs by the layer that chooses the boxes, and the
 * network's parts have names of their own; where all names are lost, it alone fills up its boxes, labels and scores with -1.
 * @see https://github.com/fizyr/keras-retinanet/blob/main/keras_retinanet/layers/filter_detections.py (filter_detections)
 */
function whyKerasRetinaNet({ outputs, hints, firstRun }: Head, boxes: OutputShape): string | undefined {
  const isNamed = hints.isKerasRetinaNet === true || outputs.some(({ name }) => /filtered_detections/i.test(name));
  if (isNamed) return 'parts of it are called as those of keras-retinanet';
  const sides = firstRun?.[outputs.findIndex(({ name }) => name === boxes.name)];
  const isFilled = sides !== undefined && sides.length > 0 && sides.subarray(-4).every((side) => side === -1);
  return isFilled ? 'it fills up its boxes with -1, as keras-retinanet does' : undefined;
}

/**
 * Networks that choose their boxes themselves and name each by a number, counted from 0, in three outputs that may come in
 * any order: boxes `[1, K, 4]` of x1, y1, x2, y2, labels `[1, K]` of whole numbers, scores `[1, K]`. So RT-DETR, D-FINE and
 * DEIM by their authors' exporters (pixels of the size that their input `orig_target_sizes` names), and the ONNX model
 * zoo's SSD (shares of the picture); keras-retinanet's in pixels. Or in two, by MMDeploy: `dets [1, K, 5]`, the score last, and `labels [1, K]`.
 * @see https://github.com/open-mmlab/mmdeploy/blob/main/docs/en/04-supported-codebases/mmdet.md
 */
export const labelledBoxes: LayoutRecogniser = {
  layout: 'labelled-boxes',
  expected: () =>
    'labelled-boxes: boxes [1, K, 4], scores [1, K] and labels [1, K] of whole numbers; or dets [1, K, 5] and labels [1, K]',
  recognise(head: Head): Decoder | undefined {
    const { input, outputs: all, hints } = head;
    // Masks beside them are not read.
    const outputs = all.filter(({ name, shape }) => !(/mask/i.test(name) && shape.length === 4)).map(withoutLastOne);
    const labels = outputs.find(
      (output) => output.shape.length === 2 && (isWhole(output) || /^(class|label)/i.test(output.name)),
    );
    const boxes = outputs.find((output) => !isWhole(output) && output.shape.length === 3);
    const scores = outputs.find((output) => output !== labels && !isWhole(output) && output.shape.length === 2);
    if (labels === undefined || boxes === undefined) return undefined;
    const [batch, count, columns] = boxes.shape;
    if (
      batch !== 1 ||
      ![labels, ...(scores ? [scores] : [])].every(({ shape }) => shape[0] === 1 && shape[1] === count)
    ) {
      return undefined;
    }
    const isTriple = outputs.length === 3 && scores !== undefined && columns === 4;
    const isPair = outputs.length === 2 && scores === undefined && columns === 5;
    if (!isTriple && !isPair) return undefined;
    const parts = isTriple ? [boxes, labels, scores] : [boxes, labels];
    const { classCount, because } = isTriple ? guessClasses(hints, classesOfCoco) : classesOfMmdetection(hints);
    const retinaNet = isTriple ? whyKerasRetinaNet(head, boxes) : undefined;
    return {
      layout: 'labelled-boxes',
      classCount,
      outputIndexes: parts.map(({ name }) => all.findIndex((output) => output.name === name)),
      wholeOutputs: [1],
      conventions: !isTriple ? mmdetectionInput(hints) : retinaNet !== undefined ? caffeInput : stretchedInput,
      because:
        `${parts.map(({ name }) => `"${name}"`).join(', ')} are boxes with a label each; ${because}` +
        (isTriple ? '' : whoseHead(hints)) +
        (retinaNet === undefined ? '' : `; ${retinaNet}`),
      ...readFinishedBoxes({
        sides: { output: 0, first: 0, columns: columns! },
        sideOrder: 'xyxy',
        sideUnit: sideUnitOf(head),
        scores: isTriple ? { output: 2, first: 0, columns: 1 } : { output: 0, first: 4, columns: 5 },
        classes: { output: 1, first: 0, columns: 1 },
        firstClass: hints.statedFirstClass ?? 0,
      }),
      // Whoever has a box for each cell or anchor, as exports for Qualcomm's chips and DeepStream, has chosen none.
      ...(strideSets.some((strides) => [1, 3].includes(count! / gridCells(input, strides))) && {
        suppression: 'needed',
        conventions: ultralyticsInput,
      }),
    };
  },
};

const classesOfCoco = 80;

/** As many as its weights are for, where nobody stated them. */
function classesOfMmdetection(hints: NetworkHints): GuessedClasses {
  const { boxHead, statedClasses } = hints;
  if (boxHead?.background !== 'last' || statedClasses !== undefined || boxHead.classCount === classesOfCoco) {
    return guessClasses(hints, classesOfCoco);
  }
  return {
    classCount: boxHead.classCount,
    because: `its weights are for ${plural(boxHead.classCount, 'class', 'es')}`,
  };
}

function whoseHead({ mmdetectionHead }: NetworkHints): string {
  const names = {
    rtmdet: "that of MMDetection's RTMDet",
    yolox: "that of MMDetection's YOLOX",
    other: 'one of MMDetection',
  };
  return mmdetectionHead === undefined
    ? '; it is fed as an RTMDet is, unless its card says otherwise ("input")'
    : `; its head is called as ${names[mmdetectionHead]}`;
}

/** Scores and labels of DeepStream-Yolo's first exports have a side of 1 behind the boxes. */
function withoutLastOne(output: OutputShape): OutputShape {
  const { shape } = output;
  return shape.length === 3 && shape[2] === 1 ? { ...output, shape: shape.slice(0, 2) } : output;
}
