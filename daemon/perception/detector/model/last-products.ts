import type { Constants } from './onnx-constants.ts';
import type { GraphNode } from './onnx-graph.ts';
import { arranging, makersOf } from './output-operators.ts';

/**
 * How many numbers each of the last convolutions and matrix products before an output gives, the least first, by the output's
 * name. They are what a cell's or a query's numbers are put together from: 4, 1 and the classes of a YOLOX at each stride, 64 and
 * the classes of a v8. Left out are outputs before which anything stands that cannot be followed, as a product of two tensors that
 * are computed or one whose weights are not known here, those that come from no product at all, and those before which a whole
 * picture's mean stands: what is before that made features. A product with what a softmax gives is the mean of a distribution,
 * and not the last one.
 */
export function lastProducts(
  nodes: readonly GraphNode[],
  constants: Constants,
  outputs: readonly string[],
): ReadonlyMap<string, readonly number[]> {
  const makers = makersOf(nodes);
  return new Map(
    outputs.flatMap((output) => {
      const widths = widthsOf(behindProducts(makers, [output])?.products, constants);
      return widths === undefined || widths.length === 0 ? [] : [[output, widths] as const];
    }),
  );
}

/**
 * How many numbers of the file's own are added behind the last products before an output, by the output's name: those of where each
 * cell lies are two a box. Left out are outputs before which anything stands that cannot be followed, and where the numbers
 * that are added are computed.
 */
export function addedNumbers(
  nodes: readonly GraphNode[],
  constants: Constants,
  outputs: readonly string[],
): ReadonlyMap<string, number> {
  const makers = makersOf(nodes);
  const countOf = (name: string) => constants.shapeOf(name)?.reduce((product, side) => product * side, 1) ?? 0;
  return new Map(
    outputs.flatMap((output) => {
      const sums = behindProducts(makers, [output])?.others.filter(({ operator }) => summing.has(operator)) ?? [];
      const count = sums.reduce((total, { inputs }) => total + Math.max(0, ...inputs.map(countOf)), 0);
      return count === 0 ? [] : [[output, count] as const];
    }),
  );
}

const summing = new Set(['Add', 'Sub']);

const joints = new Set(['Concat', 'QLinearConcat']);

/**
 * In what order a cell's numbers are joined before an output, by how many each product gives, by the output's name: 4, 1 and the
 * classes of a YOLOX. What joins grids, of which each comes from the same, is stepped over. Where a part comes from several products,
 * as from those of all grids, the order is that of their sizes, if there are as many of each and the last part is of one that no other
 * has. Left out are all other outputs.
 */
export function joinedProducts(
  nodes: readonly GraphNode[],
  constants: Constants,
  outputs: readonly string[],
): ReadonlyMap<string, readonly number[]> {
  const makers = makersOf(nodes);
  const partsOf = (inputs: readonly string[]) =>
    inputs.map((name) => widthsOf(behindProducts(makers, [name])?.products, constants) ?? []);
  return new Map(
    outputs.flatMap((output) => {
      const seen = new Set<GraphNode>();
      let node = makers.get(output);
      while (node !== undefined && !seen.has(node) && widthOf(node, constants) === undefined) {
        seen.add(node);
        const computed = node.inputs.filter((name) => makers.has(name) && constants.shapeOf(name) === undefined);
        if (joints.has(node.operator)) {
          const parts = partsOf(computed);
          if (new Set(parts.map(String)).size > 1) {
            if (parts.every(({ length }) => length === 1)) return [[output, parts.flat()] as const];
            if (!isLastAlone(parts)) return [];
            const order = orderOf(behindProducts(makers, computed)?.products, constants);
            return order === undefined ? [] : [[output, order] as const];
          }
        }
        node = makers.get(computed[0] ?? '');
      }
      return [];
    }),
  );
}

function isLastAlone(parts: readonly (readonly number[])[]): boolean {
  const [size, ...others] = new Set(parts.at(-1));
  return size !== undefined && others.length === 0 && parts.slice(0, -1).every((part) => !part.includes(size));
}

/** Each size once, as they come; undefined where there are more of one than of another. */
function orderOf(found: readonly GraphNode[] | undefined, constants: Constants): readonly number[] | undefined {
  const counts = new Map<number, number>();
  for (const node of found ?? []) {
    const width = widthOf(node, constants);
    if (width === undefined) return undefined;
    counts.set(width, (counts.get(width) ?? 0) + 1);
  }
  return new Set(counts.values()).size === 1 ? [...counts.keys()] : undefined;
}

