import type { Constants } from './onnx-constants.ts';
import type { GraphNode } from './onnx-graph.ts';

/** Operators behind which the numbers are the same ones, in another order, type or precision. */
export const arranging: ReadonlySet<string> = new Set([
  ...['Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity', 'Cast'],
  ...['QuantizeLinear', 'DequantizeLinear'],
]);

export function makersOf(nodes: readonly GraphNode[]): ReadonlyMap<string, GraphNode> {
  return new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
}

/**
 * The operator that makes each output's numbers, by the output's name. Stepped over is what only arranges them, what training
 * for whole numbers leaves behind (a bound as wide as the whole numbers are, or a division, a rounding and a multiplication),
 * upper bounds, and a division of sums by one constant, as that of logits by a temperature.
 */
export function outputOperators(
  nodes: readonly GraphNode[],
  constants: Constants,
  outputs: readonly string[],
): ReadonlyMap<string, string> {
  const graph: Graph = { makers: makersOf(nodes), constants };
  return new Map(
    outputs.flatMap((output) => {
      const operator = makerBehind(graph, output).operator;
      return operator === undefined ? [] : [[output, operator] as const];
    }),
  );
}

/**
 * As `outputOperators`, of the parts that an output is joined of, as the cells of all grids are: all of their operators.
 */
export function partOperators(
  nodes: readonly GraphNode[],
  constants: Constants,
  outputs: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const graph: Graph = { makers: makersOf(nodes), constants };
  const operatorsOf = (output: string) => {
    const found = new Set<string>();
    const seen = new Set<GraphNode | undefined>();
    const waiting = [output];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const { operator, node } = makerBehind(graph, name);
      if (operator === undefined || seen.has(node)) continue;
      seen.add(node);
      if (operator === 'Concat') waiting.push(...(node?.inputs ?? []));
      else found.add(operator);
    }
    return found;
  };
  return new Map(
    outputs.flatMap((output) => {
      const operators = operatorsOf(output);
      return operators.size === 0 ? [] : [[output, operators] as const];
    }),
  );
}

interface Graph {
  readonly makers: ReadonlyMap<string, GraphNode>;
  readonly constants: Constants;
}

/** What makes a tensor's numbers, and its operator as whole numbers have it or not. */
function makerBehind(graph: Graph, output: string): { readonly operator?: string; readonly node?: GraphNode } {
  const { makers, constants } = graph;
  const seen = new Set<GraphNode>();
  /** What 0 is among the whole numbers that a node's numbers are just now. */
  let zero = 0;
  let isDivided = false;
  let node = makers.get(output);
  while (node !== undefined && !seen.has(node)) {
    seen.add(node);
    const { operator, inputs } = node;
    const rounded = roundedInput(graph, node);
    if (rounded !== undefined) {
      node = makers.get(rounded);
      continue;
    }
    if (arranging.has(operator)) {
      if (operator === 'DequantizeLinear') zero = constants.find(inputs[2])?.values[0] ?? 0;
      if (operator === 'QuantizeLinear') zero = 0;
    } else if (isDividedByOne(graph, node)) {
      isDivided = true;
    } else if (!(lowerBound(graph, node) < zero)) {
      return { operator: isDivided && !summing.has(operator) ? 'Div' : operator.replace(/^QLinear/, ''), node };
    }
    node = makers.get(computedInput(graph, node) ?? '');
  }
  return isDivided ? { operator: 'Div' } : {};
}

/** Operators of weighted sums, which stay such when all are divided by one number. */
const summing = new Set([
  ...['Gemm', 'MatMul', 'Conv', 'Add', 'Sum', 'BatchNormalization', 'Einsum'],
  ...['FusedGemm', 'FusedMatMul', 'FusedConv', 'QLinearMatMul', 'QLinearConv', 'QLinearAdd', 'QGemm'],
]);

function isDividedByOne({ constants }: Graph, { operator, inputs }: GraphNode): boolean {
  return operator === 'Div' && constants.find(inputs[1])?.values.length === 1;
}

/** The input that is not the same in every run. */
function computedInput({ makers, constants }: Graph, { inputs }: GraphNode): string | undefined {
  return inputs.find((name) => makers.has(name) && constants.find(name) === undefined);
}

/**
 * Below what none of a node's numbers is, of one that does nothing to them but to bound them; not a number for all others, and
 * where a bound is computed.
 */
function lowerBound({ constants }: Graph, { operator, inputs, numbers }: GraphNode): number {
  switch (operator) {
    case 'Relu':
      return 0;
    case 'Clip': {
      const least = inputs[1] ?? '';
      if (least !== '') return constants.find(least)?.values[0] ?? Number.NaN;
      return numbers?.get('min') ?? Number.NEGATIVE_INFINITY;
    }
    case 'Max':
    case 'Min': {
      const bounds = inputs.flatMap((name) => [...(constants.find(name)?.values ?? [])]);
      if (bounds.length === 0) return Number.NaN;
      return operator === 'Min' ? Number.NEGATIVE_INFINITY : Math.max(...bounds);
    }
    default:
      return Number.NaN;
  }
}

/** A few nodes: to divide by a scale, add a zero, round, bound, and back. */
const stepsOfRounding = 4;

/** What a node gives again in steps, where it ends a rounding that plain operators were written for. */
function roundedInput(graph: Graph, end: GraphNode): string | undefined {
  if (end.operator !== 'Mul' && end.operator !== 'Div') return undefined;
  const { makers } = graph;
  let node: GraphNode | undefined = end;
  for (let step = 0; step < stepsOfRounding && node?.operator !== 'Round'; step++) {
    if (node === undefined || !['Mul', 'Div', 'Sub', 'Add', 'Clip', 'Min', 'Max', 'Cast'].includes(node.operator)) {
      return undefined;
    }
    node = makers.get(computedInput(graph, node) ?? '');
  }
  if (node?.operator !== 'Round') return undefined;
  let [input] = node.inputs;
  for (let step = 0; step < stepsOfRounding; step++) {
    const before: GraphNode | undefined = makers.get(input ?? '');
    if (before === undefined || !['Add', 'Clip', 'Min', 'Max', 'Mul', 'Div'].includes(before.operator)) break;
    input = computedInput(graph, before);
    // By the one scale; another is the network's own.
    if (before.operator === 'Mul' || before.operator === 'Div') break;
  }
  return input;
}
