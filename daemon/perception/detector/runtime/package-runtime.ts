import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../../../platform/user-error.ts';
import { detectorRuntimeDefaults } from '../../../protocol/detector-runtime.ts';
import { loadNodeRuntime } from './node-runtime.ts';
import type { LoadRuntime } from './runtime.ts';

/**
 * The ONNX Runtime of the npm package, on the CPU; a run blocks the thread that it is called in. It is called by the C API of
 * the library inside the package, which writes outputs where this detector reads them. The package's Node binding
 * makes memory anew for each output of each run, clears it and copies the output into it, buffers of one's own or not: of a small YOLO
 * that was a tenth of its time. The binding runs the network where there is no such library for this system.
 * @see https://github.com/microsoft/onnxruntime/blob/v1.27.0/js/node/src/tensor_helper.cc (OrtValueToNapiValue)
 */
export const loadPackageRuntime: LoadRuntime = async (options) => {
  const libraryFile = await usableLibrary();
  if (libraryFile === undefined) return loadNodeRuntime(options);
  const { loadLibraryRuntime } = await import('./library-runtime.ts');
  const { gpu } = detectorRuntimeDefaults;
  return loadLibraryRuntime({ ...options, libraryFile, devices: ['cpu'], gpu, runsIn: 'calling thread' });
};

async function usableLibrary(): Promise<string | undefined> {
  const file = packageLibrary();
  if (file === undefined) return undefined;
  const { openOrtLibrary } = await import('./ort-library.ts');
  try {
    openOrtLibrary(file);
    return file;
  } catch (error) {
    // The binding is tried then, and says what to do.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The library inside the npm package; undefined where the package is not there, or has none that this system can load. */
export function packageLibrary(): string | undefined {
  if (process.platform !== 'linux') return undefined;
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
