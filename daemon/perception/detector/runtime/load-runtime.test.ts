import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder } from '../../../platform/paths.ts';
import type { DetectorRuntimeChoice } from '../../../protocol/detector-runtime.ts';
import { chooseRuntime } from './load-runtime.ts';
import { describeFallback } from './runtime.ts';

const shippedNetwork = join(projectFolder(), 'models', 'car-cones-384.onnx');

describe('the runtime of the npm package', () => {
  const loaded = async (choice: DetectorRuntimeChoice) => {
    const runtime = await chooseRuntime(choice)({ modelFile: shippedNetwork, threads: 1 });
    await runtime.close();
    return { provider: runtime.provider, fallbacks: runtime.fallbacks };
  };

  it.each<[string, DetectorRuntimeChoice]>([
    ['nothing', {}],
    ['the runtime alone', { runtime: 'node' }],
    ['the processor', { runtime: 'node', devices: ['cpu'] }],
    ['the processor before a GPU', { devices: ['cpu', 'cuda'] }],
  ])('runs on the processor, and no word of it, where it was asked for %s', async (_, choice) => {
    expect(await loaded(choice)).toEqual({ provider: 'cpu', fallbacks: [] });
  });

  it.each<[DetectorRuntimeChoice['devices'], string[]]>([
    [['cuda'], ['cuda']],
    [
      ['tensorrt', 'cuda', 'cpu'],
      ['tensorrt', 'cuda'],
    ],
  ])('says that it does not run on what it was asked for: %j', async (devices, missed) => {
    const { provider, fallbacks } = await loaded({ devices });
    expect(provider).toBe('cpu');
    expect(fallbacks.map((each) => each.provider)).toEqual(missed);
    for (const fallback of fallbacks)
      expect(describeFallback(fallback)).toMatch(/processor only\. Name a libonnxruntime\.so in detector\.runtime/);
  });
});
