import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../../test/harness/test-folders.ts';
import { UserError } from '../../../platform/user-error.ts';
import { graphNetwork, networkNode } from '../../testing/graph-network.ts';
import { graphTensor } from '../../testing/graphs.ts';
import { type TinyNetworkOptions, tinyNetwork } from '../../testing/tiny-network.ts';
import type { ConstantInput, LoadRuntime, PictureInput, Runtime } from './runtime.ts';

const images = { name: 'images', shape: [1, 3, 2, 2] };
const picture: PictureInput = { name: 'images', data: new Float32Array(12), shape: [1, 3, 2, 2] };
const one = { name: 'one', shape: [1], data: [1] };

/** What every runtime does alike: the tests of one of them, on the processor. */
export function runtimeContract(name: string, loadRuntime: () => LoadRuntime): void {
  describe(`the runtime ${name}`, () => {
    const folder = testFolder('runtime');

    const save = (network: Uint8Array): string => {
      const file = join(folder, 'network.onnx');
      writeFileSync(file, network);
      return file;
    };
    const load = (network: TinyNetworkOptions): Promise<Runtime> =>
      loadRuntime()({ modelFile: save(tinyNetwork({ inputs: [images], ...network })), threads: 1 });

    it('tells names, types and shapes in the order of the network, and who runs it', async () => {
      const runtime = await load({
        inputs: [images, { name: 'sizes', shape: ['batch', '', 2], type: 'int64' }],
        outputs: [
          { name: '350', shape: ['batch', '', 2], type: 'int64', data: [], copyOf: 'sizes' },
          { name: '12', shape: [2, 2], type: 'float16', data: [1, 2, 3, 4] },
        ],
      });
      expect(runtime.inputs).toEqual([
        { name: 'images', type: 'float32', shape: [1, 3, 2, 2] },
        { name: 'sizes', type: 'int64', shape: ['batch', '', 2] },
      ]);
      expect(runtime.outputs).toEqual([
        { name: '350', type: 'int64', shape: ['batch', '', 2] },
        { name: '12', type: 'float16', shape: [2, 2] },
      ]);
      expect(runtime.provider).toBe('cpu');
      await runtime.close();
    });

    it.each([
      ['float32', new Float32Array(new SharedArrayBuffer(64), 16, 12), 1.5],
      ['float16', new Uint16Array(new SharedArrayBuffer(64), 16, 12), 0x3e00],
      ['int8', new Int8Array(new SharedArrayBuffer(64), 16, 12), -100],
      ['uint8', new Uint8Array(new SharedArrayBuffer(64), 16, 12), 200],
    ] as const)('reads pictures of %s from shared memory, as they are at each run', async (type, data, value) => {
      const runtime = await load({
        inputs: [{ ...images, type }],
        outputs: [{ name: 'seen', shape: [1, 3, 2, 2], type, data: [], copyOf: 'images' }],
      });
      const binding = runtime.bind({ ...picture, data }, []);
      for (const each of [value, 0, value]) {
        data.fill(each, 3, 5);
        const [seen] = await binding.run();
        expect(Array.from(seen?.data as Uint8Array)).toEqual(Array.from(data));
      }
      await runtime.close();
    });

    const outputsOfEachType = [
      { name: '9', type: 'float32', shape: [3], data: Float32Array.of(1.5, -2, 3e38) },
      { name: '8', type: 'float16', shape: [3], data: Uint16Array.of(0x3e00, 0xc000, 0x3400) },
      { name: '7', type: 'int64', shape: [3], data: BigInt64Array.of(1n, -2n, 2n ** 40n) },
    ];

    it('gives outputs of fixed shape, each type in its own array', async () => {
      const runtime = await load({
        outputs: [
          { name: '9', shape: [3], data: [1.5, -2, 3e38] },
          { name: '8', shape: [3], type: 'float16', data: [1.5, -2, 0.25] },
          { name: '7', shape: [3], type: 'int64', data: [1, -2, 2 ** 40] },
        ],
      });
      const binding = runtime.bind(picture, []);
      for (let run = 0; run < 3; run++) expect(await binding.run()).toEqual(outputsOfEachType);
      await runtime.close();
    });

    it('gives a single number, which has no sides', async () => {
      const runtime = await load({ outputs: [{ name: 'count', shape: [], type: 'int64', data: [42] }] });
      const binding = runtime.bind(picture, []);
      for (let run = 0; run < 2; run++) {
        expect(await binding.run()).toEqual([{ name: 'count', type: 'int64', shape: [], data: BigInt64Array.of(42n) }]);
      }
      await runtime.close();
    });

    it('gives outputs of dynamic shape, each type in its own array', async () => {
      const runtime = await load({
        inputs: [
          { name: 'half', shape: ['n'], type: 'float16' },
          { name: 'single', shape: ['n'] },
          { name: 'whole', shape: ['n'], type: 'int64' },
        ],
        outputs: [
          { name: '9', shape: ['n'], data: [], copyOf: 'single' },
          { name: '8', shape: ['n'], type: 'float16', data: [], copyOf: 'half' },
          { name: '7', shape: ['n'], type: 'int64', data: [], copyOf: 'whole' },
        ],
      });
      expect(runtime.outputs.map(({ shape }) => shape)).toEqual([['n'], ['n'], ['n']]);
      const binding = runtime.bind({ name: 'half', data: Uint16Array.of(0x3e00, 0xc000, 0x3400), shape: [3] }, [
        { name: 'whole', data: BigInt64Array.of(1n, -2n, 2n ** 40n), shape: [3] },
        { name: 'single', data: Float32Array.of(1.5, -2, 3e38), shape: [3] },
      ]);
      for (let run = 0; run < 3; run++) expect(await binding.run()).toEqual(outputsOfEachType);
      const empty = runtime.bind({ name: 'half', data: new Uint16Array(0), shape: [0] }, [
        { name: 'whole', data: new BigInt64Array(0), shape: [0] },
        { name: 'single', data: new Float32Array(0), shape: [0] },
      ]);
      expect(await empty.run()).toMatchObject([{ shape: [0] }, { shape: [0] }, { shape: [0] }]);
      await runtime.close();
    });

    it('reads the buffers of its inputs anew at each run, each binding its own', async () => {
      const runtime = await load({
        inputs: [images, { name: 'size', shape: [2] }, { name: 'count', shape: ['n'], type: 'int64' }],
        outputs: [
          { name: 'a', shape: [1, 3, 2, 2], data: [], copyOf: 'images' },
          { name: 'b', shape: [2], data: [], copyOf: 'size' },
          { name: 'c', shape: ['n'], type: 'int64', data: [], copyOf: 'count' },
        ],
      });
      const constants: ConstantInput[] = [
        { name: 'count', data: BigInt64Array.of(5n, 6n, 7n), shape: [3] },
        { name: 'size', data: Float32Array.of(3, 4), shape: [2] },
      ];
      const pictures = [0, 1].map(() => ({ ...picture, data: new Float32Array(12) }));
      const bindings = pictures.map((each) => runtime.bind(each, constants));
      for (let run = 0; run < 4; run++) {
        for (const [at, { data }] of pictures.entries()) data.fill(10 * run + at);
        for (const [at, binding] of bindings.entries()) {
          const outputs = await binding.run();
          expect(outputs.map(({ data }) => data)).toEqual([
            new Float32Array(12).fill(10 * run + at),
            Float32Array.of(3, 4),
            BigInt64Array.of(5n, 6n, 7n),
          ]);
        }
      }
      await runtime.close();
    });

    it('counts zeros that a picture is padded with, also before the largest of some is taken', async () => {
      const pool = { kernel_shape: [2, 2], strides: [1, 1] };
      const network = graphNetwork({
        input: images,
        nodes: [networkNode('Pad', ['images', 'pads'], 'padded'), networkNode('MaxPool', ['padded'], 'largest', pool)],
        tensors: [graphTensor('pads', [8], [0, 0, 0, 0, 0, 0, 1, 1], 7)],
        outputs: [{ name: 'largest', shape: [1, 3, 2, 2] }],
      });
      const runtime = await loadRuntime()({ modelFile: save(network), threads: 1 });
      const below = { ...picture, data: new Float32Array(12).fill(-3) };
      const [largest] = await runtime.bind(below, []).run();
      expect(Array.from(largest?.data as Float32Array)).toEqual([-3, 0, 0, 0, -3, 0, 0, 0, -3, 0, 0, 0]);
      await runtime.close();
    });

    it.each([
      { what: 'missing', content: undefined },
      { what: 'empty', content: Buffer.alloc(0) },
      { what: 'no network', content: Buffer.from('no network at all') },
      { what: 'cut off', content: tinyNetwork({ outputs: [one] }).subarray(0, 60) },
    ])('refuses a file that is $what, by its name', async ({ what, content }) => {
      const modelFile = join(folder, `${what}.onnx`);
      if (content !== undefined) writeFileSync(modelFile, content);
      const refused = loadRuntime()({ modelFile, threads: 1 });
      await expect(refused).rejects.toThrow(UserError);
      await expect(refused).rejects.toThrow(`ONNX Runtime refuses the network ${modelFile}: `);
    });

    it('refuses a network with its own words', async () => {
      const network = Buffer.from(tinyNetwork({ outputs: [one] }));
      network.write('Ydentity', network.indexOf('Identity'));
      const refused = loadRuntime()({ modelFile: save(network), threads: 1 });
      await expect(refused).rejects.toThrow(/refuses the network .*network\.onnx: .*Ydentity/s);
    });

    it.each<{ what: string; inputs: [PictureInput, ...ConstantInput[]]; text: RegExp }>([
      { what: 'too few values', inputs: [{ ...picture, data: new Float32Array(11) }], text: /11/ },
      { what: 'too many values', inputs: [{ ...picture, data: new Float32Array(13) }], text: /13/ },
      {
        what: 'another shape',
        inputs: [{ ...picture, data: new Float32Array(27), shape: [1, 3, 3, 3] }],
        text: /images.*3/s,
      },
      { what: 'another type', inputs: [{ ...picture, data: new Uint8Array(12) }], text: /uint8/ },
      { what: 'no such input', inputs: [{ ...picture, name: 'pictures' }], text: /images|pictures/ },
    ])('says what is wrong with an input: $what', async ({ inputs: [first, ...others], text }) => {
      const runtime = await load({ outputs: [one] });
      const bindAndRun = async () => runtime.bind(first, others).run();
      await expect(bindAndRun()).rejects.toThrow(text);
      // The trouble was that binding's alone.
      expect(await runtime.bind(picture, []).run()).toMatchObject([{ data: Float32Array.of(1) }]);
      await runtime.close();
    });

    it('keeps no memory from 10 000 runs, and reads arrays that V8 would move', async () => {
      const runtime = await load({
        // 16 bytes: V8 makes such an array on its heap, which it compacts.
        inputs: [
          { name: 'small', shape: [4] },
          { name: 'large', shape: ['n'] },
        ],
        outputs: [
          { name: 'copy', shape: [4], data: [], copyOf: 'small' },
          { name: 'fresh', shape: ['n'], data: [], copyOf: 'large' },
        ],
      });
      const large = { name: 'large', data: new Float32Array(2048).fill(7), shape: [2048] };
      const data = new Float32Array(4);
      const binding = runtime.bind({ name: 'small', data, shape: [4] }, [large]);
      let wrong = 0;
      const runs = async (count: number) => {
        for (let run = 0; run < count; run++) {
          data.fill(run);
          const [copy, fresh] = await binding.run();
          const [first] = copy!.data as Float32Array;
          if (first !== run || (fresh!.data as Float32Array).at(-1) !== 7) wrong++;
        }
      };
      await runs(2000);
      const before = process.memoryUsage.rss();
      await runs(10_000);
      const grownMb = (process.memoryUsage.rss() - before) / 1024 / 1024;
      expect(wrong).toBe(0);
      // One value kept at each run would be 80 MB; the collector of a busy machine may be 20 behind.
      expect(grownMb).toBeLessThan(50);
      await runtime.close();
    }, 120_000);

    it('says as an Error what the library says of a run, and runs on', async () => {
      const runtime = await load({ outputs: [one] });
      const flat = runtime.bind({ ...picture, shape: [1, 12] }, []);
      for (let run = 0; run < 3; run++) {
        const failed = flat.run();
        await expect(failed).rejects.toBeInstanceOf(Error);
        await expect(failed).rejects.toThrow(/rank.*images|images.*rank/s);
      }
      expect(await runtime.bind(picture, []).run()).toMatchObject([{ data: Float32Array.of(1) }]);
      await runtime.close();
    });

    it('runs nothing after its end, which may be asked for twice', async () => {
      const runtime = await load({ outputs: [one] });
      const binding = runtime.bind(picture, []);
      await binding.run();
      await Promise.all([runtime.close(), runtime.close()]);
      await expect(binding.run()).rejects.toThrow(/closed/);
      await expect(async () => runtime.bind(picture, []).run()).rejects.toThrow(/closed/);
    });
  });
}
