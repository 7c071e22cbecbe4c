import type { ProfiledNode } from '../runtime/profile.ts';

/** What a network computes for one picture. */
export interface OperationCount {
  /**
   * Multiplications and additions of its convolutions and matrix products, a multiply-add being two, as papers count them
   * ("FLOPs"). What activations, normalisations and the rest add is a few percent.
   */
  readonly operations: number;
  /** Operators of weight in its graph that are not counted: the number is too low by theirs. */
  readonly uncounted: readonly string[];
}

type Shape = readonly number[];
type Counter = (inputs: readonly Shape[], output: Shape) => number | undefined;

/** An output feature is a sum over the kernel: everything of the weights but their first side. */
function convolution(weightsAt: number): Counter {
  return (inputs, output) => {
    const weights = inputs[weightsAt];
    return weights === undefined ? undefined : volume(output) * volume(weights.slice(1));
  };
}

/** Every input number goes into a kernel. */
const turnedConvolution: Counter = ([input, weights]) =>
  input === undefined || weights === undefined ? undefined : volume(input) * volume(weights.slice(1));

/** An output number is a sum over the first matrix's last side. */
const matrixProduct: Counter = ([first], output) => {
  const inner = first?.at(-1);
  return inner === undefined ? undefined : volume(output) * inner;
};

/** As `matrixProduct`, of a first matrix that may be transposed: one of its two sides is the output's. */
const turnableProduct: Counter = ([first], output) => {
  const [rows, columns] = [first?.at(-2), first?.at(-1)];
  if (rows === undefined || columns === undefined) return undefined;
  return volume(output) * (rows === output.at(-2) ? columns : rows);
};

/** By operator: ONNX's own, and those that ONNX Runtime's optimiser and quantiser make of them. */
const counters: Readonly<Record<string, Counter>> = {
  ...{ Conv: convolution(1), FusedConv: convolution(1), ConvInteger: convolution(1), QLinearConv: convolution(3) },
  ConvTranspose: turnedConvolution,
  ...{ MatMul: matrixProduct, MatMulInteger: matrixProduct, QLinearMatMul: matrixProduct },
  ...{ MatMulIntegerToFloat: matrixProduct, DynamicQuantizeMatMul: matrixProduct, MatMulNBits: matrixProduct },
  ...{ Gemm: turnableProduct, FusedGemm: turnableProduct, FusedMatMul: turnableProduct, QGemm: turnableProduct },
};

/** Operators that hold products of matrices as well. */
const heavy = new Set([
  ...['Einsum', 'LSTM', 'GRU', 'RNN', 'DeformConv', 'Attention', 'MultiHeadAttention', 'QAttention'],
]);

/** Pure: counts what ran, so that sides of no fixed size, branches and loops count as they were. */
export function countOperations(nodes: readonly ProfiledNode[]): OperationCount {
  let multiplyAdds = 0;
  const uncounted = new Set<string>();
  for (const { operator, inputShapes, outputShapes } of nodes) {
    const counter = Object.hasOwn(counters, operator) ? counters[operator] : undefined;
    const counted = counter?.(inputShapes, outputShapes[0] ?? []);
    if (counted !== undefined) multiplyAdds += counted;
    else if (counter !== undefined || heavy.has(operator)) uncounted.add(operator);
  }
  return { operations: 2 * multiplyAdds, uncounted: [...uncounted] };
}

function volume(shape: Shape): number {
  return shape.reduce((product, side) => product * side, 1);
}
