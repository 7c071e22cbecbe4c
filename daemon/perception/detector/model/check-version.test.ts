import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../../test/harness/test-folders.ts';
import { networkSaver, plainNetwork } from '../../testing/save-networks.ts';
import type { TinyNetworkOptions } from '../../testing/tiny-network.ts';
import { loadNetwork } from '../loaded-network.ts';
import { loadNodeRuntime } from '../runtime/node-runtime.ts';
import type { LoadRuntime } from '../runtime/runtime.ts';
import { limitsOf, runtimeHere, runtimeOnCar, versionTrouble } from './check-facts.ts';
import { readModelFile } from './model-file.ts';

const save = networkSaver(testFolder('check-version'));

describe('the limits of the runtime', () => {
  const load = async (options: Partial<TinyNetworkOptions>) => {
    const runtime = await loadNodeRuntime({ modelFile: save({ ...plainNetwork, ...options }), threads: 1 });
    await runtime.close();
    return runtime.outputs.length;
  };

  it('are those of the runtime that is installed', async () => {
    const { opset, irVersion } = runtimeHere;
    expect(await load({ opsets: { '': opset } })).toBe(1);
    await expect(load({ opsets: { '': opset + 1 } })).rejects.toThrow(/opset/i);
    expect(await load({ irVersion })).toBe(1);
    await expect(load({ irVersion: irVersion + 1 })).rejects.toThrow(/IR version/);
  });

  it.each([
    { version: '1.11.0', opset: 16, irVersion: 8 },
    { version: '1.13.1', opset: 17, irVersion: 8 },
    { version: '1.20.1', opset: 21, irVersion: 10 },
    { version: '1.27.0', opset: 26, irVersion: 13 },
  ])('are those of a library by its version: $version', ({ version, opset, irVersion }) => {
    expect(limitsOf(version)).toMatchObject({ opset, irVersion });
  });

  it('are not known of libraries that nobody knew yet, which refuse by themselves', () => {
    for (const version of ['1.99.0', '2.0.0', '1.10.0', '0.5', 'unknown', ''])
      expect(limitsOf(version)).toBeUndefined();
  });

  it('are those of whoever runs the network, which is told them before it is given to it', async () => {
    const modelFile = save({ ...plainNetwork, opsets: { '': 17 } });
    const options = { modelFile, scoreThreshold: 0.5, iouThreshold: 0.5, threads: 1 };
    const older: LoadRuntime = async ({ checkLimits }) => {
      checkLimits?.(limitsOf('1.11.0')!);
      throw new Error('it was given to the runtime');
    };
    await expect(loadNetwork(options, older)).rejects.toThrow(/opset 17, and ONNX Runtime 1\.11 knows up to 16/);
    const later = { ...options, modelFile: save({ ...plainNetwork, opsets: { '': 27 } }) };
    await expect(loadNetwork(later, async () => Promise.reject(new Error('asked')))).rejects.toThrow('asked');
    await expect(loadNetwork(later, loadNodeRuntime)).rejects.toThrow(
      /opset 27, and ONNX Runtime 1\.27 knows up to 26/,
    );
  });

  it("are a warning where the car's are exceeded", () => {
    const trouble = (options: Partial<TinyNetworkOptions>) =>
      versionTrouble(readModelFile(save({ ...plainNetwork, ...options })).facts, runtimeOnCar);
    expect(trouble({ opsets: { '': 16 }, irVersion: 8 })).toBeUndefined();
    expect(trouble({ opsets: { '': 17 } })).toMatch(/opset 17, and ONNX Runtime 1\.11 knows up to 16/);
    expect(trouble({ irVersion: 9 })).toMatch(/IR version 9.*1\.11/);
  });
});
