import { describe, expect, it } from 'vitest';
import { graphNode as node, graphTensor as tensor } from '../../testing/graphs.ts';
import { numberToHalf } from '../preprocess/float16.ts';
import { Constants } from './onnx-constants.ts';
import type { GraphNode, Weights } from './onnx-graph.ts';
import { firstConvolution, readStem } from './onnx-stem.ts';
import { bytesField, joined, numberField } from './protobuf-writer.ts';

/** Two features of a 1x1 kernel over three colours: 1 + 2 + 3 and 4 + 5 + 9 of magnitude, 12 on average. */
const kernel = tensor('kernel', [2, 3, 1, 1], [1, -2, 3, -4, 5, -9]);
const scale = tensor('scale', [1], [255]);
const weights = new Map([kernel, scale].map((each) => [each.name, each]));

const stemOf = (nodes: readonly GraphNode[], tensors: ReadonlyMap<string, Weights>) =>
  readStem(nodes, new Constants(nodes, tensors), 'images');

describe('the first convolution', () => {
  it('says how much its features move with the input', () => {
    expect(stemOf([node('Conv', ['images', 'kernel'], 'a')], weights)).toEqual({ sensitivity: 12 });
  });

  it('is found behind what cuts, turns, shifts and scales the picture', () => {
    const nodes = [
      node('Cast', ['images'], 'a'),
      node('Div', ['a', 'scale'], 'b'),
      node('Transpose', ['b'], 'c'),
      node('Sub', ['c', 'scale'], 'd'),
      node('Conv', ['d', 'kernel'], 'e'),
    ];
    expect(stemOf(nodes, weights)?.sensitivity).toBeCloseTo(12 / 255, 9);
    const multiplied = [node('Mul', ['scale', 'images'], 'a'), node('Conv', ['a', 'kernel'], 'b')];
    expect(stemOf(multiplied, weights)?.sensitivity).toBe(12 * 255);
  });

  it.each([
    {
      why: 'something else lies before it',
      nodes: [node('Relu', ['images'], 'a'), node('Conv', ['a', 'kernel'], 'b')],
    },
    {
      why: 'the scale is not in the file',
      nodes: [node('Mul', ['images', 'x'], 'a'), node('Conv', ['a', 'kernel'], 'b')],
    },
    { why: 'there is none', nodes: [node('Transpose', ['images'], 'a')] },
    {
      why: 'a normalisation follows it',
      nodes: [node('Conv', ['images', 'kernel'], 'a'), node('BatchNormalization', ['a', 'scale'], 'b')],
    },
  ])('is not told when $why', ({ nodes }) => {
    expect(stemOf(nodes, weights)).toBeUndefined();
  });

  it('is told of weights in half precision, as raw bytes or one by one', () => {
    const halves = [1, -2, 3, -4, 5, -9].map(numberToHalf);
    const sides = [2, 3, 1, 1].map((side) => numberField(1, side));
    const raw = bytesField(9, Buffer.from(Uint16Array.from(halves).buffer));
    // Packed varints of 16 bits: seven at a time, the last byte without its top bit.
    const varints = halves.flatMap((half) => [(half & 0x7f) | 0x80, ((half >> 7) & 0x7f) | 0x80, half >> 14]);
    for (const content of [raw, bytesField(5, Buffer.from(varints))]) {
      const bytes = joined(...sides, numberField(2, 10), content);
      const half = new Map([['kernel', { name: 'kernel', externalFile: undefined, shape: [2, 3, 1, 1], bytes }]]);
      expect(stemOf([node('Conv', ['images', 'kernel'], 'a')], half)).toEqual({ sensitivity: 12 });
    }
  });

  describe('of quantised networks', () => {
    // Less 100, times a half, the kernel above; in a scale and a zero for each of its two features it is so too.
    const quantised = [
      tensor('whole', [2, 3, 1, 1], [102, 96, 106, 92, 110, 82], 2),
      ...[tensor('half', [1], [0.5]), tensor('hundred', [1], [100], 2)],
      ...[tensor('halves', [2], [0.5, 0.5]), tensor('hundreds', [2], [100, 100], 2)],
    ];
    const all = new Map(quantised.map((each) => [each.name, each]));

    it.each(['', 'each'])('is told of weights that are multiplied out, %s', (each) => {
      const [scale, zero] = each === '' ? ['half', 'hundred'] : ['halves', 'hundreds'];
      const nodes = [
        node('QuantizeLinear', ['images', 'half', 'hundred'], 'q'),
        node('DequantizeLinear', ['q', 'half', 'hundred'], 'd'),
        node('DequantizeLinear', ['whole', scale, zero], 'w'),
        node('Conv', ['d', 'w'], 'c'),
      ];
      expect(stemOf(nodes, all)).toEqual({ sensitivity: 12 });
    });

    it('is told of a convolution of whole numbers', () => {
      const inputs = ['images', 'half', 'hundred', 'whole', 'half', 'hundred'];
      expect(stemOf([node('QLinearConv', inputs, 'c')], all)).toEqual({ sensitivity: 12 });
    });

    it('is told of one behind cuts and scales of whole numbers', () => {
      const cut = ['y scale', 'y zero', 'top', 'half', 'hundred', 'bottom', 'half', 'hundred'];
      const nodes = [
        node('QuantizeLinear', ['images', 'half', 'hundred'], 'top'),
        node('QuantizeLinear', ['images', 'half', 'hundred'], 'bottom'),
        node('QLinearConcat', cut, 'q'),
        // (102 - 100) / 2 and the like, as above: 4 on average, in the second place and in the first.
        node('QLinearMul', ['q', 'half', 'hundred', 'whole', 'half', 'hundred', 's', 'z'], 'm'),
        node('QLinearMul', ['whole', 'half', 'hundred', 'm', 'half', 'hundred', 's', 'z'], 'n'),
        node('QLinearConv', ['n', 's', 'z', 'whole', 'half', 'hundred'], 'c'),
      ];
      expect(stemOf(nodes, all)).toEqual({ sensitivity: 12 * 4 * 4 });
    });

    it('is told of one whose scales are taken beside it', () => {
      const quantiser = { ...node('DynamicQuantizeLinear', ['images'], 'q'), outputs: ['q', 'scale', 'zero'] };
      const nodes = [
        quantiser,
        node('Mul', ['scale', 'half'], 's'),
        node('ConvInteger', ['q', 'whole', 'zero', 'hundred'], 'c'),
        node('Cast', ['c'], 'f'),
        node('Mul', ['f', 's'], 'r'),
      ];
      expect(stemOf(nodes, all)).toEqual({ sensitivity: 12 });
    });
  });

  it('is not told of weights that are no numbers of these', () => {
    const whole = new Map([['kernel', tensor('kernel', [2, 3, 1, 1], [1, 2, 3, 4, 5, 6], 9)]]);
    expect(stemOf([node('Conv', ['images', 'kernel'], 'a')], whole)).toBeUndefined();
  });

  it('stands behind what prepares the picture', () => {
    const nodes = [node('Sub', ['images', 'x'], 'a'), node('Conv', ['a', 'kernel'], 'b'), node('Exp', ['b'], 'c')];
    expect(firstConvolution(nodes)).toBe(1);
    expect(firstConvolution(nodes.slice(2))).toBeUndefined();
  });
});
