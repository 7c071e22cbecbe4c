/** The second stage of an R-CNN: two products of the same features, scores of the classes and of the background, and four numbers a class. */
export interface BoxHead {
  /** Without the background. */
  readonly classCount: number;
  /** Where the background stands among them, or would: Detectron2 and MMDetection have it behind their classes, all others before them, as number 0. */
  readonly background: 'first' | 'last';
}

const sides = 4;

/**
 * Told by the sizes of a network's weights: boxes are shifted for each class, by Detectron2 not for the background.
 * @returns undefined for networks without such a stage, and where two could be it.
 * @see https://github.com/facebookresearch/detectron2/blob/main/detectron2/modeling/roi_heads/fast_rcnn.py (FastRCNNOutputLayers)
 * @see https://github.com/pytorch/vision/blob/main/torchvision/models/detection/faster_rcnn.py (FastRCNNPredictor)
 */
export function readBoxHead(weights: readonly { readonly shape: readonly number[] }[]): BoxHead | undefined {
  const products = weights.flatMap(({ shape: [rows = 0, columns = 0, ...rest] }) =>
    rest.length === 0 && columns > 0 ? [{ rows, columns }] : [],
  );
  // Exporters may turn a product's weights round.
  const found = [
    ...headsOf(products),
    ...headsOf(products.map(({ rows, columns }) => ({ rows: columns, columns: rows }))),
  ];
  const [first, ...others] = found;
  const areAlike = others.every(
    (each) => each.classCount === first?.classCount && each.background === first.background,
  );
  return areAlike ? first : undefined;
}

function headsOf(products: readonly { readonly rows: number; readonly columns: number }[]): BoxHead[] {
  const byFeatures = new Map<number, Set<number>>();
  for (const { rows, columns } of products) {
    const ofFeatures = byFeatures.get(columns) ?? new Set();
    byFeatures.set(columns, ofFeatures.add(rows));
  }
  return [...byFeatures.values()].flatMap((sizes) =>
    [...sizes].flatMap((size): BoxHead[] => {
      const boxes = size / sides;
      if (!Number.isInteger(boxes)) return [];
      const heads: BoxHead[] = [];
      if (boxes > 1 && sizes.has(boxes)) heads.push({ classCount: boxes - 1, background: 'first' });
      if (boxes > 0 && sizes.has(boxes + 1)) heads.push({ classCount: boxes, background: 'last' });
      return heads;
    }),
  );
}

/**
 * The last convolutions of a detector of one stage: those that give a score for each class, and those that give a box's four
 * numbers, for each anchor of a grid.
 */
interface AnchorHead {
  /** Names of weights; what is captured is the grid's, where each has its own. */
  readonly scores: RegExp;
  readonly boxes: RegExp;
  /** Scores for the background among the others. */
  readonly ofBackground: 0 | 1;
  readonly background: BoxHead['background'];
}

/**
 * @see https://github.com/pytorch/vision/blob/main/torchvision/models/detection/retinanet.py (RetinaNetHead; FCOS' are called alike)
 * @see https://github.com/pytorch/vision/blob/main/torchvision/models/detection/ssd.py (SSDHead)
 * @see https://github.com/rwightman/efficientdet-pytorch/blob/master/effdet/efficientdet.py (HeadNet)
 * @see https://github.com/open-mmlab/mmdetection/blob/main/mmdet/models/dense_heads/retina_head.py (retina_cls; others' are called alike)
 */
const anchorHeads: readonly AnchorHead[] = [
  {
    scores: /(?:^|[./])classification_head\.cls_logits\.weight$/,
    boxes: /(?:^|[./])regression_head\.bbox_reg\.weight$/,
    ofBackground: 1,
    background: 'first',
  },
  {
    scores: /(?:^|[./])classification_head\.module_list\.(\d+)(?:\.\d+)?\.weight$/,
    boxes: /(?:^|[./])regression_head\.module_list\.(\d+)(?:\.\d+)?\.weight$/,
    ofBackground: 1,
    background: 'first',
  },
  {
    scores: /(?:^|[./])class_net\.predict\.conv_pw\.weight$/,
    boxes: /(?:^|[./])box_net\.predict\.conv_pw\.weight$/,
    ofBackground: 0,
    background: 'first',
  },
  {
    scores: /(?:^|[./])bbox_head\.(?:\w+_)?cls(?:\.(\d+))?\.weight$/,
    boxes: /(?:^|[./])bbox_head\.(?:\w+_)?reg(?:\.(\d+))?\.weight$/,
    ofBackground: 0,
    background: 'last',
  },
];

/**
 * What a detector of one stage tells apart, by torchvision or effdet, whose classes are counted from 1, or by MMDetection, who counts from 0: told by the
 * names and sizes of its last weights.
 * @returns undefined for networks without such parts, and where they do not agree.
 */
export function readAnchorHead(weights: readonly NamedWeights[]): BoxHead | undefined {
  for (const { scores, boxes, ofBackground, background } of anchorHeads) {
    const rowsOfBoxes = rowsByGrid(weights, boxes);
    const counts = new Set(
      [...rowsByGrid(weights, scores)].map(([grid, rows]) => (sides * rows) / (rowsOfBoxes.get(grid) ?? 0)),
    );
    const [count = 0] = counts;
    const classCount = count - ofBackground;
    if (counts.size === 1 && Number.isInteger(classCount) && classCount > 0) return { classCount, background };
  }
  return undefined;
}

interface NamedWeights {
  readonly name: string;
  readonly shape: readonly number[];
}

function rowsByGrid(weights: readonly NamedWeights[], pattern: RegExp): ReadonlyMap<string, number> {
  return new Map(
    weights.flatMap(({ name, shape: [rows = 0] }) => {
      const match = pattern.exec(name);
      return match === null ? [] : [[match[1] ?? '', rows] as const];
    }),
  );
}
