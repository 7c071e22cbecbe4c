import { type GraphNode, readNode, readStem, readWeights, type StemFacts, type Weights } from './onnx-stem.ts';
import { fieldsOf, message, number, protobufText, readProtobuf, text } from './protobuf.ts';

/** What an ONNX file says about itself without being run. */
export interface OnnxFacts {
  readonly irVersion: number;
  readonly producer: string;
  /** Operator set versions by domain; the standard one is ''. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly OnnxTensorFacts[];
  readonly outputs: readonly OnnxTensorFacts[];
  /** Files beside the network that hold its weights; empty when all is in one file. */
  readonly externalFiles: readonly string[];
  readonly nodeCount: number;
  /** Names of the operators that the graph is made of. */
  readonly operators: ReadonlySet<string>;
  /** Domains of those that are not ONNX's own, such as `com.microsoft`. */
  readonly foreignDomains: readonly string[];
  /** What its first convolution makes of its input; undefined where the file does not tell, as in quantised networks. */
  readonly stem: StemFacts | undefined;
}

export interface OnnxTensorFacts {
  readonly name: string;
  /** ONNX's name of the element type, as the runtime spells it; `other` for rare ones. */
  readonly type: string;
  /** A string is the name of a dynamic dimension ('' when it has none). Undefined: the file does not say. */
  readonly shape: readonly (number | string)[] | undefined;
}

/** onnx.proto, TensorProto.DataType. */
const elementTypes: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
};

/**
 * Reads a ModelProto (onnx.proto) as far as it is needed. Weights are stepped over, not read.
 * @returns undefined when the bytes are a protobuf message but no network: no graph in it.
 * @throws ProtobufError when they are no protobuf message.
 */
export function readOnnxFacts(bytes: Uint8Array): OnnxFacts | undefined {
  let irVersion = 0;
  let producer = '';
  const opsets: Record<string, number> = {};
  const metadata: Record<string, string> = {};
  let graph: Uint8Array | undefined;
  for (const field of readProtobuf(bytes)) {
    if (field.kind === 'number') {
      if (field.number === 1) irVersion = field.value;
      continue;
    }
    if (field.number === 2) producer = protobufText(field.bytes);
    if (field.number === 7) graph = field.bytes;
    if (field.number === 8) {
      const opset = fieldsOf(field.bytes);
      opsets[text(opset, 1)] = number(opset, 2);
    }
    if (field.number === 14) {
      const entry = fieldsOf(field.bytes);
      metadata[text(entry, 1)] = text(entry, 2);
    }
  }
  if (graph === undefined || irVersion === 0) return undefined;
  return { irVersion, producer, opsets, metadata, ...readGraph(graph) };
}

function readGraph(graph: Uint8Array) {
  const inputs: OnnxTensorFacts[] = [];
  const outputs: OnnxTensorFacts[] = [];
  const nodes: GraphNode[] = [];
  const weights = new Map<string, Weights>();
  for (const field of readProtobuf(graph)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 1) nodes.push(readNode(field.bytes));
    if (field.number === 11) inputs.push(readValueInfo(field.bytes));
    if (field.number === 12) outputs.push(readValueInfo(field.bytes));
    if (field.number === 5) {
      const read = readWeights(field.bytes);
      weights.set(read.name, read);
    }
  }
  const externalFiles = [...weights.values()].flatMap(({ externalFile }) => externalFile ?? []);
  // Before IR 4 every weight was listed as an input too.
  const pictures = inputs.filter((input) => !weights.has(input.name));
  return {
    inputs: pictures,
    outputs,
    externalFiles: [...new Set(externalFiles)],
    nodeCount: nodes.length,
    operators: new Set(nodes.map(({ operator }) => operator)),
    foreignDomains: [...new Set(nodes.map(({ domain }) => domain))].filter((domain) => !standardDomains.has(domain)),
    stem: readStem(nodes, weights, pictures[0]?.name),
  };
}

/** Two names of ONNX's own operators, and of its machine learning ones. */
const standardDomains = new Set(['', 'ai.onnx', 'ai.onnx.ml']);

function readValueInfo(bytes: Uint8Array): OnnxTensorFacts {
  const value = fieldsOf(bytes);
  const name = text(value, 1);
  const type = message(value, 2);
  const tensor = type === undefined ? undefined : message(fieldsOf(type), 1);
  if (tensor === undefined) return { name, type: 'other', shape: undefined };
  const parts = fieldsOf(tensor);
  const shape = message(parts, 2);
  return {
    name,
    type: elementTypes[number(parts, 1)] ?? 'other',
    shape: shape === undefined ? undefined : readShape(shape),
  };
}

function readShape(bytes: Uint8Array): (number | string)[] {
  const dimensions: (number | string)[] = [];
  for (const field of readProtobuf(bytes)) {
    if (field.kind !== 'bytes' || field.number !== 1) continue;
    const dimension = fieldsOf(field.bytes);
    const fixed = dimension.find((part) => part.number === 1 && part.kind === 'number');
    dimensions.push(fixed?.kind === 'number' ? fixed.value : text(dimension, 2));
  }
  return dimensions;
}
