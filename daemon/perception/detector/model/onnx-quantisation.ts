import type { Constants } from './onnx-constants.ts';
import type { GraphNode } from './onnx-graph.ts';

/** What whole numbers of a quantised tensor are worth: `(number - zero) * scale`. */
export interface Quantisation {
  readonly scale: number;
  readonly zero: number;
}

/** The same with a scale and a zero for each place along one side of a tensor, counted from 0. */
export interface ChannelQuantisation {
  readonly scales: Float64Array;
  readonly zeros: Float64Array;
  readonly axis: number;
}

/** More than any tensor has; a number below 0 reads as a far larger one. */
const mostSides = 16;

/** Operators that hand on the numbers of their first input as they are. */
const passing = new Set([
  ...['Transpose', 'Identity', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice', 'Split', 'Gather', 'Pad'],
  ...['SpaceToDepth', 'DepthToSpace', 'MaxPool', 'Concat'],
]);

/** Where operators that put out whole numbers say what these are worth: the place of the scale; that of the zero follows. */
const outputScales: Readonly<Record<string, number>> = {
  QuantizeLinear: 1,
  DequantizeLinear: 1,
  QLinearConcat: 0,
  QLinearConv: 6,
  QLinearMatMul: 6,
  QLinearAdd: 6,
  QLinearMul: 6,
  QLinearSigmoid: 3,
  QLinearLeakyRelu: 3,
  QLinearSoftmax: 3,
  QLinearAveragePool: 3,
  QLinearGlobalAveragePool: 3,
};

/**
 * What the whole numbers of a picture are worth, by the first node that tells; of a picture of floats, what they are made
 * whole by. One scale for all of it.
 * @returns undefined where nothing in the graph says so: such networks take levels as they are, or floats.
 */
export function inputQuantisation(
  nodes: readonly GraphNode[],
  constants: Constants,
  input: string | undefined,
): Quantisation | undefined {
  const pictures = new Set(input === undefined ? [] : [input]);
  for (const { operator, inputs, outputs } of nodes) {
    const at = inputs.findIndex((name) => pictures.has(name));
    if (at < 0) continue;
    // Each operand of these stands before its scale and its zero.
    if (operator === 'QuantizeLinear' || operator === 'DequantizeLinear' || operator.startsWith('QLinear')) {
      return quantisation(constants, inputs[at + 1], inputs[at + 2]);
    }
    if (!passing.has(operator)) return undefined;
    for (const name of outputs) pictures.add(name);
  }
  return undefined;
}

/**
 * What the numbers of an output are worth, or were before they became floats; undefined for one that is not quantised, and for
 * floats that were joined from parts of several scales.
 */
export function outputQuantisation(
  nodes: readonly GraphNode[],
  constants: Constants,
  output: string,
): Quantisation | undefined {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  let found: Quantisation | undefined;
  // A set hands out what is added meanwhile, and each name once: a graph that goes in circles ends too.
  const parts = new Set([output]);
  for (const part of parts) {
    const { operator = '', inputs = [] } = makers.get(part) ?? {};
    const at = Object.hasOwn(outputScales, operator) ? outputScales[operator] : undefined;
    if (at === undefined) {
      if (!passing.has(operator) && operator !== 'Cast') return undefined;
      for (const name of operator === 'Concat' ? inputs : inputs.slice(0, 1)) parts.add(name);
      continue;
    }
    const own = quantisation(constants, inputs[at], inputs[at + 1]);
    if (own === undefined || (found !== undefined && (own.scale !== found.scale || own.zero !== found.zero)))
      return undefined;
    found = own;
  }
  return found;
}

/**
 * What the numbers of an output are worth that was quantised with a scale for each channel; undefined for others, and where the side is
 * counted from the last one.
 * @see https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
 */
export function outputChannelQuantisation(
  nodes: readonly GraphNode[],
  constants: Constants,
  output: string,
): ChannelQuantisation | undefined {
  const maker = nodes.find(({ outputs }) => outputs.includes(output));
  if (maker?.operator !== 'QuantizeLinear') return undefined;
  const scales = constants.find(maker.inputs[1])?.values;
  if (scales === undefined || scales.length < 2) return undefined;
  const zeros = constants.find(maker.inputs[2])?.values ?? new Float64Array(scales.length);
  const axis = maker.numbers?.get('axis') ?? 1;
  const areSound = scales.every((scale) => scale > 0 && Number.isFinite(scale)) && zeros.length === scales.length;
  return areSound && axis < mostSides
    ? { scales: Float64Array.from(scales), zeros: Float64Array.from(zeros), axis }
    : undefined;
}

function quantisation(
  constants: Constants,
  scaleName: string | undefined,
  zeroName: string | undefined,
): Quantisation | undefined {
  const scales = constants.find(scaleName)?.values;
  const zeros = constants.find(zeroName)?.values ?? Float64Array.of(0);
  const [scale = 0] = scales ?? [];
  const [zero = 0] = zeros;
  const isOne = scales?.length === 1 && zeros.length === 1;
  return isOne && scale > 0 && Number.isFinite(scale) ? { scale, zero } : undefined;
}
