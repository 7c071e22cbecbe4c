import { describe, expect, it } from 'vitest';
import { graphTensor, graphNode as node, weightsOf } from '../../testing/graphs.ts';
import { addedNumbers, joinedProducts, lastProducts } from './last-products.ts';
import { Constants } from './onnx-constants.ts';
import type { GraphNode } from './onnx-graph.ts';

const kernel = (name: string, ...shape: number[]) =>
  graphTensor(name, shape, new Array<number>(shape.reduce((product, side) => product * side, 1)).fill(0));
const weights = weightsOf([
  ...[kernel('box', 64, 2, 1, 1), kernel('class', 3, 2, 1, 1), kernel('bins', 1, 16, 1, 1), kernel('stem', 2, 3, 1, 1)],
  ...[kernel('columns', 2, 5), kernel('rows', 5, 2)],
]);
const numbersOf = (entries: Record<string, number>) => ({ numbers: new Map(Object.entries(entries)) });

function widthsOf(nodes: readonly GraphNode[]): readonly number[] | undefined {
  return lastProducts(nodes, new Constants(nodes, weights), ['out']).get('out');
}

const stem = node('Conv', ['images', 'stem'], 'features');

describe('the last products before an output', () => {
  it("are those of a v8's box and of its classes, beyond the mean of its distances", () => {
    const nodes = [
      stem,
      ...[node('Conv', ['features', 'box'], 'b'), node('Conv', ['features', 'class'], 'c')],
      ...[node('Softmax', ['b'], 's'), node('Transpose', ['s'], 't'), node('Conv', ['t', 'bins'], 'd')],
      ...[node('Sigmoid', ['c'], 'e'), node('Concat', ['d', 'e'], 'out')],
    ];
    expect(widthsOf(nodes)).toEqual([3, 64]);
  });

  it.each([
    { what: 'of a matrix', nodes: [node('MatMul', ['x', 'columns'], 'out')], widths: [5] },
    { what: 'of one with a bias', nodes: [node('Gemm', ['x', 'columns'], 'out')], widths: [5] },
    {
      what: 'of one that is transposed by the product',
      nodes: [{ ...node('Gemm', ['x', 'rows'], 'out'), ...numbersOf({ transB: 1 }) }],
      widths: [5],
    },
    {
      what: 'of one that is transposed before',
      nodes: [node('Transpose', ['rows'], 't'), node('MatMul', ['x', 't'], 'out')],
      widths: [5],
    },
    {
      what: 'of whole numbers, whose scale says nothing',
      nodes: [
        stem,
        { ...node('DynamicQuantizeLinear', ['features'], 'q'), outputs: ['q', 'scale', 'zero'] },
        ...[node('ConvInteger', ['q', 'class', 'zero'], 'i'), node('Mul', ['i', 'scale'], 'out')],
      ],
      widths: [3],
    },
    {
      what: 'but not of what tells a size',
      nodes: [
        stem,
        node('Shape', ['features'], 's'),
        node('Conv', ['x', 'class'], 'c'),
        node('Reshape', ['c', 's'], 'out'),
      ],
      widths: [3],
    },
    { what: 'of one that stands before the picture', nodes: [node('MatMul', ['rows', 'x'], 'out')], widths: [5] },
    {
      what: 'of two tensors that are computed',
      nodes: [stem, node('MatMul', ['features', 'y'], 'out')],
      widths: undefined,
    },
    {
      what: 'of a sum of products',
      nodes: [stem, node('Einsum', ['features', 'class'], 'out')],
      widths: undefined,
    },
    {
      what: 'of features that are the mean of all places',
      nodes: [stem, node('ReduceMean', ['features'], 'm'), node('Mul', ['m', 'x'], 'out')],
      widths: undefined,
    },
    {
      what: 'of a product of another name, not those before it',
      nodes: [stem, node('MatMulNBits', ['features', 'y'], 'out')],
      widths: undefined,
    },
    { what: 'before a loop', nodes: [stem, node('Loop', ['features'], 'out')], widths: undefined },
    {
      what: 'before a function of the file',
      nodes: [stem, { ...node('f', ['features'], 'out'), domain: 'own' }],
      widths: undefined,
    },
    { what: 'in a circle', nodes: [node('Add', ['out', 'x'], 'out')], widths: undefined },
  ])('are found: $what', ({ nodes, widths }) => {
    expect(widthsOf(nodes)).toEqual(widths);
  });
});

