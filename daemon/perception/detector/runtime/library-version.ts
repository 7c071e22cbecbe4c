import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { whyUnreadable } from '../../../platform/file-trouble.ts';
import { ToldError } from '../../../platform/user-error.ts';
import { trouble } from '../../../protocol/troubles.ts';
import { limitsOf, type RuntimeLimits } from '../model/check-facts.ts';
import { ortApiVersion } from './ort-api.ts';

const cure =
  'Change detector.runtime in the configuration to "node", or to the path of a libonnxruntime.so of ONNX Runtime ' +
  '1.11 or later, built for this computer.';

/** A file that is no library of ONNX Runtime that can be used here. */
export class UnfitLibrary extends ToldError {
  /** As the end of a sentence that begins with the library's name. */
  readonly why: string;

  constructor(file: string, why: string) {
    super(trouble('runtime-library-unfit', { file }), `the inference library ${file} ${why}. ${cure}`);
    this.why = why;
  }
}

/** Whether a version of ONNX Runtime has the C API that is used here: 1.11 brought version 11, and none is dropped. */
export function hasApi(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 1 || (major === 1 && minor >= ortApiVersion);
}

/** Names of functions stand near the beginning of a library; those of large builds take some megabytes. */
const searchedBytes = 16 * 1024 * 1024;
const chunkBytes = 1024 * 1024;
/** More than the longest version has letters. */
const overlapBytes = 32;

/**
 * What a library takes, as far as its file says which version it is; it is not loaded.
 * @returns undefined where nobody can tell before it is loaded.
 * @throws UnfitLibrary for a file that is not there, cannot be read, or is of an ONNX Runtime before 1.11.
 */
export function libraryLimits(file: string): RuntimeLimits | undefined {
  let version: string | undefined;
  try {
    version = readLibraryVersion(file);
  } catch (error) {
    throw new UnfitLibrary(file, whyUnreadable(error));
  }
  if (version === undefined) return undefined;
  if (!hasApi(version)) throw new UnfitLibrary(file, `is ONNX Runtime ${version}`);
  return limitsOf(version);
}

/**
 * The version of an ONNX Runtime by the name that its functions are published under (`VERS_1.11.0`): nothing is loaded, which a library of
 * another computer or a broken one may not survive.
 * @returns undefined where the file does not tell.
 * @throws Error of the system for a file that cannot be read.
 * @see https://github.com/microsoft/onnxruntime/blob/main/tools/ci_build/gen_def.py
 */
function readLibraryVersion(file: string): string | undefined {
  // Whoever opens a pipe may wait for ever.
  if (statSync(file).isFIFO()) return undefined;
  const descriptor = openSync(file, 'r');
  try {
    const chunk = Buffer.alloc(chunkBytes + overlapBytes);
    for (let position = 0; position < searchedBytes; position += chunkBytes) {
      const length = readSync(descriptor, chunk, 0, chunk.length, position);
      const [, version] = /\0VERS_(\d+\.\d+\.\d+)\0/.exec(chunk.toString('latin1', 0, length)) ?? [];
      if (version !== undefined) return version;
      if (length < chunk.length) return undefined;
    }
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
