import { resolve } from 'node:path';
import { type DetectorRuntimeChoice, detectorRuntimeDefaults } from '../../../protocol/detector-runtime.ts';
import { loadNodeRuntime } from './node-runtime.ts';
import type { LoadRuntime } from './runtime.ts';

/**
 * The runtime that the configuration names: the one of the npm package, or a library, whose path is relative to where
 * the user stands.
 */
export function chooseRuntime(choice: DetectorRuntimeChoice): LoadRuntime {
  const runtime = choice.runtime ?? detectorRuntimeDefaults.runtime;
  if (runtime === 'node') return loadNodeRuntime;
  return async (options) => {
    // Loaded late: native code that a process with the other runtime does without.
    const { loadLibraryRuntime } = await import('./library-runtime.ts');
    return loadLibraryRuntime({
      ...options,
      libraryFile: resolve(runtime),
      devices: choice.devices ?? detectorRuntimeDefaults.devices,
      gpu: choice.gpu ?? detectorRuntimeDefaults.gpu,
    });
  };
}
