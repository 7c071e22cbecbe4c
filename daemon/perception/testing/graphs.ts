import type { GraphNode, Weights } from '../detector/model/onnx-graph.ts';
import { bytesField, joined, numberField, textField } from '../detector/model/protobuf-writer.ts';

/** By the numbers that ONNX gives to types of elements. */
const arrays = {
  1: Float32Array,
  2: Uint8Array,
  3: Int8Array,
  6: Int32Array,
  9: Uint8Array,
  7: BigInt64Array,
  11: Float64Array,
} as const;

/** A tensor as an ONNX file holds it. */
export function graphTensor(
  name: string,
  shape: readonly number[],
  values: readonly number[],
  type: keyof typeof arrays = 1,
): Weights {
  const raw = Buffer.from(type === 7 ? BigInt64Array.from(values, BigInt).buffer : arrays[type].from(values).buffer);
  const bytes = joined(
    ...shape.map((side) => numberField(1, side)),
    ...[numberField(2, type), textField(8, name), bytesField(9, raw)],
  );
  return { name, externalFile: undefined, shape, bytes };
}

export function scalar(name: string, value: number, type: keyof typeof arrays = 1): Weights {
  return graphTensor(name, [], [value], type);
}

export function weightsOf(tensors: readonly Weights[]): ReadonlyMap<string, Weights> {
  return new Map(tensors.map((each) => [each.name, each]));
}

export function graphNode(operator: string, inputs: readonly string[], output: string): GraphNode {
  return { operator, domain: '', inputs, outputs: [output], constant: undefined };
}
