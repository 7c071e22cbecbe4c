import { type GraphNode, type Numbers, readNumbers, readWeights, type Weights } from './onnx-graph.ts';

/** A first convolution's kernel is some thousand numbers; what is larger is not looked at. */
const mostValues = 1 << 20;

/** Quantised scales of quantised numbers, and so on: nobody nests them deeper, and a file may by mistake, or to do harm. */
const deepestWorth = 4;

/** Operators behind which a tensor has the sides that it had. */
const sameShape = new Set(['Cast', 'Identity', 'QuantizeLinear', 'DequantizeLinear']);

/** Tensors that are the same in every run, by their names. */
export class Constants {
  readonly #weights: ReadonlyMap<string, Weights>;
  readonly #makers: ReadonlyMap<string, GraphNode>;
  readonly #outer: Constants | undefined;
  /** How deep the worth of numbers is being asked for, here and around. */
  readonly #depth: { now: number };

  /** @param outer of the graph around this one, whose tensors it may use */
  constructor(nodes: readonly GraphNode[], weights: ReadonlyMap<string, Weights>, outer?: Constants) {
    this.#weights = weights;
    this.#outer = outer;
    this.#depth = outer === undefined ? { now: 0 } : outer.#depth;
    this.#makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  }

  find(name: string | undefined): Numbers | undefined {
    const seen = new Set<string>();
    let at = name;
    // A node may read what it makes itself: what was seen once ends the search.
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      const maker = this.#makers.get(at);
      const bytes = this.#weights.get(at)?.bytes ?? maker?.constant;
      if (bytes !== undefined) return readNumbers(bytes, mostValues);
      if (maker === undefined) return this.#outer?.find(at);
      if (maker.operator === 'DequantizeLinear') return this.worth(maker.inputs[0], maker.inputs[1], maker.inputs[2]);
      at = maker.operator === 'Cast' || maker.operator === 'Identity' ? maker.inputs[0] : undefined;
    }
    return undefined;
  }

  /** The sides of a tensor, however many numbers it has. */
  shapeOf(name: string | undefined): readonly number[] | undefined {
    const seen = new Set<string>();
    let isTurned = false;
    let at = name;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      const maker = this.#makers.get(at);
      const shape = this.#weights.get(at)?.shape ?? (maker?.constant && readWeights(maker.constant).shape);
      if (shape !== undefined) return isTurned ? shape.toReversed() : shape;
      if (maker === undefined) return this.#outer?.shapeOf(at);
      const { operator, lists } = maker;
      if (operator === 'Transpose') {
        // Of a matrix; a kernel that is transposed stands so in the file.
        if (String(lists?.get('perm') ?? '1,0') !== '1,0') return undefined;
        isTurned = !isTurned;
      } else if (!sameShape.has(operator)) return undefined;
      at = maker.inputs[0];
    }
    return undefined;
  }

  /** Quantised numbers less their zero, times their scale: one of all, or one of each of the first side's parts. */
  worth(numbers?: string, scale?: string, zero?: string): Numbers | undefined {
    if (this.#depth.now >= deepestWorth) return undefined;
    this.#depth.now++;
    const [whole, scales, zeros] = [this.find(numbers), this.find(scale)?.values, this.find(zero)?.values ?? []];
    this.#depth.now--;
    if (whole === undefined || scales === undefined || scales.length === 0) return undefined;
    const { shape, values } = whole;
    const perPart = values.length / (shape[0] ?? 1);
    const part = (at: number, all: ArrayLike<number>) => all[all.length === 1 ? 0 : Math.floor(at / perPart)] ?? 0;
    return { shape, values: values.map((value, at) => (value - part(at, zeros)) * part(at, scales)) };
  }
}
