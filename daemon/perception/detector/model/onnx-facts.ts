import { type Backbone, readBackbone } from './backbone.ts';
import { firstClassOf } from './class-offset.ts';
import { addedNumbers, joinedProducts, lastProducts } from './last-products.ts';
import { Constants } from './onnx-constants.ts';
import { type GraphNode, inOrder, type Weights } from './onnx-graph.ts';
import {
  type ChannelQuantisation,
  inputQuantisation,
  outputChannelQuantisation,
  outputQuantisation,
  type Quantisation,
} from './onnx-quantisation.ts';
import { type LocalFunction, readFunction, readGraphBody, type Scope, scopesOf } from './onnx-scopes.ts';
import { firstConvolution, readStem, type StemFacts } from './onnx-stem.ts';
import { outputOperators, partOperators } from './output-operators.ts';
import { type OutputOrigin, outputOrigin } from './output-origin.ts';
import { pictureAmong } from './picture-input.ts';
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
  /** Names of the operators that the graph is made of, with all that its nodes run within themselves and its own functions. */
  readonly operators: ReadonlySet<string>;
  /**
   * Of the outermost graph's, what stands at or behind the first convolution: what prepares the picture is not among them. Operators on whole
   * numbers stand there by the names of what they compute too: `QLinearAdd` also as `Add`.
   */
  readonly operatorsBehindPicture: ReadonlySet<string>;
  /** Those that are not ONNX's own by domain and name, such as `com.microsoft.FusedConv`; not those that the file itself defines. */
  readonly foreignOperators: readonly string[];
  /** The latest of ONNX's own operator sets that one of its functions asks for. */
  readonly functionOpset: number | undefined;
  /** What the file says that its weights are; a negative side reads as one of 2^63 or more. */
  readonly weights: readonly TensorClaim[];
  /** The same of all other tensors: within nodes, the graphs that they run, and functions. */
  readonly innerTensors: readonly TensorClaim[];
  /** Shapes that its nodes are told to fill, as far as they stand in the file. */
  readonly filledShapes: readonly { readonly operator: string; readonly shape: readonly number[] }[];
  /** What its first convolution makes of its input; undefined where the file does not tell, as in quantised networks. */
  readonly stem: StemFacts | undefined;
  /** What its features are made by; undefined where it has no convolution whose weights stand in the file. */
  readonly backbone: Backbone | undefined;
  /** What the whole numbers of its first input are worth, or what its floats are made whole by; undefined for neither. */
  readonly pictureQuantisation: Quantisation | undefined;
  /** The same of its outputs, by their names; those that are not quantised are left out. */
  readonly outputQuantisations: ReadonlyMap<string, Quantisation>;
  /** The same of those that have a scale for each channel. */
  readonly outputChannelQuantisations: ReadonlyMap<string, ChannelQuantisation>;
  /** What all of its outputs come from; undefined where they come from different things, or it cannot be told. */
  readonly outputOrigin: OutputOrigin | undefined;
  /** The operator that each output's numbers come from, by its name; those that nothing computes are left out. */
  readonly outputOperators: ReadonlyMap<string, string>;
  /** Those of the parts that each output is joined of, by its name (`partOperators`). */
  readonly partOperators: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many numbers the last products before each output give, by its name (`lastProducts`). */
  readonly lastProducts: ReadonlyMap<string, readonly number[]>;
  /** How many numbers are added behind these, by its name (`addedNumbers`). */
  readonly addedNumbers: ReadonlyMap<string, number>;
  /** In what order they are joined, where each part comes from one (`joinedProducts`). */
  readonly joinedProducts: ReadonlyMap<string, readonly number[]>;
  /** Of a network with one output: what classes are counted from that its rows end in (`firstClassOf`), where the graph tells. */
  readonly firstClass: 0 | 1 | undefined;
}

