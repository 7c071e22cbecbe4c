import { UserError } from '../../../platform/user-error.ts';
import type { InputFormat, PerColour } from '../preprocess/input-format.ts';
import { readValueInfo } from './onnx-facts.ts';
import { fieldsOf, readProtobuf, text } from './protobuf.ts';
import { bytesField, joined, numberField, textField } from './protobuf-writer.ts';

/**
 * In the metadata of a folded network: the order of the colours at its input, whatever its layout is used to. Its mean
 * and deviation lie in the graph.
 */
export const foldedChannelsKey = 'folded_channels';

const types = { float32: 1, uint8: 2, int64: 7, float16: 10 } as const;
/** Names of what is new, as long as the network has none like them. */
interface Names {
  /** The new input; what the network knew as its input becomes the last folded tensor. */
  readonly picture: string;
  readonly prefix: string;
}

/**
 * Puts what a picture goes through before it reaches a network into the network: the new input is uint8
 * `[1, height, width, 3]` (without the 1 where the network takes a picture by itself), RGB, as cameras give it; the graph turns the colours, casts, transposes and scales. Where the
 * network runs on a GPU the CPU then copies a quarter of the bytes and computes nothing.
 * @param bytes the ONNX file @param input the network's own input @param format how it takes pictures
 * @throws UserError when the network takes uint8 already.
 */
export function foldPreprocessing(bytes: Uint8Array, input: string, format: InputFormat): Uint8Array {
  if (format.type === 'uint8' || format.type === 'int8')
    throw new UserError(`the network takes pictures of ${format.type} already: nothing is left to fold`);
  const isHalf = format.type === 'float16';
  const parts: Uint8Array[] = [];
  for (const field of readProtobuf(bytes)) {
    const isGraph = field.kind === 'bytes' && field.number === 7;
    parts.push(isGraph ? bytesField(7, foldGraph(field.bytes, input, format, isHalf)) : field.whole);
  }
  parts.push(bytesField(14, joined(textField(1, foldedChannelsKey), textField(2, 'rgb'))));
  return Buffer.concat(parts);
}

function foldGraph(graph: Uint8Array, input: string, format: InputFormat, isHalf: boolean): Uint8Array {
  const fields = [...readProtobuf(graph)];
  const old = fields.find(
    (field) => field.kind === 'bytes' && field.number === 11 && text(fieldsOf(field.bytes), 1) === input,
  );
  if (old?.kind !== 'bytes') throw new UserError(`the network has no input "${input}"`);
  const batch = readValueInfo(old.bytes).shape?.length === 3 ? [] : [format.pictures ?? 1];
  const names = { picture: freeName(graph, 'picture'), prefix: freeName(graph, 'folded_preprocessing') };
  const { nodes, weights } = foldedNodes(input, format, { isHalf, isBatch: batch.length > 0, names });
  // A list, and not arguments, of which there may not be as many as a graph may have parts.
  return Buffer.concat([
    ...nodes.map((node) => bytesField(1, node)),
    ...fields.map((field) =>
      field === old ? bytesField(11, pictureInput(names.picture, batch, format)) : field.whole,
    ),
    ...weights.map((tensor) => bytesField(5, tensor)),
  ]);
}

/** A name that stands nowhere in the graph, nor in those inside it. */
function freeName(graph: Uint8Array, wanted: string): string {
  const bytes = Buffer.from(graph.buffer, graph.byteOffset, graph.byteLength);
  let name = wanted;
  for (let count = 2; bytes.includes(name); count++) name = `${wanted}_${count}`;
  return name;
}

/** From uint8 [1, height, width, 3] to what the network was fed with. Turning and transposing come first, on bytes. */
function foldedNodes(
  input: string,
  format: InputFormat,
  { isHalf, isBatch, names }: { readonly isHalf: boolean; readonly isBatch: boolean; readonly names: Names },
) {
  const { prefix } = names;
  const weights: Uint8Array[] = [];
  const nodes: Uint8Array[] = [];
  let tensor = names.picture;
  const step = (operator: string, others: readonly string[], attributes: readonly Uint8Array[] = []): void => {
    const output = `${prefix}_${nodes.length}`;
    nodes.push(node(operator, [tensor, ...others], output, attributes));
    tensor = output;
  };
  if (format.channels === 'bgr') {
    weights.push(int64s(`${prefix}_order`, [2, 1, 0]));
    step('Gather', [`${prefix}_order`], [wholeAttribute('axis', isBatch ? 3 : 2)]);
  }
  if (format.order === 'nchw') step('Transpose', [], [wholesAttribute('perm', isBatch ? [0, 3, 1, 2] : [2, 0, 1])]);
  // Levels up to 255 are whole in float16 as well, but the mean and the scale are better applied in float32.
  step('Cast', [], [wholeAttribute('to', types.float32)]);
  const ofChannels = (values: PerColour): number[] => (format.channels === 'rgb' ? [...values] : [...values].reverse());
  const perColour = format.order === 'nchw' ? [3, 1, 1] : [1, 1, 3];
  const shape = isBatch ? [1, ...perColour] : perColour;
  if (format.mean.some((mean) => mean !== 0)) {
    weights.push(floats(`${prefix}_mean`, shape, ofChannels(format.mean)));
    step('Sub', [`${prefix}_mean`]);
  }
  // Division, not multiplication by the inverse: one rounding, as outside of the graph.
  weights.push(floats(`${prefix}_deviation`, shape, ofChannels(format.deviation)));
  step('Div', [`${prefix}_deviation`]);
  if (isHalf) step('Cast', [], [wholeAttribute('to', types.float16)]);
  nodes.push(node('Identity', [tensor], input, []));
  return { nodes, weights };
}

function pictureInput(name: string, batch: readonly number[], { widthPx, heightPx }: InputFormat): Uint8Array {
  const sides = [...batch, heightPx, widthPx, 3].map((side) => bytesField(1, numberField(1, side)));
  const tensor = joined(numberField(1, types.uint8), bytesField(2, joined(...sides)));
  return joined(textField(1, name), bytesField(2, bytesField(1, tensor)));
}

/** onnx.proto, NodeProto. */
function node(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[],
): Uint8Array {
  return joined(
    ...inputs.map((name) => textField(1, name)),
    textField(2, output),
    textField(3, `${output}_${operator.toLowerCase()}`),
    textField(4, operator),
    ...attributes.map((attribute) => bytesField(5, attribute)),
  );
}

/** onnx.proto, AttributeProto: type 2 is one whole number, 7 a list of them. */
function wholeAttribute(name: string, value: number): Uint8Array {
  return joined(textField(1, name), numberField(3, value), numberField(20, 2));
}

function wholesAttribute(name: string, values: readonly number[]): Uint8Array {
  return joined(textField(1, name), ...values.map((value) => numberField(8, value)), numberField(20, 7));
}

/** onnx.proto, TensorProto. */
function floats(name: string, shape: readonly number[], values: readonly number[]): Uint8Array {
  const raw = Buffer.from(Float32Array.from(values).buffer);
  return joined(
    ...shape.map((side) => numberField(1, side)),
    numberField(2, types.float32),
    textField(8, name),
    bytesField(9, raw),
  );
}

function int64s(name: string, values: readonly number[]): Uint8Array {
  const raw = Buffer.from(BigInt64Array.from(values, BigInt).buffer);
  return joined(numberField(1, values.length), numberField(2, types.int64), textField(8, name), bytesField(9, raw));
}
