import type { Constants } from './onnx-constants.ts';
import { type GraphNode, readNumbers } from './onnx-graph.ts';
import { arranging, makersOf } from './output-operators.ts';

/** Of a row's parts that are joined: its box, its score, its class. */
const partsOfRow = 3;
const joints = new Set(['Concat', 'QLinearConcat']);
const picking = new Set([...arranging, 'Slice', 'Gather', 'GatherElements', 'GatherND', 'Pad']);
/** Nodes that hand a constant on in another shape. */
const shaping = new Set(['Unsqueeze', 'Squeeze', 'Reshape', 'Flatten', 'Expand', 'Tile', 'Cast', 'Identity']);

/** Operators that make class numbers from 0 on: of a place among all scores, of the best of a row, or of a suppression. */
const numbering = new Set(['Mod', 'ArgMax', 'TopK', 'NonMaxSuppression']);

/**
 * What classes are counted from that rows of an output end in: 1 where that is added to them or they are looked up in a list that
 * begins with it, as EfficientDet's are whose class 0 is the background. Undefined where the graph does not tell.
 * @see https://github.com/rwightman/efficientdet-pytorch/blob/master/effdet/anchors.py (generate_detections)
 */
export function firstClassOf(nodes: readonly GraphNode[], constants: Constants, output: string): 0 | 1 | undefined {
  const graph: Graph = { makers: makersOf(nodes), constants };
  const rows = new Set<GraphNode>();
  const classes = new Set<GraphNode>();
  let node = graph.makers.get(output);
  while (node !== undefined && !rows.has(node)) {
    rows.add(node);
    const { operator, inputs } = node;
    if (joints.has(operator)) {
      // Shorter joints also put rows behind rows that fill up, or pictures behind pictures.
      const first = inputs.length > 1 ? firstAmong(graph, inputs.at(-1), classes) : undefined;
      if (first !== undefined || inputs.length >= partsOfRow) return first;
    } else if (operator === 'ScatterND') {
      // A part of the rows that is written anew.
      const first = firstAmong(graph, inputs[2], classes);
      if (first !== undefined) return first;
    } else if (!picking.has(operator)) {
      return undefined;
    }
    node = graph.makers.get(inputs[0] ?? '');
  }
  return undefined;
}

interface Graph {
  readonly makers: ReadonlyMap<string, GraphNode>;
  readonly constants: Constants;
}

/** The least of class numbers, which are picked and arranged after they were made. */
function firstAmong(graph: Graph, name: string | undefined, seen: Set<GraphNode>): 0 | 1 | undefined {
  let node = graph.makers.get(name ?? '');
  while (node !== undefined && !seen.has(node)) {
    seen.add(node);
    const { operator, inputs } = node;
    if (operator === 'Add') return inputs.some((each) => areAll(graph, each, 1)) ? 1 : undefined;
    if (operator === 'Sub') return areAll(graph, inputs[1], -1) ? 1 : undefined;
    if (numbering.has(operator)) return 0;
    const list = operator === 'Gather' ? graph.constants.find(inputs[0])?.values : undefined;
    if (list !== undefined) return list[0] === 0 || list[0] === 1 ? list[0] : undefined;
    if (!joints.has(operator) && !picking.has(operator)) return undefined;
    node = graph.makers.get(inputs[0] ?? '');
  }
  return undefined;
}

/** Whether a tensor is the same in every run, and all its numbers are this one. */
function areAll({ makers, constants }: Graph, name: string | undefined, wanted: number): boolean {
  const seen = new Set<string>();
  let at = name;
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    const values = constants.find(at)?.values ?? filling(makers.get(at));
    if (values !== undefined) return values.length > 0 && values.every((value) => value === wanted);
    const maker = makers.get(at);
    at = maker !== undefined && shaping.has(maker.operator) ? maker.inputs[0] : undefined;
  }
  return false;
}

/** What a node fills a tensor with. */
function filling(maker: GraphNode | undefined): Float64Array | undefined {
  if (maker?.operator !== 'ConstantOfShape') return undefined;
  const [tensor] = maker.tensors ?? [];
  return tensor === undefined ? Float64Array.of(0) : readNumbers(tensor, 1)?.values;
}
