import { type GraphNode, type Numbers, readNumbers, type Weights } from './onnx-graph.ts';

/** A first convolution's kernel is some thousand numbers; what is larger is not looked at. */
const mostValues = 1 << 20;

/** Tensors that are the same in every run, by their names. */
export class Constants {
  readonly #weights: ReadonlyMap<string, Weights>;
  readonly #makers: ReadonlyMap<string, GraphNode>;

  constructor(nodes: readonly GraphNode[], weights: ReadonlyMap<string, Weights>) {
    this.#weights = weights;
    this.#makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  }

  find(name: string | undefined): Numbers | undefined {
    if (name === undefined) return undefined;
    const maker = this.#makers.get(name);
    const bytes = this.#weights.get(name)?.bytes ?? maker?.constant;
    if (bytes !== undefined) return readNumbers(bytes, mostValues);
    switch (maker?.operator) {
      case 'Cast':
      case 'Identity':
        return this.find(maker.inputs[0]);
      case 'DequantizeLinear':
        return this.worth(...maker.inputs);
      default:
        return undefined;
    }
  }

  /** Quantised numbers less their zero, times their scale: one of all, or one of each of the first side's parts. */
  worth(numbers?: string, scale?: string, zero?: string): Numbers | undefined {
    const [whole, scales] = [this.find(numbers), this.find(scale)?.values];
    if (whole === undefined || scales === undefined || scales.length === 0) return undefined;
    const zeros = this.find(zero)?.values ?? [];
    const { shape, values } = whole;
    const perPart = values.length / (shape[0] ?? 1);
    const part = (at: number, all: ArrayLike<number>) => all[all.length === 1 ? 0 : Math.floor(at / perPart)] ?? 0;
    return { shape, values: values.map((value, at) => (value - part(at, zeros)) * part(at, scales)) };
  }
}
