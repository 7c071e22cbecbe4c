import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../../test/harness/test-folders.ts';
import { UserError } from '../../../platform/user-error.ts';
import { networkSaver, plainNetwork } from '../../testing/save-networks.ts';
import type { TinyNetworkOptions } from '../../testing/tiny-network.ts';
import { loadNodeRuntime } from '../runtime/node-runtime.ts';
import { readModelFile } from './model-file.ts';
import { bytesField, joined, numberField, textField } from './protobuf-writer.ts';

const folder = testFolder('check-facts');
const save = networkSaver(folder);

const output = (shape: (number | string)[]) => [{ name: 'y', shape, data: [1], dataShape: [1] }];

describe('a network that cannot be run', () => {
  it.each<{ what: string; network: Partial<TinyNetworkOptions>; text: RegExp }>([
    {
      what: 'an output of 10^12 numbers',
      network: { outputs: output([1, 1_000_000, 1_000_000]) },
      text: /output "y" of \[1, 1000000, 1000000\] has 1\.00e\+12 numbers; the largest/,
    },
    {
      what: 'an output that is huge whatever its dynamic side is',
      network: { outputs: output(['batch', 2 ** 20, 2 ** 20]) },
      text: /output "y" of \[batch, /,
    },
    { what: 'a negative side', network: { outputs: output([1, -7, 4]) }, text: /output "y" has a negative side/ },
    {
      what: 'an input of 10^12 numbers',
      network: { inputs: [{ name: 'x', shape: [1, 3, 1_000_000, 1_000_000] }] },
      text: /input "x" of \[1, 3, 1000000, 1000000\]/,
    },
    {
      what: 'an input without a side',
      network: { inputs: [{ name: 'x', shape: [1, 3, 0, 64] }] },
      text: /input "x" of \[1, 3, 0, 64\] has a side of 0/,
    },
    {
      what: 'a tensor of 10^12 numbers in between',
      network: {
        operator: { name: 'ConstantOfShape' },
        outputs: [{ name: 'y', shape: ['n'], type: 'int64', data: [1, 1_000_000, 1_000_000], dataShape: [3] }],
      },
      text: /its ConstantOfShape makes \[1, 1000000, 1000000\], 1\.00e\+12 numbers/,
    },
    {
      what: 'weights that claim to be larger than the file',
      network: { weightShape: [100_000, 100_000] },
      text: /weights "y weights" claim to be \[100000, 100000\].*file of \d+ bytes/,
    },
    { what: 'weights of a negative side', network: { weightShape: [-5, 2] }, text: /claim to be \[negative, 2\]/ },
    {
      what: "a TensorRT plugin in ONNX's own domain",
      network: { operator: { name: 'EfficientNMS_TRT' } },
      text: /EfficientNMS_TRT.*TensorRT's plugins/,
    },
    {
      what: 'a TensorRT plugin',
      network: { operator: { name: 'EfficientNMS_TRT', domain: 'TRT' } },
      text: /TRT\.EfficientNMS_TRT/,
    },
    {
      what: 'a custom operator',
      network: { operator: { name: 'grid_sampler', domain: 'mmcv' } },
      text: /needs mmcv\.grid_sampler, which is no operator of ONNX/,
    },
    {
      what: 'what ONNX Runtime has for other devices only',
      network: { operator: { name: 'DmlFusedConv', domain: 'com.microsoft' } },
      text: /com\.microsoft\.DmlFusedConv/,
    },
    {
      what: 'a graph that was optimised for one processor',
      network: { operator: { name: 'Conv', domain: 'com.microsoft.nchwc' } },
      text: /for one processor/,
    },
    { what: 'a later opset', network: { opsets: { '': 27 } }, text: /opset 27, and ONNX Runtime 1\.27 knows up to 26/ },
    { what: 'a later IR version', network: { irVersion: 14 }, text: /IR version 14.*up to 13/ },
  ])('is refused before it is run: $what', ({ network, text }) => {
    const file = save({ ...plainNetwork, ...network });
    expect(() => readModelFile(file)).toThrow(text);
    expect(() => readModelFile(file)).toThrow(UserError);
    expect(() => readModelFile(file)).toThrow(file);
  });
});

describe('a network that can be run', () => {
  it.each<{ what: string; network: Partial<TinyNetworkOptions> }>([
    { what: 'the newest opset and IR version', network: { opsets: { '': 26 }, irVersion: 13 } },
    { what: 'fused operators', network: { operator: { name: 'FusedConv', domain: 'com.microsoft' } } },
    { what: 'functions of its own', network: { operator: { name: 'aten_cat', domain: 'pkg.x' }, defines: 'operator' } },
    { what: 'an empty tensor', network: { outputs: output([0, 7]) } },
  ])('is read: $what', ({ network }) => {
    expect(readModelFile(save({ ...plainNetwork, ...network })).facts.nodeCount).toBe(1);
  });

  it('may have -1 for a dynamic side, here as in the runtime', async () => {
    const file = save({ ...plainNetwork, inputs: [{ name: 'x', shape: [-1, 3, 64, 64] }] });
    expect(readModelFile(file).facts.inputs[0]?.shape).toEqual(['', 3, 64, 64]);
    const runtime = await loadNodeRuntime({ modelFile: file, threads: 1 });
    await runtime.close();
    expect(runtime.inputs[0]?.shape).toEqual([expect.any(String), 3, 64, 64]);
  });

  it('of any small size passes', () => {
    const sides = fc.array(fc.integer({ min: 0, max: 16 }), { maxLength: 4 });
    fc.assert(
      fc.property(sides, (shape) => {
        const data = new Float32Array(shape.reduce((product, side) => product * side, 1));
        const file = save({ outputs: [{ name: 'y', shape, data }] });
        expect(readModelFile(file).facts.weights[0]?.shape).toEqual(shape);
      }),
      { numRuns: 20 },
    );
  });
});

describe('what a network runs within one of its nodes', () => {
  const model = (node: Uint8Array) =>
    joined(
      numberField(1, 8),
      bytesField(7, bytesField(1, node)),
      bytesField(8, joined(textField(1, ''), numberField(2, 13))),
    );
  const nodeWith = (operator: string, attribute: Uint8Array, domain = '') =>
    joined(textField(2, 'y'), textField(4, operator), textField(7, domain), bytesField(5, attribute));
  const weights = joined(
    ...[numberField(1, 4), numberField(2, 1), textField(8, 'w'), numberField(14, 1)],
    bytesField(13, joined(textField(1, 'location'), textField(2, '../weights.bin'))),
  );
  const file = join(folder, 'written-by-hand.onnx');
  const refusal = (bytes: Uint8Array) => () => {
    writeFileSync(file, bytes);
    return readModelFile(file);
  };

  it('is refused like what stands outside: operators of nobody, weights in other files', () => {
    const branch = (content: Uint8Array) => bytesField(6, content);
    const foreign = branch(bytesField(1, nodeWith('Evil', textField(1, 'a'), 'my.ops')));
    expect(refusal(model(nodeWith('If', foreign)))).toThrow(/needs my\.ops\.Evil/);
    expect(refusal(model(nodeWith('If', branch(bytesField(1, nodeWith('Loop', foreign))))))).toThrow(/my\.ops\.Evil/);
    expect(refusal(model(nodeWith('If', branch(bytesField(5, weights)))))).toThrow(
      /another file \(\.\.\/weights\.bin\)/,
    );
    expect(refusal(model(nodeWith('Constant', bytesField(5, weights))))).toThrow(/another file \(\.\.\/weights\.bin\)/);
  });

  it('is refused like what stands outside, in functions that the file defines as well', () => {
    const branch = (content: Uint8Array) => bytesField(5, bytesField(6, content));
    const withFunction = (content: Uint8Array) =>
      joined(
        model(joined(textField(2, 'y'), textField(4, 'f'), textField(7, 'own'))),
        bytesField(25, joined(textField(1, 'f'), textField(10, 'own'), content)),
      );
    const foreign = nodeWith('Evil', textField(1, 'a'), 'my.ops');
    const plugin = nodeWith('EfficientNMS_TRT', textField(1, 'a'));
    const inside = (content: Uint8Array) =>
      bytesField(7, joined(textField(2, 'z'), textField(4, 'If'), branch(content)));
    for (const wrap of [
      (node: Uint8Array) => bytesField(7, node),
      (node: Uint8Array) => inside(bytesField(1, node)),
      (node: Uint8Array) => bytesField(11, bytesField(6, bytesField(1, node))),
    ]) {
      expect(refusal(withFunction(wrap(foreign)))).toThrow(/needs my\.ops\.Evil/);
      expect(refusal(withFunction(wrap(plugin)))).toThrow(/EfficientNMS_TRT.*TensorRT's plugins/);
      const external = nodeWith('ConstantOfShape', bytesField(5, weights));
      expect(refusal(withFunction(wrap(external)))).toThrow(/another file \(\.\.\/weights\.bin\)/);
    }
    expect(refusal(withFunction(bytesField(11, bytesField(10, weights))))).toThrow(/another file/);
    expect(refusal(withFunction(inside(bytesField(5, weights))))).toThrow(/another file/);
    const sparse = bytesField(15, joined(bytesField(1, weights), numberField(3, 4)));
    expect(refusal(withFunction(inside(sparse)))).toThrow(/another file/);
    expect(refusal(model(nodeWith('Constant', bytesField(22, bytesField(2, weights)))))).toThrow(/another file/);
    const later = bytesField(9, joined(textField(1, ''), numberField(2, 27)));
    expect(refusal(withFunction(later))).toThrow(/opset 27/);
    expect(refusal(withFunction(bytesField(7, nodeWith('f', textField(1, 'a'), 'own'))))).not.toThrow();
  });

  it('may not claim or make more than any detector needs, wherever it stands', () => {
    const listed = (operator: string, output: string, attribute: Uint8Array) =>
      joined(textField(2, output), textField(4, operator), bytesField(5, attribute));
    const ints = joined(textField(1, 'value_ints'), numberField(8, 100_000), numberField(8, 100_000));
    const filled = joined(textField(1, 'sides'), textField(2, 'y'), textField(4, 'ConstantOfShape'));
    const parts = [listed('Constant', 'sides', ints), filled];
    const body = (field: number) => joined(...parts.map((node) => bytesField(field, node)));
    const claims = joined(numberField(1, 1_000_000), numberField(1, 1_000_000), numberField(2, 1));
    const claiming = listed('Constant', 'c', bytesField(5, claims));
    const branch = (content: Uint8Array) => nodeWith('Loop', bytesField(6, content));
    const ofFunction = (content: Uint8Array) =>
      joined(model(nodeWith('Identity', textField(1, 'a'))), bytesField(25, joined(textField(1, 'f'), content)));
    const huge = /its ConstantOfShape makes \[100000, 100000\]/;
    expect(refusal(joined(model(claiming), bytesField(7, body(1))))).toThrow(huge);
    expect(refusal(model(branch(body(1))))).toThrow(huge);
    expect(refusal(ofFunction(body(7)))).toThrow(huge);
    // The branch uses what stands around it.
    const around = joined(...[parts[0]!, branch(bytesField(1, filled))].map((node) => bytesField(1, node)));
    expect(refusal(joined(model(filled), bytesField(7, around)))).toThrow(huge);
    const tooLarge = /claim to be \[1000000, 1000000\]/;
    expect(refusal(model(claiming))).toThrow(tooLarge);
    expect(refusal(model(branch(bytesField(1, claiming))))).toThrow(tooLarge);
    expect(refusal(ofFunction(bytesField(7, claiming)))).toThrow(tooLarge);
  });

  it('may not make more than any detector needs, whatever makes it', () => {
    const sides = (...numbers: number[]) =>
      joined(
        ...[numberField(1, numbers.length), numberField(2, 7), textField(8, `c${numbers[0]}`)],
        bytesField(9, Buffer.from(BigInt64Array.from(numbers, BigInt).buffer)),
      );
    const graph = (operator: string, inputs: string[], ...tensors: Uint8Array[]) =>
      joined(
        numberField(1, 8),
        bytesField(
          7,
          joined(
            bytesField(
              1,
              joined(...inputs.map((name) => textField(1, name)), textField(2, 'y'), textField(4, operator)),
            ),
            ...tensors.map((tensor) => bytesField(5, tensor)),
          ),
        ),
        bytesField(8, joined(textField(1, ''), numberField(2, 13))),
      );
    const resized = graph('Resize', ['x', '', '', 'c1'], sides(1, 8, 100_000, 100_000));
    expect(refusal(resized)).toThrow(/its Resize makes \[1, 8, 100000, 100000\], 8\.00e\+10 numbers/);
    const counted = (limit: number, step: number) =>
      graph(
        'Range',
        ['c0', 'c9', 'c3'],
        sides(0),
        joined(sides(limit), textField(8, 'c9')),
        joined(sides(step), textField(8, 'c3')),
      );
    expect(refusal(counted(10 ** 11, 2))).toThrow(/its Range makes \[50000000000\]/);
    expect(refusal(counted(100, 2))).not.toThrow();
    expect(refusal(counted(10 ** 11, 0))).not.toThrow();
  });

  it('may not have sides beyond number', () => {
    const tensor = joined(bytesField(1, Buffer.alloc(300_000, 1)), numberField(2, 1), textField(8, 'w'));
    const graph = (content: Uint8Array) =>
      joined(numberField(1, 8), bytesField(7, content), bytesField(8, joined(textField(1, ''), numberField(2, 13))));
    expect(refusal(graph(bytesField(5, tensor)))).toThrow(/tensor "w" has 300000 sides/);
    const sides = Buffer.concat(new Array<Uint8Array>(300_000).fill(bytesField(1, numberField(1, 1))));
    const value = joined(
      textField(1, 'y'),
      bytesField(2, bytesField(1, joined(numberField(1, 1), bytesField(2, sides)))),
    );
    expect(refusal(graph(bytesField(12, value)))).toThrow(/output "y" has 300000 sides/);
  });

  it('may be a node that reads what it makes, or one of 300 000 branches: it is read', () => {
    const itself = joined(textField(1, 'y'), textField(2, 'y'), textField(4, 'Identity'));
    const asked = joined(textField(1, 'y'), textField(2, 'z'), textField(4, 'ConstantOfShape'));
    expect(refusal(joined(model(itself), bytesField(7, bytesField(1, asked))))).not.toThrow();
    const branches = Buffer.concat(new Array<Uint8Array>(300_000).fill(bytesField(11, new Uint8Array(0))));
    expect(refusal(model(nodeWith('If', branches)))).not.toThrow();
  });

  it('is not followed without end', () => {
    let node = nodeWith('Identity', textField(1, 'a'));
    for (let depth = 0; depth < 1000; depth++) node = nodeWith('If', bytesField(6, bytesField(1, node)));
    expect(refusal(model(node))).toThrow(/graphs in graphs without end/);
  });
});
