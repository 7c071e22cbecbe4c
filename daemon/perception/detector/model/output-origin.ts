import type { GraphNode } from './onnx-graph.ts';

/**
 * What a network's grids come from: a convolution that gives all of a cell's numbers, as heads with anchors have it; or parts
 * that were computed apart and then joined, as boxes and scores are by YOLOX and v8.
 */
export type OutputOrigin = 'convolution' | 'parts';

const convolutions = new Set(['Conv', 'FusedConv', 'QLinearConv', 'ConvInteger']);
const joints = new Set(['Concat', 'QLinearConcat']);
/**
 * Operators that change neither which numbers there are nor what stands for what: also a sigmoid, YOLOv7's factors, and what
 * training for whole numbers bounds and rounds them by.
 */
const passing = new Set([
  ...['Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity', 'Cast', 'Sigmoid', 'Mul', 'Add'],
  ...['Clip', 'Max', 'Min', 'Round', 'Div'],
  ...['QuantizeLinear', 'DequantizeLinear', 'QLinearSigmoid', 'QLinearMul', 'QLinearAdd'],
]);

/** Where all of these outputs come from; undefined when they do not come the same way, or it cannot be told. */
export function outputOrigin(nodes: readonly GraphNode[], outputs: readonly string[]): OutputOrigin | undefined {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const origins = new Set(outputs.map((output) => originOf(makers, output)));
  const [origin] = origins;
  return origins.size === 1 ? origin : undefined;
}

function originOf(makers: ReadonlyMap<string, GraphNode>, output: string): OutputOrigin | undefined {
  const seen = new Set<GraphNode>();
  let node = makers.get(output);
  // A graph that goes in circles ends too.
  while (node !== undefined && !seen.has(node)) {
    const { operator, inputs } = node;
    if (joints.has(operator)) return 'parts';
    if (convolutions.has(operator)) return 'convolution';
    if (!passing.has(operator)) return undefined;
    seen.add(node);
    const computed: string | undefined = inputs.find(
      (name) => makers.has(name) && makers.get(name)!.operator !== 'Constant',
    );
    node = computed === undefined ? undefined : makers.get(computed);
  }
  return undefined;
}
