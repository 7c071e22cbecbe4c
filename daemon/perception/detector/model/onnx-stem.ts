import { fieldsOf, message, number, protobufText, readProtobuf, text } from './protobuf.ts';

export interface StemFacts {
  /**
   * By how much a feature may change at most when the whole input changes by 1, on average over the features: the sum of
   * the kernel's magnitudes, times what the graph multiplies its input by before.
   */
  readonly sensitivity: number;
}

export interface GraphNode {
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of a `Constant` node: its tensor. */
  readonly constant: Uint8Array | undefined;
}

/** onnx.proto, NodeProto. */
export function readNode(bytes: Uint8Array): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let operator = '';
  let domain = '';
  let constant: Uint8Array | undefined;
  for (const field of readProtobuf(bytes)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 1) inputs.push(protobufText(field.bytes));
    if (field.number === 2) outputs.push(protobufText(field.bytes));
    if (field.number === 4) operator = protobufText(field.bytes);
    if (field.number === 7) domain = protobufText(field.bytes);
    if (field.number === 5) constant ??= message(fieldsOf(field.bytes), 5);
  }
  return { operator, domain, inputs, outputs, constant: operator === 'Constant' ? constant : undefined };
}

/** A tensor of the file, not yet read. */
export interface Weights {
  readonly name: string;
  readonly externalFile: string | undefined;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** onnx.proto, TensorProto; its numbers are stepped over. */
export function readWeights(bytes: Uint8Array): Weights {
  let name = '';
  const shape: number[] = [];
  let external = false;
  let location = '';
  for (const field of readProtobuf(bytes)) {
    if (field.kind === 'number') {
      if (field.number === 1) shape.push(field.value);
      if (field.number === 14) external = field.value === 1;
      continue;
    }
    if (field.number === 1) shape.push(...packedVarints(field.bytes));
    if (field.number === 8) name = protobufText(field.bytes);
    if (field.number === 13) {
      const entry = fieldsOf(field.bytes);
      if (text(entry, 1) === 'location') location = text(entry, 2);
    }
  }
  return { name, externalFile: external ? location : undefined, shape, bytes };
}

/** A stem's kernel is some thousand numbers; what is larger is none. */
const mostValues = 1 << 20;

/** The numbers of a float32 tensor, as raw bytes or one by one; undefined for others, and for too many. */
function floats(bytes: Uint8Array): { shape: number[]; values: Float32Array } | undefined {
  const fields = fieldsOf(bytes);
  const shape = fields.flatMap((field) => (field.number === 1 && field.kind === 'number' ? [field.value] : []));
  const packed = message(fields, 1);
  if (packed !== undefined) shape.push(...packedVarints(packed));
  if (number(fields, 2) !== floatType) return undefined;
  const raw = message(fields, 9) ?? message(fields, 4);
  if (raw === undefined || raw.length % 4 !== 0 || raw.length > mostValues * 4) return undefined;
  return { shape, values: new Float32Array(Uint8Array.from(raw).buffer) };
}

/** onnx.proto, TensorProto.DataType.FLOAT. */
const floatType = 1;

function packedVarints(bytes: Uint8Array): number[] {
  const values: number[] = [];
  let value = 0;
  let shift = 0;
  for (const byte of bytes) {
    value += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    if (byte >= 0x80) continue;
    values.push(value);
    [value, shift] = [0, 0];
  }
  return values;
}

/** Operators that hand a picture on in the same numbers. */
const passing = new Set([
  'Transpose',
  'Identity',
  'Cast',
  'Slice',
  'Concat',
  'Pad',
  'Reshape',
  'SpaceToDepth',
  'Gather',
  'Split',
]);

/**
 * Follows the picture from the graph's input to the first convolution. It may be cut and turned on the way (YOLOX's
 * focus) and scaled by constants; anything else ends the search.
 */
export function readStem(
  nodes: readonly GraphNode[],
  weights: ReadonlyMap<string, Weights>,
  input: string | undefined,
): StemFacts | undefined {
  const tensor = (name: string | undefined): ReturnType<typeof floats> => {
    if (name === undefined) return undefined;
    const bytes = weights.get(name)?.bytes ?? nodes.find((node) => node.outputs[0] === name)?.constant;
    return bytes === undefined ? undefined : floats(bytes);
  };
  /** By how much the graph has multiplied the picture, by the name of the tensor that holds it. */
  const gains = new Map<string, number>(input === undefined ? [] : [[input, 1]]);
  for (const { operator, inputs, outputs } of nodes) {
    const picture = inputs.find((name) => gains.has(name));
    if (picture === undefined) continue;
    const gain = gains.get(picture)!;
    const other = inputs.find((name) => name !== picture);
    if (operator === 'Conv') {
      // A normalisation behind it undoes whatever size the kernel has.
      if (nodes.some((node) => node.operator === 'BatchNormalization' && node.inputs[0] === outputs[0]))
        return undefined;
      const kernel = tensor(inputs[1]);
      const features = kernel?.shape[0];
      if (kernel === undefined || features === undefined || features === 0) return undefined;
      const sum = kernel.values.reduce((total, value) => total + Math.abs(value), 0);
      return { sensitivity: (gain * sum) / features };
    }
    const factor = operator === 'Mul' || operator === 'Div' ? meanMagnitude(tensor(other)?.values) : 1;
    const isOffset = operator === 'Add' || operator === 'Sub';
    if (factor === undefined || (!isOffset && operator !== 'Mul' && operator !== 'Div' && !passing.has(operator))) {
      return undefined;
    }
    for (const name of outputs) gains.set(name, operator === 'Div' ? gain / factor : gain * factor);
  }
  return undefined;
}

function meanMagnitude(values: Float32Array | undefined): number | undefined {
  if (values === undefined || values.length === 0) return undefined;
  const mean = values.reduce((total, value) => total + Math.abs(value), 0) / values.length;
  return mean > 0 && Number.isFinite(mean) ? mean : undefined;
}
