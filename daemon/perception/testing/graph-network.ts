import type { Weights } from '../detector/model/onnx-graph.ts';
import { bytesField, joined, numberField, textField } from '../detector/model/protobuf-writer.ts';
import { graphTensor } from './graphs.ts';
import { type TinyTensor, valueInfo } from './tiny-network.ts';

/** A node with its attributes, which are whole numbers, lists of them, or floats (`min: {float: 0}`). */
export interface NetworkNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;
}

export interface GraphNetworkOptions {
  readonly input?: TinyTensor;
  readonly nodes: readonly NetworkNode[];
  readonly tensors: readonly Weights[];
  readonly outputs: readonly TinyTensor[];
  readonly metadata?: Readonly<Record<string, string>>;
}

export function networkNode(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes?: NetworkNode['attributes'],
): NetworkNode {
  return { operator, inputs, output, ...(attributes && { attributes }) };
}

/**
 * A convolution of `images [1, 3, h, w]` that sees nothing: each cell of its grid gets these numbers, one a channel. What a graph
 * does with a head can so be tried on a network that runs.
 */
export function blindConvolution(
  output: string,
  stride: number,
  channels: readonly number[],
): { nodes: NetworkNode[]; tensors: Weights[] } {
  const kernel = [channels.length, 3, stride, stride];
  return {
    nodes: [
      networkNode('Conv', ['images', `${output} kernel`, `${output} bias`], output, {
        kernel_shape: [stride, stride],
        strides: [stride, stride],
      }),
    ],
    tensors: [
      graphTensor(`${output} kernel`, kernel, new Array<number>(3 * stride * stride * channels.length).fill(0)),
      graphTensor(`${output} bias`, [channels.length], channels),
    ],
  };
}

/** A whole ONNX file of these nodes, of opset 13. For tests only. */
export function graphNetwork(options: GraphNetworkOptions): Uint8Array {
  const { input = { name: 'images', shape: [1, 3, 64, 64] }, nodes, tensors, outputs, metadata = {} } = options;
  const graph = joined(
    ...nodes.map((node) => bytesField(1, nodeBytes(node))),
    textField(2, 'graph'),
    ...tensors.map(({ bytes }) => bytesField(5, bytes)),
    bytesField(11, valueInfo(input)),
    ...outputs.map((output) => bytesField(12, valueInfo(output))),
  );
  return joined(
    numberField(1, 8),
    bytesField(7, graph),
    bytesField(8, joined(textField(1, ''), numberField(2, 13))),
    ...Object.entries(metadata).map(([key, value]) => bytesField(14, joined(textField(1, key), textField(2, value)))),
  );
}

function nodeBytes({ operator, inputs, output, attributes = {} }: NetworkNode): Uint8Array {
  return joined(
    ...inputs.map((name) => textField(1, name)),
    textField(2, output),
    textField(4, operator),
    ...Object.entries(attributes).map(([name, value]) => bytesField(5, attributeBytes(name, value))),
  );
}

/** onnx.proto, AttributeProto; its types are FLOAT 1, INT 2 and INTS 7. */
function attributeBytes(name: string, value: number | readonly number[] | { readonly float: number }): Uint8Array {
  if (typeof value === 'number') return joined(textField(1, name), numberField(3, value), numberField(20, 2));
  if ('float' in value) {
    const float = Buffer.alloc(4);
    float.writeFloatLE(value.float);
    return joined(textField(1, name), [2 * 8 + 5], float, numberField(20, 1));
  }
  return joined(textField(1, name), ...value.map((each) => numberField(8, each)), numberField(20, 7));
}
