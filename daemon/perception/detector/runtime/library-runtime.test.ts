import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../../test/harness/test-folders.ts';
import { onnxRuntimeLibrary, packagedOnnxRuntime } from '../../../../test/harness/tools.ts';
import { projectFolder } from '../../../platform/paths.ts';
import { UserError } from '../../../platform/user-error.ts';
import { type Device, detectorRuntimeDefaults } from '../../../protocol/detector-runtime.ts';
import { type TinyNetworkOptions, tinyNetwork } from '../../testing/tiny-network.ts';
import { limitsOf, type RuntimeLimits, runtimeHere } from '../model/check-facts.ts';
import { createProvenSession, loadLibraryRuntime } from './library-runtime.ts';
import { hasApi } from './library-version.ts';
import { chooseRuntime } from './load-runtime.ts';
import { loadNodeRuntime } from './node-runtime.ts';
import { ortApiLength, ortFunctions } from './ort-api.ts';
import { openOrtLibrary } from './ort-library.ts';
import { runtimeContract } from './runtime.contract.ts';
import type { Runtime } from './runtime.ts';
import { bindPicture, expectSameBits } from './same-bits.ts';

const libraryFile = onnxRuntimeLibrary() ?? '';
/** The very file that the Node binding has loaded: one version, so that both must compute the same bits. */
const packagedFile = packagedOnnxRuntime() ?? '';
const folder = testFolder('library-runtime');

const shippedNetwork = join(projectFolder(), 'models', 'car-cones-384.onnx');
const { gpu } = detectorRuntimeDefaults;
const loadOn = (devices: readonly Device[], modelFile: string): Promise<Runtime> =>
  loadLibraryRuntime({ libraryFile, devices, gpu, modelFile, threads: 1 });

function save(network: TinyNetworkOptions): string {
  const file = join(folder, 'network.onnx');
  writeFileSync(file, tinyNetwork(network));
  return file;
}

describe('the table of the C API', () => {
  it('lies within version 11 and names no function twice', () => {
    const indices = Object.values(ortFunctions).map(({ index }) => index);
    expect(new Set(indices).size).toBe(indices.length);
    expect(Math.min(...indices)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...indices)).toBeLessThan(ortApiLength);
  });

  it.each([
    ...[
      { version: '1.11.0', has: true },
      { version: '1.27.0', has: true },
      { version: '2.0.0', has: true },
    ],
    ...[
      { version: '1.10.2', has: false },
      { version: '1.9', has: false },
      { version: 'unknown', has: false },
    ],
  ])('is of ONNX Runtime $version: $has', ({ version, has }) => {
    expect(hasApi(version)).toBe(has);
  });
});

