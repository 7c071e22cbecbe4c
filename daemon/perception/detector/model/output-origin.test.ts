import { describe, expect, it } from 'vitest';
import { graphNode as node } from '../../testing/graphs.ts';
import { outputOrigin } from './output-origin.ts';

describe('what outputs come from', () => {
  it.each([
    { what: 'a convolution', nodes: [node('Conv', ['x', 'kernel'], 'out')], origin: 'convolution' },
    {
      what: "YOLOv7's factor behind one, turned and activated",
      nodes: [
        node('Conv', ['x', 'kernel'], 'a'),
        node('Mul', ['factor', 'a'], 'b'),
        node('Reshape', ['b', 'shape'], 'c'),
        node('Transpose', ['c'], 'd'),
        node('Sigmoid', ['d'], 'out'),
      ],
      origin: 'convolution',
    },
    {
      what: 'parts, quantised',
      nodes: [
        node('Conv', ['x', 'kernel'], 'a'),
        node('Sigmoid', ['a'], 'b'),
        node('Concat', ['a', 'b'], 'c'),
        node('QuantizeLinear', ['c', 'scale', 'zero'], 'd'),
        node('DequantizeLinear', ['d', 'scale', 'zero'], 'out'),
      ],
      origin: 'parts',
    },
    { what: 'something else', nodes: [node('Softmax', ['x'], 'out')], origin: undefined },
    { what: 'nothing', nodes: [], origin: undefined },
    { what: 'itself', nodes: [node('Identity', ['out'], 'out')], origin: undefined },
  ])('is found: $what', ({ nodes, origin }) => {
    expect(outputOrigin(nodes, ['out'])).toBe(origin);
  });

  it('is that of all of them, or not told', () => {
    const nodes = [node('Conv', ['x', 'kernel'], 'a'), node('Concat', ['x', 'y'], 'b')];
    expect(outputOrigin(nodes, ['a', 'b'])).toBeUndefined();
    expect(outputOrigin(nodes, [])).toBeUndefined();
  });
});