describe('the order of products', () => {
  const orderOf = (nodes: readonly GraphNode[]) =>
    joinedProducts(nodes, new Constants(nodes, weights), ['out']).get('out');
  const parts = [stem, node('Conv', ['features', 'class'], 'c'), node('Conv', ['features', 'box'], 'b')];

  it('is that in which they are joined, beyond what joins grids', () => {
    const grid = [
      ...parts,
      node('Sigmoid', ['c'], 's'),
      node('Concat', ['s', 'b'], 'g'),
      node('Reshape', ['g', 'x'], 'r'),
    ];
    expect(orderOf([...grid, node('Concat', ['r', 'r'], 'a'), node('Transpose', ['a'], 'out')])).toEqual([3, 64]);
    expect(orderOf([...grid, node('Identity', ['g'], 'out')])).toEqual([3, 64]);
  });

  it('is that of sizes where boxes and scores of all grids are parted again, and another part stands behind', () => {
    const grid = (name: string) => [
      ...[node('Conv', ['features', 'box'], `b${name}`), node('Conv', ['features', 'class'], `c${name}`)],
      ...[node('Concat', [`b${name}`, `c${name}`], `g${name}`), node('Conv', ['features', 'bins'], `a${name}`)],
    ];
    const joined = [stem, ...grid('1'), ...grid('2'), node('Concat', ['g1', 'g2'], 'cells')];
    const angles = node('Concat', ['a1', 'a2'], 'angles');
    const split = { ...node('Split', ['cells'], 'boxes'), outputs: ['boxes', 'scores'] };
    expect(orderOf([...joined, angles, split, node('Concat', ['boxes', 'scores', 'angles'], 'out')])).toEqual([
      64, 3, 1,
    ]);
    expect(orderOf([...joined, angles, split, node('Concat', ['angles', 'boxes', 'scores'], 'out')])).toBeUndefined();
  });

  it('is not told where a part comes from several that others come from too, or nothing is joined', () => {
    const mixed = [...parts, node('Add', ['b', 'c'], 'm'), node('Concat', ['m', 'c'], 'out')];
    expect(orderOf(mixed)).toBeUndefined();
    expect(orderOf([...parts, node('Identity', ['c'], 'out')])).toBeUndefined();
    expect(orderOf([node('Identity', ['out'], 'out')])).toBeUndefined();
  });
});

describe('numbers that are added behind the last products', () => {
  const places = weightsOf([kernel('places', 1, 2, 42), kernel('bias', 3), ...weights.values()]);
  const addedOf = (nodes: readonly GraphNode[]) =>
    addedNumbers(nodes, new Constants(nodes, places), ['out']).get('out');
  const box = [stem, node('Conv', ['features', 'box'], 'b')];

  it('are counted together, and not those before', () => {
    expect(addedOf([...box, node('Sub', ['places', 'b'], 'l'), node('Add', ['l', 'bias'], 'out')])).toBe(87);
    expect(addedOf([...box, node('Add', ['b', 'places'], 'x'), node('Conv', ['x', 'class'], 'out')])).toBeUndefined();
    expect(addedOf([...box, node('Mul', ['b', 'places'], 'out')])).toBeUndefined();
    expect(addedOf([...box, node('Add', ['b', 'b'], 'out')]), 'computed ones').toBeUndefined();
    expect(addedOf([...box, node('Loop', ['b'], 'l'), node('Add', ['l', 'places'], 'out')])).toBeUndefined();
  });
});
