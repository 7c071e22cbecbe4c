import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphNode as node } from '../../testing/graphs.ts';
import { type GraphNode, inOrder, readNode } from './onnx-graph.ts';
import { bytesField, joined, numberField } from './protobuf-writer.ts';

describe('a constant', () => {
  const tensor = joined(numberField(1, 2), numberField(2, 7), bytesField(9, Buffer.alloc(16, 1)));
  const constantOf = (attribute: Uint8Array) =>
    readNode(joined(bytesField(2, Buffer.from('c')), bytesField(4, Buffer.from('Constant')), bytesField(5, attribute)));

  it('is the tensor that it holds', () => {
    const attribute = joined(bytesField(1, Buffer.from('value')), bytesField(5, tensor));
    expect(constantOf(attribute).constant).toEqual(tensor);
  });

  it('is not known where it lists only what is not 0, whose tensors are looked at all the same', () => {
    const sparse = joined(bytesField(1, tensor), bytesField(2, tensor), numberField(3, 40));
    const { constant, tensors } = constantOf(
      joined(bytesField(1, Buffer.from('sparse_value')), bytesField(22, sparse)),
    );
    expect(constant).toBeUndefined();
    expect(tensors).toHaveLength(2);
  });
});

describe('the numbers of a node', () => {
  const read = (...attributes: readonly Uint8Array[]) =>
    readNode(joined(bytesField(4, Buffer.from('Clip')), ...attributes.map((each) => bytesField(5, each))));

  it('are those of its attributes that are one', () => {
    const min = joined(bytesField(1, Buffer.from('min')), [0x15, 0, 0, 0xc0, 0x40]);
    const axis = joined(bytesField(1, Buffer.from('axis')), numberField(3, 2));
    expect([...(read(min, axis).numbers ?? [])]).toEqual([
      ['min', 6],
      ['axis', 2],
    ]);
  });

  it('are whole ones where a damaged file has fractions for whole numbers', () => {
    for (const name of ['value_int', 'value_ints']) {
      const field = name === 'value_int' ? 3 : 8;
      for (const bits of [
        [0, 0, 0xc0, 0x40],
        [0xff, 0xff, 0xff, 0x7f],
        [0xcd, 0xcc, 0xcc, 0x3d],
      ]) {
        expect(() => read(joined(bytesField(1, Buffer.from(name)), [8 * field + 5, ...bits]))).not.toThrow();
      }
    }
  });
});

describe('the order of nodes', () => {
  it('has each behind those that it reads from, whatever the order they are listed in', () => {
    // Node i reads from some of those before it.
    const graph = fc
      .array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
      .map((reads) => reads.map((from, at) => node('Add', from.filter((each) => each < at).map(String), String(at))))
      .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));
    fc.assert(
      fc.property(graph, (listed) => {
        const ordered = inOrder(listed);
        expect(new Set(ordered)).toEqual(new Set(listed));
        expect(ordered).toHaveLength(listed.length);
        const made = new Set<string>();
        for (const { inputs, outputs } of ordered) {
          expect(inputs.every((name) => made.has(name))).toBe(true);
          for (const name of outputs) made.add(name);
        }
      }),
    );
  });

  it('stays where it is right, and ends in circles and chains of any length', () => {
    const chain = Array.from({ length: 50_000 }, (_, at) => node('Relu', [String(at)], String(at + 1)));
    expect(inOrder(chain)).toEqual(chain);
    expect(inOrder(chain.toReversed())).toEqual(chain);
    const circle: GraphNode[] = [node('Relu', ['b'], 'a'), node('Relu', ['a'], 'b'), node('Relu', ['c'], 'c')];
    expect(new Set(inOrder(circle))).toEqual(new Set(circle));
  });
});
