import { describe, expect, it } from 'vitest';
import { graphTensor, graphNode as node, scalar, weightsOf } from '../../testing/graphs.ts';
import { Constants } from './onnx-constants.ts';
import type { GraphNode } from './onnx-graph.ts';
import { inputQuantisation, outputChannelQuantisation, outputQuantisation } from './onnx-quantisation.ts';

const tensors = weightsOf([scalar('half', 0.5), scalar('hundred', 100, 2), scalar('tenth', 0.1), scalar('ten', 10, 3)]);
const halves = { scale: 0.5, zero: 100 };
const ofInput = (nodes: readonly GraphNode[]) => inputQuantisation(nodes, new Constants(nodes, tensors), 'images');
const ofOutput = (nodes: readonly GraphNode[]) => outputQuantisation(nodes, new Constants(nodes, tensors), 'out');

describe('what whole numbers are worth', () => {
  it.each<{ what: string; nodes: GraphNode[] }>([
    { what: 'as floats are made of them', nodes: [node('DequantizeLinear', ['images', 'half', 'hundred'], 'a')] },
    {
      what: 'as they enter a convolution, turned round',
      nodes: [
        node('Transpose', ['images'], 'a'),
        node('QLinearConv', ['a', 'half', 'hundred', 'kernel', 'tenth', 'ten', 'tenth', 'ten'], 'b'),
      ],
    },
    {
      what: 'as they are joined again after cuts',
      nodes: [
        node('Slice', ['images', 'from'], 'a'),
        node('Slice', ['images', 'from'], 'b'),
        node('QLinearConcat', ['tenth', 'ten', 'a', 'half', 'hundred', 'b', 'half', 'hundred'], 'c'),
      ],
    },
  ])('at the input: $what', ({ nodes }) => {
    expect(ofInput(nodes)).toEqual(halves);
  });

  it.each<{ what: string; nodes: GraphNode[] }>([
    {
      what: 'they are floats first',
      nodes: [node('Cast', ['images'], 'a'), node('DequantizeLinear', ['a', 'half'], 'b')],
    },
    { what: 'the scale is not in the file', nodes: [node('DequantizeLinear', ['images', 'x', 'hundred'], 'a')] },
  ])('at the input is not told when $what', ({ nodes }) => {
    expect(ofInput(nodes)).toBeUndefined();
  });

  it.each<{ what: string; nodes: GraphNode[] }>([
    { what: 'as they are made of floats', nodes: [node('QuantizeLinear', ['a', 'half', 'hundred'], 'out')] },
    {
      what: 'as they leave a sum, and are put in order',
      nodes: [
        node('QLinearAdd', ['a', 'tenth', 'ten', 'b', 'tenth', 'ten', 'half', 'hundred'], 'c'),
        node('Transpose', ['c'], 'out'),
      ],
    },
    { what: 'as they are joined', nodes: [node('QLinearConcat', ['half', 'hundred', 'a', 'tenth', 'ten'], 'out')] },
    {
      what: 'as they became floats',
      nodes: [node('DequantizeLinear', ['a', 'half', 'hundred'], 'b'), node('Identity', ['b'], 'out')],
    },
    {
      what: 'as floats of one scale that are joined',
      nodes: [
        ...[node('DequantizeLinear', ['a', 'half', 'hundred'], 'b'), node('Cast', ['d'], 'c')],
        ...[node('DequantizeLinear', ['e', 'half', 'hundred'], 'd'), node('Concat', ['b', 'c'], 'out')],
      ],
    },
  ])('at an output: $what', ({ nodes }) => {
    expect(ofOutput(nodes)).toEqual(halves);
  });

  it.each<{ what: string; nodes: GraphNode[] }>([
    {
      what: 'floats that were computed',
      nodes: [node('QuantizeLinear', ['a', 'half'], 'b'), node('Exp', ['b'], 'out')],
    },
    {
      what: 'boxes and scores of scales of their own, joined as floats',
      nodes: [
        ...[
          node('DequantizeLinear', ['a', 'half', 'hundred'], 'b'),
          node('DequantizeLinear', ['c', 'tenth', 'ten'], 'd'),
        ],
        node('Concat', ['b', 'd'], 'out'),
      ],
    },
    {
      what: 'what is quantised in part',
      nodes: [node('DequantizeLinear', ['a', 'half', 'hundred'], 'b'), node('Concat', ['b', 'floats'], 'out')],
    },
    { what: 'a circle', nodes: [node('Identity', ['b'], 'out'), node('Identity', ['out'], 'b')] },
    { what: 'nothing', nodes: [] },
  ])('at an output is not told of $what', ({ nodes }) => {
    expect(ofOutput(nodes)).toBeUndefined();
  });

  it('counts from 0 where no zero is named', () => {
    expect(ofOutput([node('QuantizeLinear', ['a', 'half'], 'out')])).toEqual({ scale: 0.5, zero: 0 });
  });
});

describe('a scale for each channel', () => {
  const vectors = weightsOf([
    ...[graphTensor('scales', [3], [0.5, 0.25, 2]), graphTensor('zeros', [3], [1, 2, 3], 2)],
    ...[graphTensor('other zeros', [2], [1, 2], 2), graphTensor('one of 0', [3], [0.5, 0, 2]), scalar('half', 0.5)],
  ]);
  const read = (inputs: string[], over: Partial<GraphNode> = {}) => {
    const nodes = [{ ...node('QuantizeLinear', inputs, 'out'), ...over }];
    return outputChannelQuantisation(nodes, new Constants(nodes, vectors), 'out');
  };

  it('is read with the side that it goes along', () => {
    const scales = Float64Array.of(0.5, 0.25, 2);
    expect(read(['x', 'scales', 'zeros'])).toEqual({ scales, zeros: Float64Array.of(1, 2, 3), axis: 1 });
    const axis = new Map([['axis', 2]]);
    expect(read(['x', 'scales'], { numbers: axis })).toEqual({ scales, zeros: new Float64Array(3), axis: 2 });
  });

  it.each<[string, GraphNode | undefined]>([
    ['one scale', node('QuantizeLinear', ['x', 'half'], 'out')],
    ['fewer zeros', node('QuantizeLinear', ['x', 'scales', 'other zeros'], 'out')],
    ['a scale of 0', node('QuantizeLinear', ['x', 'one of 0', 'zeros'], 'out')],
    ['another operator', node('QLinearConv', ['x', 'scales', 'zeros'], 'out')],
    ['scales that are computed', node('QuantizeLinear', ['x', 'y', 'zeros'], 'out')],
    [
      'a side counted from the last',
      { ...node('QuantizeLinear', ['x', 'scales'], 'out'), numbers: new Map([['axis', 2 ** 64 - 2]]) },
    ],
    ['nothing', undefined],
  ])('is not read of %s', (_, made) => {
    const nodes = made === undefined ? [] : [made];
    expect(outputChannelQuantisation(nodes, new Constants(nodes, vectors), 'out')).toBeUndefined();
  });
});
