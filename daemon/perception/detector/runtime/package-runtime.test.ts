import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../../test/harness/test-folders.ts';
import { packagedOnnxRuntime } from '../../../../test/harness/tools.ts';
import { projectFolder } from '../../../platform/paths.ts';
import { tinyNetwork } from '../../testing/tiny-network.ts';
import type { RuntimeLimits } from '../model/check-facts.ts';
import { runtimeHere } from '../model/check-facts.ts';
import { loadNodeRuntime } from './node-runtime.ts';
import { loadPackageRuntime, packageLibrary } from './package-runtime.ts';
import { runtimeContract } from './runtime.contract.ts';
import { expectSameBits } from './same-bits.ts';

runtimeContract('of the npm package, by its library', () => loadPackageRuntime);

const isOfLinux = process.platform === 'linux';
if (!isOfLinux) console.log('skipped: the library inside the npm package is called on Linux only');

describe.skipIf(!isOfLinux)('the library inside the npm package', () => {
  const folder = testFolder('package-runtime');
  const save = (output: number): string => {
    const file = join(folder, 'network.onnx');
    const data = Array.from({ length: output }, (_, at) => at % 7);
    writeFileSync(
      file,
      tinyNetwork({ inputs: [{ name: 'images', shape: [1] }], outputs: [{ name: 'a', shape: [output], data }] }),
    );
    return file;
  };

  it('is the one that the binding loads', () => {
    expect(packageLibrary()).toBe(packagedOnnxRuntime());
  });

  it('is held against what the package takes', async () => {
    const seen: RuntimeLimits[] = [];
    const checkLimits = (limits: RuntimeLimits) => void seen.push(limits);
    const runtime = await loadPackageRuntime({ modelFile: save(1), threads: 1, checkLimits });
    await runtime.close();
    expect(seen).toEqual([runtimeHere]);
  });

  it('is called, and no word of it', async () => {
    const runtime = await loadPackageRuntime({ modelFile: save(1), threads: 1 });
    expect(runtime.fallbacks).toEqual([]);
    await runtime.close();
  });

  it.each([1, 2])('gives bit for bit what the Node binding gives, on %i threads', (threads) =>
    expectSameBits({ modelFile: join(projectFolder(), 'models', 'car-cones-384.onnx'), threads }, [
      loadPackageRuntime,
      loadNodeRuntime,
    ]),
  );

  it('makes no memory for outputs anew at a run', async () => {
    const length = 1_000_000;
    const runtime = await loadPackageRuntime({ modelFile: save(length), threads: 1 });
    const binding = runtime.bind({ name: 'images', data: new Float32Array(1), shape: [1] }, []);
    await binding.run();
    const before = process.memoryUsage().arrayBuffers;
    for (let run = 0; run < 5; run++) await binding.run();
    const grownBytes = process.memoryUsage().arrayBuffers - before;
    expect(grownBytes).toBeLessThan(length * Float32Array.BYTES_PER_ELEMENT);
    await runtime.close();
  });

  it('refuses to run where memory was transferred in the turn that others had', async () => {
    const runtime = await loadPackageRuntime({ modelFile: save(1), threads: 1 });
    const data = new Float32Array(1);
    const binding = runtime.bind({ name: 'images', data, shape: [1] }, []);
    await binding.run();
    const refused = expect(binding.run()).rejects.toThrow(/memory of "images" was taken away/);
    structuredClone(data, { transfer: [data.buffer] });
    await refused;
    await runtime.close();
  });

  it('lets others have their turn between runs that follow one another', async () => {
    const runtime = await loadPackageRuntime({ modelFile: save(1), threads: 1 });
    const binding = runtime.bind({ name: 'images', data: new Float32Array(1), shape: [1] }, []);
    let isOver = false;
    setImmediate(() => {
      isOver = true;
    });
    for (let run = 0; run < 1000 && !isOver; run++) await binding.run();
    expect(isOver).toBe(true);
    await runtime.close();
  });
});
