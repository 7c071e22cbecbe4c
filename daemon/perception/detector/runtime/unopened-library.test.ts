import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { projectFolder } from '../../../platform/paths.ts';
import { chooseRuntime } from './load-runtime.ts';
import { packageLibrary } from './package-runtime.ts';
import { describeFallback } from './runtime.ts';

/** A system whose loader refuses the library, as of a file system that may hold no programs. */
vi.mock('koffi', async (importOriginal) => {
  const { default: koffi } = await importOriginal<{ default: typeof import('koffi').default }>();
  const load = () => {
    throw new Error('failed to map segment from shared object');
  };
  return { default: Object.assign(Object.create(koffi), { load, config: () => ({}) }) };
});

const isOfLinux = process.platform === 'linux';
if (!isOfLinux) console.log('skipped: libraries are called on Linux only');

it.skipIf(!isOfLinux)("the binding runs the network in the place of the package's library, and says why", async () => {
  const runtime = await chooseRuntime({})({
    modelFile: join(projectFolder(), 'models', 'car-cones-384.onnx'),
    threads: 1,
  });
  expect(runtime.provider).toBe('cpu');
  expect(runtime.fallbacks.map(describeFallback)).toEqual([
    expect.stringMatching(
      /\.so\.1 is not used: it cannot be used: failed to map segment from shared object; the Node binding/,
    ),
  ]);
  expect(runtime.fallbacks[0]!.provider).toBe(packageLibrary());
  await runtime.close();
});
