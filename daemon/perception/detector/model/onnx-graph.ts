import { halfToNumber } from '../preprocess/float16.ts';
import { fieldsOf, message, number, type ProtobufField, protobufText, readProtobuf, text } from './protobuf.ts';
import { bytesField, joined, numberField } from './protobuf-writer.ts';

export interface GraphNode {
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of a `Constant` node: its tensor; undefined where it holds its value otherwise than as one. */
  readonly constant: Uint8Array | undefined;
  /** Graphs that it runs, such as the branches of an `If`. */
  readonly graphs?: readonly Uint8Array[];
  /** All tensors among its attributes. */
  readonly tensors?: readonly Uint8Array[];
  /** Its attributes that are one number, by their names; a negative whole one reads as one of 2^63 or more. */
  readonly numbers?: ReadonlyMap<string, number>;
  /** Its attributes that are lists of whole numbers, without their sign. */
  readonly lists?: ReadonlyMap<string, readonly number[]>;
}

/** onnx.proto, NodeProto. */
export function readNode(bytes: Uint8Array): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let operator = '';
  let domain = '';
  const attributes: Uint8Array[] = [];
  for (const field of readProtobuf(bytes)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 1) inputs.push(protobufText(field.bytes));
    if (field.number === 2) outputs.push(protobufText(field.bytes));
    if (field.number === 4) operator = protobufText(field.bytes);
    if (field.number === 7) domain = protobufText(field.bytes);
    if (field.number === 5) attributes.push(field.bytes);
  }
  const { value, graphs, tensors, numbers, lists } = readAttributes(attributes);
  const constant = operator === 'Constant' ? value : undefined;
  return { operator, domain, inputs, outputs, constant, graphs, tensors, numbers, lists };
}

/** What attributes hold (onnx.proto, AttributeProto). */
interface AttributeParts {
  /** The first tensor that lists all its numbers; numbers that stand there without a tensor count as one. */
  readonly value: Uint8Array | undefined;
  readonly tensors: readonly Uint8Array[];
  readonly graphs: readonly Uint8Array[];
  readonly numbers: ReadonlyMap<string, number>;
  readonly lists: ReadonlyMap<string, readonly number[]>;
}

export function readAttributes(attributes: readonly Uint8Array[]): AttributeParts {
  const tensors: Uint8Array[] = [];
  const sparse: Uint8Array[] = [];
  const graphs: Uint8Array[] = [];
  const numbers = new Map<string, number>();
  const lists = new Map<string, readonly number[]>();
  let listed: Uint8Array | undefined;
  for (const attribute of attributes) {
    const fields = fieldsOf(attribute);
    for (const part of fields) {
      if (part.kind === 'number' && (part.number === 2 || part.number === 3)) numbers.set(text(fields, 1), part.value);
      if (part.kind !== 'bytes') continue;
      if (part.number === 5 || part.number === 10) tensors.push(part.bytes);
      if (part.number === 6 || part.number === 11) graphs.push(part.bytes);
      if (part.number === 22 || part.number === 23) for (const each of sparseParts(part.bytes)) sparse.push(each);
    }
    const wholes = wholesOf(fields);
    if (wholes.length > 0) lists.set(text(fields, 1), wholes);
    listed ??= listedTensor(fields);
  }
  return { value: tensors[0] ?? listed, tensors: [...tensors, ...sparse], graphs, numbers, lists };
}

/** A `Constant`'s numbers where it lists them without a tensor, as PyTorch's newer exporter writes them. */
function listedTensor(fields: readonly ProtobufField[]): Uint8Array | undefined {
  switch (text(fields, 1)) {
    case 'value_ints':
      return wholeTensor(wholesOf(fields));
    case 'value_int':
      return wholeTensor([number(fields, 3)]);
    case 'value_float':
      return floatTensor([number(fields, 2)]);
    default:
      return undefined;
  }
}

/** The two tensors of one of which most numbers are 0: the others, and their places (onnx.proto, SparseTensorProto). */
export function sparseParts(bytes: Uint8Array): Uint8Array[] {
  return fieldsOf(bytes).flatMap((part) =>
    part.kind === 'bytes' && (part.number === 1 || part.number === 2) ? [part.bytes] : [],
  );
}

/** An attribute's whole numbers, one by one or packed; without their sign. */
function wholesOf(fields: readonly ProtobufField[]): number[] {
  return fields.flatMap((part) => {
    if (part.number !== 8) return [];
    return part.kind === 'number' ? [part.value] : packedVarints(part.bytes);
  });
}

