import type { Constants } from './onnx-constants.ts';
import type { GraphNode } from './onnx-graph.ts';

/**
 * What a network's grids come from: a convolution that gives all of a cell's numbers, as heads with anchors have it; or parts
 * that were computed apart and then joined, as boxes and scores are by YOLOX and v8.
 */
export type OutputOrigin = 'convolution' | 'parts';

const convolutions = new Set(['Conv', 'FusedConv', 'QLinearConv', 'ConvInteger']);
const joints = new Set(['Concat', 'QLinearConcat']);
/** Operators that change neither which numbers there are nor what stands for what: also a sigmoid, and YOLOv7's factors. */
const passing = new Set([
  ...['Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity', 'Cast', 'Sigmoid', 'Mul', 'Add'],
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

/** Operators behind which the numbers are the same ones. */
const arranging = new Set([
  ...[
    'Transpose',
    'Reshape',
    'Squeeze',
    'Unsqueeze',
    'Flatten',
    'Identity',
    'Cast',
    'QuantizeLinear',
    'DequantizeLinear',
  ],
]);

/** The operator that makes each output's numbers, whatever arranges them behind it, by the output's name. */
export function outputOperators(nodes: readonly GraphNode[], outputs: readonly string[]): ReadonlyMap<string, string> {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  return new Map(
    outputs.flatMap((output) => {
      const seen = new Set<GraphNode>();
      let node = makers.get(output);
      while (node !== undefined && arranging.has(node.operator) && !seen.has(node)) {
        seen.add(node);
        node = makers.get(node.inputs[0] ?? '');
      }
      if (node === undefined || arranging.has(node.operator)) return [];
      return [[output, node.operator.replace(/^QLinear/, '')] as const];
    }),
  );
}

/** A row's parts that are joined: its box, its score, its class. */
const partsOfRow = 3;
const picking = new Set([...arranging, 'Slice', 'Gather', 'GatherND', 'Pad']);

/**
 * Whether rows of an output end in a number that 1 is added to, as EfficientDet's are whose class 0 is the background.
 * @see https://github.com/rwightman/efficientdet-pytorch/blob/master/effdet/anchors.py (generate_detections)
 */
export function countsFromOne(nodes: readonly GraphNode[], constants: Constants, output: string): boolean {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const seen = new Set<GraphNode>();
  let node = makers.get(output);
  let isInRow = false;
  while (node !== undefined && !seen.has(node)) {
    seen.add(node);
    const { operator, inputs } = node;
    if (isInRow && operator === 'Add') return inputs.some((name) => isOne(constants, name));
    if (!joints.has(operator) && !picking.has(operator)) return false;
    // Shorter joints put rows behind rows that fill up, or pictures behind pictures.
    const joinsRow: boolean = !isInRow && joints.has(operator) && inputs.length >= partsOfRow;
    isInRow ||= joinsRow;
    node = makers.get((joinsRow ? inputs.at(-1) : inputs[0]) ?? '');
  }
  return false;
}

function isOne(constants: Constants, name: string): boolean {
  const values = constants.find(name)?.values;
  return values !== undefined && values.length === 1 && values[0] === 1;
}
