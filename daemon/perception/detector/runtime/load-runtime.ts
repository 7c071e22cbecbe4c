import { resolve } from 'node:path';
import { whyNothingForeign } from '../../../platform/foreign-functions.ts';
import {
  type DetectorRuntimeChoice,
  type Device,
  detectorRuntimeDefaults,
  devicesOf,
} from '../../../protocol/detector-runtime.ts';
import { loadNodeRuntime } from './node-runtime.ts';
import { boundInstead, loadPackageRuntime } from './package-runtime.ts';
import type { Fallback, LoadRuntime } from './runtime.ts';

/**
 * The runtime that the configuration names: the one of the npm package, or a library, whose path is relative to where
 * the user stands.
 */
export function chooseRuntime(choice: DetectorRuntimeChoice): LoadRuntime {
  const runtime = choice.runtime ?? detectorRuntimeDefaults.runtime;
  const devices = devicesOf(choice);
  if (runtime === 'node') return onProcessor(devices);
  const libraryFile = resolve(runtime);
  return async (options) => {
    const why = whyNothingForeign();
    // A car whose packages are damaged still sees, if slowly, where the processor was among what it may run on.
    if (why !== undefined && devices.includes('cpu')) {
      return { ...(await loadNodeRuntime(options)), fallbacks: [boundInstead(libraryFile, why)] };
    }
    // Loaded late, as by the other runtime: native code that a process without a network does without.
    const { loadLibraryRuntime } = await import('./library-runtime.ts');
    return loadLibraryRuntime({
      ...options,
      libraryFile,
      devices,
      gpu: choice.gpu ?? detectorRuntimeDefaults.gpu,
    });
  };
}

/** The package's runtime. Devices before the processor are told as those of a library that do not work. */
function onProcessor(devices: readonly Device[]): LoadRuntime {
  const why = 'the runtime of the npm package (detector.runtime: node) has the processor only';
  const cure = 'Name a libonnxruntime.so in detector.runtime, or leave detector.devices out';
  const processor = devices.indexOf('cpu');
  const missed = processor < 0 ? devices : devices.slice(0, processor);
  const asked = missed.map((provider): Fallback => ({ provider, why, cure }));
  return async (options) => {
    const runtime = await loadPackageRuntime(options);
    return { ...runtime, fallbacks: [...asked, ...runtime.fallbacks] };
  };
}
