import { describe, expect, it } from 'vitest';
import { graphTensor, graphNode as node, weightsOf } from '../../testing/graphs.ts';
import { readBackbone } from './backbone.ts';
import { Constants } from './onnx-constants.ts';
import type { GraphNode } from './onnx-graph.ts';

const weights = weightsOf([
  graphTensor('kernel', [2, 3, 6, 6], new Array<number>(216).fill(0)),
  graphTensor('bias', [2], [0, 0]),
]);
const read = (nodes: readonly GraphNode[]) => readBackbone(nodes, new Constants(nodes, weights));
const first = { ...node('Conv', ['images', 'kernel'], 'a'), lists: new Map([['strides', [2, 2]]]) };

describe('the backbone of a network', () => {
  it('begins with its first convolution, whatever came before', () => {
    const nodes = [node('Concat', ['images', 'images'], 'b'), first];
    expect(read(nodes)).toEqual({ firstSide: 6, firstStep: 2, firstChannels: 3, addsFeatures: false, joints: 0 });
    expect(read([node('Conv', ['images', 'kernel'], 'a')])?.firstStep).toBe(1);
    const quantised = node('QLinearConv', ['images', 'scale', 'zero', 'kernel', 'scale', 'zero'], 'a');
    expect(read([quantised])?.firstSide).toBe(6);
  });

  it('adds features where both are computed, and joins them', () => {
    const join = node('Concat', ['a', 'b'], 'c');
    expect(read([first, node('Add', ['a', 'bias'], 'b'), join])).toMatchObject({ addsFeatures: false, joints: 1 });
    expect(read([first, node('Add', ['a', 'b'], 'b')])).toMatchObject({ addsFeatures: true });
    const whole = (other: string) => node('QLinearAdd', ['a', 'bias', 'bias', other, 'bias', 'bias'], 'b');
    expect(read([first, whole('c')])).toMatchObject({ addsFeatures: true });
    expect(read([first, whole('bias')])).toMatchObject({ addsFeatures: false });
  });

  it('is not known of a network without a convolution, or one whose weights are computed', () => {
    expect(read([node('MatMul', ['images', 'kernel'], 'a')])).toBeUndefined();
    expect(read([node('Conv', ['images', 'other'], 'a')])).toBeUndefined();
  });
});
