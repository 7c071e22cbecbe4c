import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cureOfNothingForeign, whyNothingForeign } from '../../../platform/foreign-functions.ts';
import { detectorRuntimeDefaults } from '../../../protocol/detector-runtime.ts';
import { UnfitLibrary } from './library-version.ts';
import { loadNodeRuntime } from './node-runtime.ts';
import type { Fallback, LoadRuntime } from './runtime.ts';

/**
 * The ONNX Runtime of the npm package, on the CPU; a run blocks the thread that it is called in. It is called by the C API of
 * the library inside the package, which writes outputs where this detector reads them. The package's Node binding
 * makes memory anew for each output of each run, clears it and copies the output into it, buffers of one's own or not: of a small YOLO
 * that was a tenth of its time. The binding runs the network where that library cannot be called, and says why as a fallback; on other
 * systems than Linux, where it is not tried, without a word.
 * @see https://github.com/microsoft/onnxruntime/blob/v1.27.0/js/node/src/tensor_helper.cc (OrtValueToNapiValue)
 */
export const loadPackageRuntime: LoadRuntime = async (options) => {
  if (process.platform !== 'linux') return loadNodeRuntime(options);
  const found = await usableLibrary();
  if ('why' in found) return { ...(await loadNodeRuntime(options)), fallbacks: [found] };
  const { loadLibraryRuntime } = await import('./library-runtime.ts');
  const { gpu } = detectorRuntimeDefaults;
  return loadLibraryRuntime({ ...options, ...found, devices: ['cpu'], gpu, runsIn: 'calling thread' });
};

async function usableLibrary(): Promise<{ readonly libraryFile: string } | Fallback> {
  const libraryFile = packageLibrary();
  if (libraryFile === undefined) {
    return boundInstead('libonnxruntime.so', `the npm package onnxruntime-node has none for ${process.arch}`);
  }
  const why = whyNothingForeign();
  if (why !== undefined) return boundInstead(libraryFile, why);
  const { openOrtLibrary } = await import('./ort-library.ts');
  try {
    openOrtLibrary(libraryFile);
    return { libraryFile };
  } catch (error) {
    if (error instanceof UnfitLibrary) return boundInstead(libraryFile, `it ${error.why}`);
    throw error;
  }
}

/** What is to be said where the Node binding runs the network in a library's place. @param why of that library */
export function boundInstead(library: string, why: string): Fallback {
  return {
    provider: library,
    why: `${why}; the Node binding of the npm package onnxruntime-node runs the network instead, on the processor`,
    cure: cureOfNothingForeign,
  };
}

/** The library inside the npm package; undefined where the package is not there, or has none for this system. */
export function packageLibrary(): string | undefined {
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  } catch {
    return undefined;
  }
  // bin/napi-vN/PLATFORM/ARCHITECTURE
  const binaries = join(dirname(entry), '..', 'bin');
  if (!existsSync(binaries)) return undefined;
  return readdirSync(binaries)
    .map((version) => join(binaries, version, process.platform, process.arch, 'libonnxruntime.so.1'))
    .find(existsSync);
}
