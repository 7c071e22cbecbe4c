import { describe, expect, it } from 'vitest';
import { graphTensor, graphNode as node, scalar, weightsOf } from '../../testing/graphs.ts';
import { Constants } from './onnx-constants.ts';
import type { GraphNode } from './onnx-graph.ts';
import { outputOperators, partOperators } from './output-operators.ts';

const weights = weightsOf([scalar('temperature', 0.07), graphTensor('many', [3], [1, 2, 4])]);

function operatorOf(nodes: readonly GraphNode[]): string | undefined {
  return outputOperators(nodes, new Constants(nodes, weights), ['out']).get('out');
}

const logits = node('Gemm', ['x', 'w'], 'a');

describe('the operator that an output comes from', () => {
  it.each([
    {
      what: 'logits divided by their temperature',
      nodes: [logits, node('Div', ['a', 'temperature'], 'out')],
      is: 'Gemm',
    },
    {
      what: 'the same twice, and arranged',
      nodes: [
        logits,
        ...[node('Div', ['a', 'temperature'], 'b'), node('Reshape', ['b', 's'], 'c')],
        node('Div', ['c', 'temperature'], 'out'),
      ],
      is: 'Gemm',
    },
    { what: 'logits divided by one number each', nodes: [logits, node('Div', ['a', 'many'], 'out')], is: 'Div' },
    { what: 'a vector divided by its length', nodes: [logits, node('Div', ['a', 'length'], 'out')], is: 'Div' },
    {
      what: 'an angle divided by one constant',
      nodes: [logits, node('Tanh', ['a'], 't'), node('Div', ['t', 'temperature'], 'out')],
      is: 'Div',
    },
    { what: 'the picture divided', nodes: [node('Div', ['x', 'temperature'], 'out')], is: 'Div' },
    { what: 'a circle', nodes: [node('Div', ['out', 'temperature'], 'out')], is: 'Div' },
  ])('is told: $what', ({ nodes, is }) => {
    expect(operatorOf(nodes)).toBe(is);
  });
});

it('knows what makes the parts that an output is joined of', () => {
  const operatorsOf = (nodes: readonly GraphNode[]) =>
    [...(partOperators(nodes, new Constants(nodes, weights), ['out']).get('out') ?? [])].sort();
  const fine = [node('Conv', ['x', 'w'], 'c'), node('Reshape', ['c', 's'], 'r')];
  const coarse = [node('Conv', ['y', 'v'], 'd'), node('Mul', ['d', 'stride'], 'm')];
  expect(operatorsOf([...fine, node('Transpose', ['r'], 'out')])).toEqual(['Conv']);
  expect(operatorsOf([...fine, ...coarse, node('Concat', ['r', 'm'], 'out')])).toEqual(['Conv', 'Mul']);
  const whole = [node('QLinearConv', ['x', 'w'], 'q'), node('QLinearConcat', ['q'], 'j')];
  expect(operatorsOf([...whole, node('DequantizeLinear', ['j'], 'out')])).toEqual(['Conv']);
  expect(operatorsOf([node('Concat', ['out', 'x'], 'out')]), 'in a circle').toEqual([]);
});