/** Operators that tell of a tensor how large it is, and nothing of its numbers. */
const measuring = new Set(['Shape', 'Size']);
/** Its further outputs are the scale and the zero of a tensor: nothing of its numbers either. */
const quantiser = 'DynamicQuantizeLinear';
/** Those that run graphs of their own, into which nobody follows here. */
const nesting = new Set(['If', 'Loop', 'Scan', 'SequenceMap']);
const ownDomains = new Set(['', 'ai.onnx', 'com.microsoft']);
/** Those that make one number of all places of a channel. */
const pooling = new Set([
  'ReduceMean',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'QLinearGlobalAveragePool',
  'QLinearReduceMean',
]);

/**
 * What stands before these tensors, in their order and that of what each node takes: their last products, and all that stands behind
 * those. Undefined where anything cannot be followed.
 */
function behindProducts(
  makers: ReadonlyMap<string, GraphNode>,
  tensors: readonly string[],
): { readonly products: readonly GraphNode[]; readonly others: readonly GraphNode[] } | undefined {
  const found: GraphNode[] = [];
  const others: GraphNode[] = [];
  const seen = new Set<GraphNode>();
  const waiting = tensors.toReversed();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = makers.get(name);
    if (node === undefined || seen.has(node) || measuring.has(node.operator)) continue;
    if (node.operator === quantiser && name !== node.outputs[0]) continue;
    seen.add(node);
    if (nesting.has(node.operator) || pooling.has(node.operator) || !ownDomains.has(node.domain)) return undefined;
    if (isProduct(node) && !isMeanOfDistribution(makers, node)) {
      found.push(node);
      continue;
    }
    others.push(node);
    waiting.push(...node.inputs.toReversed());
  }
  return { products: found, others };
}

/** The least first; undefined where one is of two tensors that are computed, or of unknown weights. */
function widthsOf(found: readonly GraphNode[] | undefined, constants: Constants): readonly number[] | undefined {
  const widths = found?.flatMap((node) => widthOf(node, constants) ?? []);
  return widths?.length === found?.length ? widths?.sort((a, b) => a - b) : undefined;
}

/** Which input holds the weights of a product, and which of their sides is one of what it gives. */
const products: Readonly<Record<string, { readonly weights: number; readonly side: 'first' | 'last' }>> = {
  Conv: { weights: 1, side: 'first' },
  FusedConv: { weights: 1, side: 'first' },
  ConvInteger: { weights: 1, side: 'first' },
  QLinearConv: { weights: 3, side: 'first' },
  MatMul: { weights: 1, side: 'last' },
  FusedMatMul: { weights: 1, side: 'last' },
  MatMulInteger: { weights: 1, side: 'last' },
  QLinearMatMul: { weights: 3, side: 'last' },
  Gemm: { weights: 1, side: 'last' },
  FusedGemm: { weights: 1, side: 'last' },
  QGemm: { weights: 3, side: 'last' },
};

/** Products of other names, such as ConvTranspose, MatMulNBits, NhwcFusedConv, QAttention and LSTM. */
const otherProducts = /Conv|MatMul|Gemm|Einsum|Attention|LSTM|GRU|RNN/;

function isProduct({ operator }: GraphNode): boolean {
  return Object.hasOwn(products, operator) || otherProducts.test(operator);
}

/**
 * Undefined for products of two tensors that are computed. A matrix may stand before what it is multiplied with, as the words of a
 * YOLO-World do.
 */
function widthOf({ operator, inputs, numbers }: GraphNode, constants: Constants): number | undefined {
  const product = Object.hasOwn(products, operator) ? products[operator] : undefined;
  if (product === undefined) return undefined;
  const shape = constants.shapeOf(inputs[product.weights]);
  if (shape === undefined) return operator === 'MatMul' ? constants.shapeOf(inputs[0])?.at(-2) : undefined;
  return product.side === 'first' || numbers?.get('transB') === 1 ? shape[0] : shape.at(-1);
}

function isMeanOfDistribution(makers: ReadonlyMap<string, GraphNode>, { inputs }: GraphNode): boolean {
  let before = makers.get(inputs[0] ?? '');
  const seen = new Set<GraphNode>();
  const isPassed = (node: GraphNode) => arranging.has(node.operator) || node.operator === quantiser;
  while (before !== undefined && isPassed(before) && !seen.has(before)) {
    seen.add(before);
    before = makers.get(before.inputs[0] ?? '');
  }
  return before?.operator === 'Softmax' || before?.operator === 'QLinearSoftmax';
}