describe.skipIf(libraryFile === '')('a library of ONNX Runtime', () => {
  runtimeContract(
    'of a library',
    () => (options) => loadLibraryRuntime({ ...options, libraryFile, devices: ['cpu'], gpu }),
  );

  it('tells its version and providers, and turns a status into an error with its text', () => {
    const { version, providers, api, file } = openOrtLibrary(libraryFile);
    expect(file).toBe(libraryFile);
    expect(version).toMatch(/^1\.\d+\.\d+$/);
    expect(providers).toContain('CPUExecutionProvider');
    expect(() => api.SetSessionGraphOptimizationLevel(options(), 12_345)).toThrow(/12345|not valid/);
    function options(): bigint {
      const out = new BigUint64Array(1);
      api.CreateSessionOptions(out);
      return out[0]!;
    }
  });

  it.each([1, 2])('gives bit for bit what the Node binding gives in the same process, on %i threads', (threads) =>
    expectSameBits({ modelFile: shippedNetwork, threads }, [
      (options) => loadLibraryRuntime({ ...options, libraryFile: packagedFile, devices: ['cpu'], gpu }),
      loadNodeRuntime,
    ]),
  );

  it('leaves the thread free while it runs, one run of a binding at a time', async () => {
    const runtime = await loadOn(['cpu'], shippedNetwork);
    const { binding } = bindPicture(runtime);
    let freeRuns = 0;
    for (let run = 0; run < 20; run++) {
      let ticks = 0;
      const count = setInterval(() => ticks++, 0);
      const running = binding.run();
      await expect(binding.run()).rejects.toThrow(/under way/);
      await running;
      clearInterval(count);
      if (ticks > 0) freeRuns++;
    }
    // A run that blocks lets no timer fire at all; a busy computer may keep one from firing in time.
    expect(freeRuns).toBeGreaterThan(0);
    await runtime.close();
  });

  it('waits with its end for a run that is under way', async () => {
    const runtime = await loadOn(['cpu'], shippedNetwork);
    const { binding } = bindPicture(runtime);
    const running = binding.run();
    await runtime.close();
    expect(await running).toHaveLength(1);
  });

  it('refuses to run where memory was transferred', async () => {
    const runtime = await loadOn(['cpu'], save({ outputs: [{ name: 'one', shape: [1], data: [1] }] }));
    const { binding, data } = bindPicture(runtime);
    await binding.run();
    structuredClone(data, { transfer: [data.buffer] });
    await expect(binding.run()).rejects.toThrow(/memory of "images" was taken away/);
    const other = bindPicture(runtime).binding;
    const { buffer } = (await other.run())[0]!.data as Float32Array<ArrayBuffer>;
    structuredClone(buffer, { transfer: [buffer] });
    await expect(other.run()).rejects.toThrow(/memory of "one" was taken away/);
    await runtime.close();
  });

  it('stays loaded when nothing but its addresses is left of it', async () => {
    // A copy: the other file is also held by the Node binding.
    const copy = join(folder, 'libonnxruntime-copy.so');
    copyFileSync(libraryFile, copy);
    const file = save({ outputs: [{ name: 'one', shape: [1], data: [1] }] });
    const runtime = await loadLibraryRuntime({ libraryFile: copy, devices: ['cpu'], gpu, modelFile: file, threads: 1 });
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    for (let round = 0; round < 3; round++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await bindPicture(runtime).binding.run()).toMatchObject([{ data: Float32Array.of(1) }]);
    await runtime.close();
  });

  it('falls back to the next device and says why', async () => {
    const runtime = await loadOn(['tensorrt', 'cuda', 'cpu'], shippedNetwork);
    expect(runtime.provider).toBe('cpu');
    expect(runtime.fallbacks.map(({ provider }) => provider)).toEqual(['tensorrt', 'cuda']);
    for (const { why } of runtime.fallbacks) expect(why).toMatch(/libonnxruntime.*(Tensorrt|CUDA)ExecutionProvider/s);
    expect(await bindPicture(runtime).binding.run()).toHaveLength(1);
    await runtime.close();
  });

  it('refuses when the processor is not among the devices', async () => {
    const refused = loadOn(['cuda'], shippedNetwork);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(/on each of detector\.devices: cuda: .*CUDAExecutionProvider.*Add "cpu"/s);
  });

  it('takes a device only when the profile shows that it did the work', async () => {
    const library = openOrtLibrary(libraryFile);
    const settings = { modelFile: shippedNetwork, threads: 1 };
    const session = await createProvenSession(library, { ...settings, device: 'cpu' });
    expect(session).toBeGreaterThan(0n);
    library.api.ReleaseSession(session);
    await expect(createProvenSession(library, { ...settings, device: 'cuda' })).rejects.toThrow(
      'given to cuda, but CPUExecutionProvider did most of the work',
    );
    const dynamic = save({
      inputs: [{ name: 'images', shape: ['n'] }],
      outputs: [{ name: 'copy', shape: ['n'], data: [], copyOf: 'images' }],
    });
    await expect(createProvenSession(library, { ...settings, modelFile: dynamic, device: 'cuda' })).rejects.toThrow(
      /"images" has sides of no fixed size/,
    );
    const trialInputs = () => [{ name: 'images', data: new Float32Array(3), shape: [3] }];
    const told = await createProvenSession(library, { ...settings, modelFile: dynamic, device: 'cpu', trialInputs });
    expect(told).toBeGreaterThan(0n);
    library.api.ReleaseSession(told);
  });

  it('tells what it takes before a network is given to it', async () => {
    const { version } = openOrtLibrary(packagedFile);
    const told: (RuntimeLimits | undefined)[] = [];
    const refuse = (limits: RuntimeLimits) => {
      told.push(limits);
      throw new UserError('beyond its limits');
    };
    const load = chooseRuntime({ runtime: packagedFile, devices: ['cuda', 'cpu'] });
    await expect(load({ modelFile: 'missing.onnx', threads: 1, checkLimits: refuse })).rejects.toThrow(
      'beyond its limits',
    );
    expect(told).toEqual([limitsOf(version)]);
    expect(limitsOf(version)).toEqual(runtimeHere);
  });

  it('is chosen by its path', async () => {
    const load = chooseRuntime({ runtime: libraryFile, devices: ['cpu'] });
    const runtime = await load({ modelFile: shippedNetwork, threads: 1 });
    expect(runtime.provider).toBe('cpu');
    await runtime.close();
  });
});

describe('a file that is no library of ONNX Runtime', () => {
  const text = join(folder, 'libonnxruntime.so');
  writeFileSync(text, 'a letter');
  /** One that this very process has loaded; where it has none, the program itself. */
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  const mathsLibrary = sharedObjects.find((file) => /libm\.so|libSystem/.test(file)) ?? process.execPath;
  it.each([
    { what: 'missing', file: join(folder, 'missing.so'), why: /missing\.so does not exist/ },
    { what: 'a text', file: text, why: /libonnxruntime\.so cannot be used: / },
    { what: 'another library', file: mathsLibrary, why: /cannot be used: .*OrtGetApiBase/ },
  ])('is refused: $what', async ({ file, why }) => {
    const refused = chooseRuntime({ runtime: file })({ modelFile: shippedNetwork, threads: 1 });
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(why);
    await expect(refused).rejects.toThrow(/Change detector\.runtime in the configuration to "node", or/);
  });
});
