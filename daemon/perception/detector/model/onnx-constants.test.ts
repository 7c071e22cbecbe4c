import { describe, expect, it } from 'vitest';
import { graphNode as node, scalar, graphTensor as tensor, weightsOf } from '../../testing/graphs.ts';
import { Constants } from './onnx-constants.ts';
import type { GraphNode } from './onnx-graph.ts';

const weights = weightsOf([tensor('whole', [2], [3, 7], 3), scalar('scale', 0.5), scalar('zero', 1, 3)]);
const valuesOf = (nodes: readonly GraphNode[], name: string) => {
  const found = new Constants(nodes, weights).find(name);
  return found && [...found.values];
};

describe('the constants of a graph', () => {
  it('are found behind what hands them on, and by what whole numbers are worth', () => {
    const nodes = [
      node('Identity', ['whole'], 'a'),
      node('DequantizeLinear', ['a', 'scale', 'zero'], 'b'),
      node('Cast', ['b'], 'c'),
    ];
    expect(valuesOf(nodes, 'c')).toEqual([1, 3]);
    expect(valuesOf(nodes, 'nobody')).toBeUndefined();
  });

  it('are none where nodes read what they make themselves', () => {
    for (const operator of ['Identity', 'Cast', 'DequantizeLinear']) {
      expect(valuesOf([node(operator, ['a', 'a', 'a'], 'a')], 'a')).toBeUndefined();
      const circle = [node(operator, ['b', 'scale'], 'a'), node('Identity', ['a'], 'b')];
      expect(valuesOf(circle, 'b')).toBeUndefined();
    }
  });

  it('are found behind a chain of any length, and not behind quantised scales of quantised scales', () => {
    const chain = Array.from({ length: 100_000 }, (_, at) => node('Identity', [String(at)], String(at + 1)));
    expect(valuesOf([node('Identity', ['whole'], '0'), ...chain], '100000')).toEqual([3, 7]);
    const nested = Array.from({ length: 60 }, (_, at) =>
      node('DequantizeLinear', [String(at), String(at), String(at)], String(at + 1)),
    );
    expect(valuesOf([node('Identity', ['whole'], '0'), ...nested], '60')).toBeUndefined();
    const crowd = new Array<string>(300_000).fill('whole');
    expect(valuesOf([node('DequantizeLinear', crowd, 'a')], 'a')).toEqual([0, 0]);
  });
});
