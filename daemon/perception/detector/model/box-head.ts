/** The second stage of an R-CNN: two products of the same features, scores of the classes and of the background, and four numbers a class. */
export interface BoxHead {
  /** Without the background. */
  readonly classCount: number;
  /** Where the background stands among them: Detectron2 has it behind its classes, all others before them, as number 0. */
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
