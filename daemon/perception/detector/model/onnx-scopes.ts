import { Constants } from './onnx-constants.ts';
import { type GraphNode, readAttributes, readNode, readWeights, sparseParts, type Weights } from './onnx-graph.ts';
import { fieldsOf, number, ProtobufError, readProtobuf, text } from './protobuf.ts';

/**
 * One of a file's graphs: the outermost, one that a node runs within itself, such as a branch of an `If`, or the body of a
 * function that the file defines.
 */
export interface Scope {
  readonly nodes: readonly GraphNode[];
  /** All that it holds, by name or not: initial values, and what stands in its nodes. */
  readonly tensors: readonly Weights[];
  /** Its own, and those of the graphs around it. */
  readonly constants: Constants;
}

/** What a graph lists (onnx.proto, GraphProto). */
export interface GraphBody {
  readonly nodes: readonly GraphNode[];
  readonly weights: readonly Weights[];
}

export function readGraphBody(bytes: Uint8Array): GraphBody {
  const nodes: GraphNode[] = [];
  const weights: Weights[] = [];
  for (const field of readProtobuf(bytes)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 1) nodes.push(readNode(field.bytes));
    if (field.number === 5) weights.push(readWeights(field.bytes));
    if (field.number === 15) for (const part of sparseParts(field.bytes)) weights.push(readWeights(part));
  }
  return { nodes, weights };
}

/** A function that the file defines and its graph calls like an operator (onnx.proto, FunctionProto; since IR 8). */
export interface LocalFunction extends GraphBody {
  readonly operator: string;
  /** Of ONNX's own operators that its nodes are; undefined when it says nothing of them. */
  readonly opset: number | undefined;
  /** Graphs among what its attributes are unless its caller says otherwise. */
  readonly graphs: readonly Uint8Array[];
}

export function readFunction(bytes: Uint8Array): LocalFunction {
  const fields = fieldsOf(bytes);
  const bytesOf = (wanted: number) =>
    fields.flatMap((field) => (field.kind === 'bytes' && field.number === wanted ? [field.bytes] : []));
  const opsets = bytesOf(9).map((opset) => fieldsOf(opset));
  const own = opsets.find((opset) => ['', 'ai.onnx'].includes(text(opset, 1)));
  const { graphs, tensors } = readAttributes(bytesOf(11));
  return {
    operator: `${text(fields, 10)}.${text(fields, 1)}`,
    opset: own && number(own, 2),
    nodes: bytesOf(7).map(readNode),
    weights: tensors.map(readWeights),
    graphs,
  };
}

/** As deep as protobuf lets messages lie in one another. */
const deepestGraph = 30;

/**
 * A graph and all graphs within it.
 * @param graphs of its own, beside those of its nodes
 * @throws ProtobufError where they lie in one another without end.
 */
export function scopesOf(
  { nodes, weights }: GraphBody,
  graphs: readonly Uint8Array[] = [],
  outer?: Constants,
  depth = 0,
): Scope[] {
  const named = new Map(weights.map((each) => [each.name, each]));
  const constants = new Constants(nodes, named, outer);
  const inNodes = nodes.flatMap((node) => (node.tensors ?? []).map(readWeights));
  const within = [...graphs, ...nodes.flatMap((node) => node.graphs ?? [])];
  if (within.length > 0 && depth >= deepestGraph) throw new ProtobufError('holds graphs in graphs without end');
  return [
    { nodes, tensors: [...weights, ...inNodes], constants },
    ...within.flatMap((graph) => scopesOf(readGraphBody(graph), [], constants, depth + 1)),
  ];
}
