import { describe, expect, it } from 'vitest';
import { type GraphNode, readStem, type Weights } from './onnx-stem.ts';
import { bytesField, joined, numberField, textField } from './protobuf-writer.ts';

function tensor(name: string, shape: readonly number[], values: readonly number[], type = 1): Weights {
  const raw = Buffer.from(Float32Array.from(values).buffer);
  const bytes = joined(
    ...shape.map((side) => numberField(1, side)),
    ...[numberField(2, type), textField(8, name), bytesField(9, raw)],
  );
  return { name, externalFile: undefined, shape, bytes };
}

function node(operator: string, inputs: readonly string[], output: string): GraphNode {
  return { operator, domain: '', inputs, outputs: [output], constant: undefined };
}

/** Two features of a 1x1 kernel over three colours: 1 + 2 + 3 and 4 + 5 + 9 of magnitude, 12 on average. */
const kernel = tensor('kernel', [2, 3, 1, 1], [1, -2, 3, -4, 5, -9]);
const scale = tensor('scale', [1], [255]);
const weights = new Map([kernel, scale].map((each) => [each.name, each]));

describe('the first convolution', () => {
  it('says how much its features move with the input', () => {
    expect(readStem([node('Conv', ['images', 'kernel'], 'a')], weights, 'images')).toEqual({ sensitivity: 12 });
  });

  it('is found behind what cuts, turns, shifts and scales the picture', () => {
    const nodes = [
      node('Cast', ['images'], 'a'),
      node('Div', ['a', 'scale'], 'b'),
      node('Transpose', ['b'], 'c'),
      node('Sub', ['c', 'scale'], 'd'),
      node('Conv', ['d', 'kernel'], 'e'),
    ];
    expect(readStem(nodes, weights, 'images')?.sensitivity).toBeCloseTo(12 / 255, 9);
    const multiplied = [node('Mul', ['scale', 'images'], 'a'), node('Conv', ['a', 'kernel'], 'b')];
    expect(readStem(multiplied, weights, 'images')?.sensitivity).toBe(12 * 255);
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
    expect(readStem(nodes, weights, 'images')).toBeUndefined();
  });

  it('is not told of weights that are no float32', () => {
    const whole = new Map([['kernel', tensor('kernel', [2, 3, 1, 1], [1, 2, 3, 4, 5, 6], 6)]]);
    expect(readStem([node('Conv', ['images', 'kernel'], 'a')], whole, 'images')).toBeUndefined();
  });
});
