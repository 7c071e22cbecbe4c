import type { Constants } from './onnx-constants.ts';
import type { GraphNode } from './onnx-graph.ts';
import { firstConvolution } from './onnx-stem.ts';

/** What a network's features are made by, as far as it tells families apart whose heads are alike. */
export interface Backbone {
  /** Width of the first convolution's kernel, how far it steps, and how many channels it takes: three colours, or twelve of a focus. */
  readonly firstSide: number;
  readonly firstStep: number;
  readonly firstChannels: number;
  /** Whether features are added to features, as in a residual block; constants are no such. */
  readonly addsFeatures: boolean;
  /** How many times features are joined. */
  readonly joints: number;
}

const additions = new Set(['Add', 'Sum', 'QLinearAdd']);
const joints = new Set(['Concat', 'QLinearConcat']);

/** Undefined where the graph has no convolution whose weights it tells. */
export function readBackbone(nodes: readonly GraphNode[], constants: Constants): Backbone | undefined {
  const at = firstConvolution(nodes);
  const first = at === undefined ? undefined : nodes[at];
  const kernel = first && constants.shapeOf(first.inputs[first.operator === 'QLinearConv' ? 3 : 1]);
  const [, firstChannels, , firstSide] = kernel ?? [];
  if (first === undefined || firstChannels === undefined || firstSide === undefined) return undefined;
  const behind = nodes.slice(at);
  return {
    ...{ firstSide, firstChannels, firstStep: first.lists?.get('strides')?.at(-1) ?? 1 },
    addsFeatures: behind.some((node) => additions.has(node.operator) && addends(node).every(isComputed)),
    joints: behind.filter(({ operator }) => joints.has(operator)).length,
  };

  function isComputed(name: string): boolean {
    return constants.shapeOf(name) === undefined;
  }
}

/** Of an addition of whole numbers scales and zeros stand between them. */
function addends({ operator, inputs }: GraphNode): readonly string[] {
  return operator === 'QLinearAdd' ? inputs.filter((_, at) => at === 0 || at === 3) : inputs;
}
