import { type ProtobufField, protobufText, readProtobuf } from './protobuf.ts';

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
  const externalFiles = new Set<string>();
  const weights = new Set<string>();
  let nodeCount = 0;
  for (const field of readProtobuf(graph)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 1) nodeCount++;
    if (field.number === 11) inputs.push(readValueInfo(field.bytes));
    if (field.number === 12) outputs.push(readValueInfo(field.bytes));
    if (field.number === 5) {
      const { name, externalFile } = readWeights(field.bytes);
      weights.add(name);
      if (externalFile !== undefined) externalFiles.add(externalFile);
    }
  }
  // Before IR 4 every weight was listed as an input too.
  return {
    inputs: inputs.filter((input) => !weights.has(input.name)),
    outputs,
    externalFiles: [...externalFiles],
    nodeCount,
  };
}

function readWeights(tensor: Uint8Array): { name: string; externalFile: string | undefined } {
  let name = '';
  let external = false;
  let location = '';
  for (const field of readProtobuf(tensor)) {
    if (field.kind === 'number') {
      if (field.number === 14) external = field.value === 1;
      continue;
    }
    if (field.number === 8) name = protobufText(field.bytes);
    if (field.number === 13) {
      const entry = fieldsOf(field.bytes);
      if (text(entry, 1) === 'location') location = text(entry, 2);
    }
  }
  return { name, externalFile: external ? location : undefined };
}

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

function fieldsOf(bytes: Uint8Array): readonly ProtobufField[] {
  return [...readProtobuf(bytes)];
}

function message(fields: readonly ProtobufField[], wanted: number): Uint8Array | undefined {
  const field = fields.find((part) => part.number === wanted && part.kind === 'bytes');
  return field?.kind === 'bytes' ? field.bytes : undefined;
}

function text(fields: readonly ProtobufField[], wanted: number): string {
  const bytes = message(fields, wanted);
  return bytes === undefined ? '' : protobufText(bytes);
}

function number(fields: readonly ProtobufField[], wanted: number): number {
  const field = fields.find((part) => part.number === wanted && part.kind === 'number');
  return field?.kind === 'number' ? field.value : 0;
}
