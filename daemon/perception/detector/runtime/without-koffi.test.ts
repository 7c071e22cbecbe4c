import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { packagedOnnxRuntime } from '../../../../test/harness/tools.ts';
import { projectFolder } from '../../../platform/paths.ts';
import { UserError } from '../../../platform/user-error.ts';
import { chooseRuntime } from './load-runtime.ts';
import { loadPackageRuntime, packageLibrary } from './package-runtime.ts';
import { runtimeContract } from './runtime.contract.ts';
import { describeFallback } from './runtime.ts';

/** An installation without the package, or one without the part of it for this computer. */
vi.mock('koffi', () => {
  throw new Error('Cannot find the native Koffi module');
});

const isOfLinux = process.platform === 'linux';
if (!isOfLinux) console.log('skipped: libraries are called on Linux only');

runtimeContract('of the npm package, where no library can be called', () => loadPackageRuntime);

describe.skipIf(!isOfLinux)('where koffi cannot be loaded', () => {
  const options = { modelFile: join(projectFolder(), 'models', 'car-cones-384.onnx'), threads: 1 };

  it('the binding runs the network, and it is said why, and what helps', async () => {
    const runtime = await chooseRuntime({})(options);
    expect(runtime.provider).toBe('cpu');
    expect(runtime.fallbacks.map(describeFallback)).toEqual([
      expect.stringMatching(
        /^\/.*libonnxruntime\.so\.1 is not used: the npm package koffi, .*: .+; the Node binding .*npm ci/,
      ),
    ]);
    expect(runtime.fallbacks[0]!.provider).toBe(packageLibrary());
    await runtime.close();
  });

  it('also in the place of a library of the configuration that might run on the processor', async () => {
    const library = packagedOnnxRuntime() ?? '';
    const runtime = await chooseRuntime({ runtime: library, devices: ['cuda', 'cpu'] })(options);
    expect(runtime).toMatchObject({ provider: 'cpu', fallbacks: [{ provider: library }] });
    await runtime.close();
    const refused = chooseRuntime({ runtime: library, devices: ['cuda'] })(options);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(/libonnxruntime.* cannot be used: the npm package koffi/);
  });
});