/** A TensorProto of 64-bit numbers in a list. */
function wholeTensor(values: readonly number[]): Uint8Array {
  // A damaged file may have fractions where whole numbers should be.
  const whole = (value: number) => BigInt(Number.isFinite(value) ? Math.trunc(value) : 0);
  const raw = Buffer.from(BigInt64Array.from(values, (value) => BigInt.asIntN(64, whole(value))).buffer);
  return joined(numberField(1, values.length), numberField(2, 7), bytesField(9, raw));
}

function floatTensor(values: readonly number[]): Uint8Array {
  const raw = Buffer.from(Float32Array.from(values).buffer);
  return joined(numberField(1, values.length), numberField(2, 1), bytesField(9, raw));
}

/**
 * Nodes in an order in which each comes after those that it reads from; nodes that are in such an order already stay as they
 * are. ONNX asks for that, but converters to half precision append their casts, and the runtime puts up with it. Nodes in a
 * circle come somewhere.
 */
export function inOrder(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const ordered: GraphNode[] = [];
  const seen = new Set<GraphNode>();
  const done = new Set<GraphNode>();
  // A stack of its own: chains of nodes may be longer than the language's lets calls be.
  const waiting: GraphNode[] = [];
  for (const start of nodes) {
    waiting.push(start);
    for (let node = waiting.at(-1); node !== undefined; node = waiting.at(-1)) {
      const before = seen.has(node) ? [] : node.inputs.flatMap((name) => makers.get(name) ?? []);
      seen.add(node);
      const missing = before.filter((maker) => !seen.has(maker));
      if (missing.length > 0) {
        for (const maker of missing.reverse()) waiting.push(maker);
        continue;
      }
      waiting.pop();
      if (!done.has(node)) ordered.push(node);
      done.add(node);
    }
  }
  return ordered;
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
    if (field.number === 1) for (const side of packedVarints(field.bytes)) shape.push(side);
    if (field.number === 8) name = protobufText(field.bytes);
    if (field.number === 13) {
      const entry = fieldsOf(field.bytes);
      if (text(entry, 1) === 'location') location = text(entry, 2);
    }
  }
  return { name, externalFile: external ? location : undefined, shape, bytes };
}

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

/** The numbers of a tensor, and its sides. */
export interface Numbers {
  readonly shape: readonly number[];
  /** Float64, for the sides of shapes. */
  readonly values: Float64Array;
}

/** onnx.proto, TensorProto.DataType, of those that weights of a convolution, their scales, shapes, and plain numbers come in. */
const readers: Readonly<Record<number, { readonly bytes: number; read(view: DataView, at: number): number }>> = {
  1: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  2: { bytes: 1, read: (view, at) => view.getUint8(at) },
  3: { bytes: 1, read: (view, at) => view.getInt8(at) },
  4: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  5: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  6: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  7: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  10: { bytes: 2, read: (view, at) => halfToNumber(view.getUint16(at, true)) },
  11: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

/**
 * The numbers of a TensorProto, as raw bytes or one by one.
 * @returns undefined for tensors of other types, and for those of more than `most` numbers.
 */
export function readNumbers(tensor: Uint8Array, most: number): Numbers | undefined {
  const fields = fieldsOf(tensor);
  const type = number(fields, 2);
  const reader = readers[type];
  const { shape } = readWeights(tensor);
  const count = shape.reduce((product, side) => product * side, 1);
  if (reader === undefined || count > most) return undefined;
  // Floats stand in float_data and double_data, 64-bit numbers in int64_data, all others in int32_data.
  const listed = message(fields, type === 7 ? 7 : 5);
  const unpacked = type === 1 ? 4 : type === 11 ? 10 : undefined;
  const raw = message(fields, 9) ?? (unpacked === undefined ? undefined : message(fields, unpacked));
  if (raw === undefined) {
    const whole = listed === undefined ? [] : type === 7 ? packedVarints(listed) : lowWords(listed);
    if (whole.length !== count) return undefined;
    return { shape, values: Float64Array.from(whole, (word) => (type === 10 ? halfToNumber(word) : word)) };
  }
  if (raw.length !== count * reader.bytes) return undefined;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return { shape, values: Float64Array.from({ length: count }, (_, at) => reader.read(view, at * reader.bytes)) };
}

/** Varints whose low 32 bits are a whole number with its sign. */
function lowWords(bytes: Uint8Array): number[] {
  const words: number[] = [];
  let word = 0;
  let shift = 0;
  for (const byte of bytes) {
    if (shift < 32) word |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte >= 0x80) continue;
    words.push(word);
    [word, shift] = [0, 0];
  }
  return words;
}
