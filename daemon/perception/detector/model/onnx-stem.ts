import type { Constants } from './onnx-constants.ts';
import type { GraphNode, Numbers } from './onnx-graph.ts';

export interface StemFacts {
  /**
   * By how much a feature may change at most when the whole input changes by 1, on average over the features: the sum of
   * the kernel's magnitudes, times what the graph multiplies its input by before.
   */
  readonly sensitivity: number;
  /** The order of the colours whose means the graph takes off, of ImageNet's pictures; left out where it takes off none such. */
  readonly meanOrder?: 'rgb' | 'bgr';
}

/** Red's mean is larger than green's, and blue's is the least. @see `imageNetScale`; 0.48235, 0.45882, 0.40784 of torchvision's SSD too. */
function meanOrderOf(values: Numbers['values'] | undefined): StemFacts['meanOrder'] {
  const [first = 0, second = 0, third = 0] = values ?? [];
  if (values?.length !== 3) return undefined;
  if (first > second && second > third && third > 0) return 'rgb';
  return first > 0 && first < second && second < third ? 'bgr' : undefined;
}

/** Operators that hand a picture on in the same numbers, or in whole ones that stand for them. */
const passing = new Set([
  ...['Transpose', 'Identity', 'Cast', 'Slice', 'Concat', 'Pad', 'Reshape', 'SpaceToDepth', 'Gather', 'Split'],
  ...['Squeeze', 'Unsqueeze', 'Resize'],
  ...['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'QLinearConcat'],
]);

/** Convolutions, those of quantised networks among them. */
const convolutions = new Set(['Conv', 'FusedConv', 'ConvInteger', 'QLinearConv']);

/** Where in the graph its first convolution stands; undefined when it has none. */
export function firstConvolution(nodes: readonly GraphNode[]): number | undefined {
  const at = nodes.findIndex(({ operator }) => convolutions.has(operator));
  return at < 0 ? undefined : at;
}

/**
 * Follows the picture from the graph's input to the first convolution. It may be cut and turned on the way (YOLOX's
 * focus), scaled by constants and quantised; anything else ends the search.
 */
export function readStem(
  nodes: readonly GraphNode[],
  constants: Constants,
  input: string | undefined,
): StemFacts | undefined {
  let meanOrder: StemFacts['meanOrder'];
  /** By how much the graph has multiplied the picture, by the name of the tensor that holds it. */
  const gains = new Map<string, number>(input === undefined ? [] : [[input, 1]]);
  for (const node of nodes) {
    const { operator, inputs, outputs } = node;
    const picture = inputs.find((name) => gains.has(name));
    if (picture === undefined) continue;
    if (operator === 'Sub' && inputs[0] === picture) meanOrder ??= meanOrderOf(constants.find(inputs[1])?.values);
    const gain = gains.get(picture)!;
    if (convolutions.has(operator)) {
      // A normalisation behind it undoes whatever size the kernel has.
      if (nodes.some((each) => each.operator === 'BatchNormalization' && each.inputs[0] === outputs[0]))
        return undefined;
      const kernel = kernelOf(node, constants, nodes);
      const features = kernel?.shape[0];
      if (kernel === undefined || features === undefined || features === 0) return undefined;
      const sum = kernel.values.reduce((total, value) => total + Math.abs(value), 0);
      return { sensitivity: (gain * sum) / features, ...(meanOrder && { meanOrder }) };
    }
    const factor = factorOf(node, picture, constants);
    if (factor === undefined) return undefined;
    // Beside the numbers, DynamicQuantizeLinear puts out what they are worth.
    const handed = operator === 'DynamicQuantizeLinear' ? outputs.slice(0, 1) : outputs;
    for (const name of handed) gains.set(name, operator === 'Div' ? gain / factor : gain * factor);
  }
  return undefined;
}

/** What a node multiplies the picture by, or divides it by; 1 where it hands it on. Undefined for other nodes. */
function factorOf({ operator, inputs }: GraphNode, picture: string, constants: Constants): number | undefined {
  const other = inputs.find((name) => name !== picture);
  switch (operator) {
    case 'Mul':
    case 'Div':
      return meanMagnitude(constants.find(other)?.values);
    case 'QLinearMul':
      return meanMagnitude(
        inputs[0] === picture
          ? constants.worth(inputs[3], inputs[4], inputs[5])?.values
          : constants.worth(inputs[0], inputs[1], inputs[2])?.values,
      );
    case 'Add':
    case 'Sub':
    case 'QLinearAdd':
      return 1;
    default:
      return passing.has(operator) ? 1 : undefined;
  }
}

/** A convolution's weights, in what they are worth. */
function kernelOf(
  { operator, inputs }: GraphNode,
  constants: Constants,
  nodes: readonly GraphNode[],
): Numbers | undefined {
  switch (operator) {
    case 'ConvInteger': {
      // What its sums are worth is the product of both scales, taken beside it.
      const quantiser = nodes.find(({ outputs }) => outputs[0] === inputs[0]);
      const scale = quantiser?.outputs[1];
      const product = nodes.find(
        (each) => each.operator === 'Mul' && scale !== undefined && each.inputs.includes(scale),
      );
      return constants.worth(
        inputs[1],
        product?.inputs.find((name) => name !== scale),
        inputs[3],
      );
    }
    case 'QLinearConv':
      return constants.worth(inputs[3], inputs[4], inputs[5]);
    default:
      return constants.find(inputs[1]);
  }
}

function meanMagnitude(values: Numbers['values'] | undefined): number | undefined {
  if (values === undefined || values.length === 0) return undefined;
  const mean = values.reduce((total, value) => total + Math.abs(value), 0) / values.length;
  return mean > 0 && Number.isFinite(mean) ? mean : undefined;
}