export interface TensorClaim {
  readonly name: string;
  readonly shape: readonly number[];
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
  const functions: Uint8Array[] = [];
  for (const field of readProtobuf(bytes)) {
    if (field.kind === 'number') {
      if (field.number === 1) irVersion = field.value;
      continue;
    }
    if (field.number === 2) producer = protobufText(field.bytes);
    // Of a message that comes twice, protobuf joins the parts.
    if (field.number === 7) graph = graph === undefined ? field.bytes : Buffer.concat([graph, field.bytes]);
    if (field.number === 25) functions.push(field.bytes);
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
  return { irVersion, producer, opsets, metadata, ...readGraph(graph, functions.map(readFunction)) };
}

function readGraph(graph: Uint8Array, functions: readonly LocalFunction[]) {
  const inputs: OnnxTensorFacts[] = [];
  const outputs: OnnxTensorFacts[] = [];
  for (const field of readProtobuf(graph)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 11) inputs.push(readValueInfo(field.bytes));
    if (field.number === 12) outputs.push(readValueInfo(field.bytes));
  }
  const body = readGraphBody(graph);
  const nodes = inOrder(body.nodes);
  const weights = new Map(body.weights.map((each) => [each.name, each]));
  const outermost = scopesOf(body);
  const scopes = [...outermost, ...functions.flatMap((each) => scopesOf(each, each.graphs))];
  const tensors = scopes.flatMap((scope) => scope.tensors);
  const all = scopes.flatMap((scope) => scope.nodes);
  const local = new Set(functions.map(({ operator }) => operator));
  const foreign = all.filter(
    ({ domain, operator }) => !standardDomains.has(domain) && !local.has(`${domain}.${operator}`),
  );
  const functionOpsets = functions.flatMap(({ opset }) => opset ?? []);
  // Before IR 4 every weight was listed as an input too.
  const pictures = inputs.filter((input) => !weights.has(input.name));
  const picture = pictureAmong(pictures)?.name;
  const constants = new Constants(nodes, weights);
  const outputNames = outputs.map(({ name }) => name);
  return {
    inputs: pictures,
    outputs,
    externalFiles: [...new Set(tensors.flatMap(({ externalFile }) => externalFile ?? []))],
    nodeCount: nodes.length,
    operators: new Set(all.map(({ operator }) => operator)),
    operatorsBehindPicture: new Set(nodes.slice(firstConvolution(nodes) ?? 0).flatMap(namesOf)),
    foreignOperators: [...new Set(foreign.map(({ domain, operator }) => `${domain}.${operator}`))],
    functionOpset: functionOpsets.toSorted((a, b) => b - a)[0],
    weights: [...weights.values()].map(claimOf),
    innerTensors: tensors.filter((tensor) => weights.get(tensor.name) !== tensor).map(claimOf),
    filledShapes: scopes.flatMap(filledShapes),
    stem: readStem(nodes, constants, picture),
    backbone: readBackbone(nodes, constants),
    pictureQuantisation: inputQuantisation(nodes, constants, picture),
    outputQuantisations: new Map(
      outputs.flatMap(({ name }) => {
        const quantisation = outputQuantisation(nodes, constants, name);
        return quantisation === undefined ? [] : [[name, quantisation] as const];
      }),
    ),
    outputChannelQuantisations: new Map(
      outputs.flatMap(({ name }) => {
        const quantisation = outputChannelQuantisation(nodes, constants, name);
        return quantisation === undefined ? [] : [[name, quantisation] as const];
      }),
    ),
    outputOrigin: outputOrigin(nodes, outputNames),
    firstClass: outputs.length === 1 ? firstClassOf(nodes, constants, outputs[0]!.name) : undefined,
    outputOperators: outputOperators(nodes, constants, outputNames),
    partOperators: partOperators(nodes, constants, outputNames),
    lastProducts: lastProducts(nodes, constants, outputNames),
    addedNumbers: addedNumbers(nodes, constants, outputNames),
    joinedProducts: joinedProducts(nodes, constants, outputNames),
  };
}

function claimOf({ name, shape }: Weights): TensorClaim {
  return { name, shape };
}

/** Operators that make a tensor as large as an input of theirs says, and which input that is. */
const shapeInputs: Readonly<Record<string, number>> = { ConstantOfShape: 0, Expand: 1, Resize: 3 };

function filledShapes({ nodes, constants }: Scope): OnnxFacts['filledShapes'] {
  return nodes.flatMap(({ operator, inputs }) => {
    if (operator === 'Range') return rangeOf(inputs.map((name) => constants.find(name)?.values[0]));
    const at = Object.hasOwn(shapeInputs, operator) ? shapeInputs[operator] : undefined;
    const shape = at === undefined ? undefined : constants.find(inputs[at]);
    return shape === undefined ? [] : [{ operator, shape: [...shape.values] }];
  });
}

function namesOf({ operator }: GraphNode): string[] {
  return operator.startsWith('QLinear') ? [operator, operator.slice('QLinear'.length)] : [operator];
}

function rangeOf([start, limit, step]: readonly (number | undefined)[]): OnnxFacts['filledShapes'] {
  if (start === undefined || limit === undefined || step === undefined || step === 0) return [];
  return [{ operator: 'Range', shape: [Math.max(0, Math.ceil((limit - start) / step))] }];
}

/** Two names of ONNX's own operators, and of its machine learning ones. */
const standardDomains = new Set(['', 'ai.onnx', 'ai.onnx.ml']);

export function readValueInfo(bytes: Uint8Array): OnnxTensorFacts {
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

/** A Dimension whose dim_value is -1: its key, then ten bytes of ones. */
const minusOne = Buffer.from([0x08, ...new Array<number>(9).fill(0xff), 0x01]);

function readShape(bytes: Uint8Array): (number | string)[] {
  const dimensions: (number | string)[] = [];
  for (const field of readProtobuf(bytes)) {
    if (field.kind !== 'bytes' || field.number !== 1) continue;
    // PaddlePaddle and Keras write -1 for a dynamic side, and ONNX Runtime takes it for one.
    if (minusOne.equals(field.bytes)) {
      dimensions.push('');
      continue;
    }
    const dimension = fieldsOf(field.bytes);
    const fixed = dimension.find((part) => part.number === 1 && part.kind === 'number');
    dimensions.push(fixed?.kind === 'number' ? fixed.value : text(dimension, 2));
  }
  return dimensions;
}
