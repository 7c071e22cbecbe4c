import { disabledOptimizers } from './disabled-optimizers.ts';
import { allGraphOptimizations, elementTypes, logErrorsOnly, sequentialExecution } from './ort-api.ts';
import { made, type OrtLibrary, textAt } from './ort-library.ts';
import type { TensorInfo } from './runtime.ts';

export interface SessionSettings {
  readonly modelFile: string;
  readonly threads: number;
  /** Begins the names of the profiles that the session writes; without it there are none. */
  readonly profilePrefix?: string;
  /** Adds who runs the network beside the processor, best first, to the session's options. */
  readonly addProviders?: (sessionOptions: bigint) => void;
}

/**
 * A network that is ready to run, by its address. The thread stays free meanwhile: TensorRT builds its engine here, in
 * minutes.
 * @throws (rejects) Error with the library's text.
 */
export async function createSession(library: OrtLibrary, settings: SessionSettings): Promise<bigint> {
  const { api } = library;
  const options = made((out) => api.CreateSessionOptions(out));
  try {
    api.SetSessionLogSeverityLevel(options, logErrorsOnly);
    api.SetSessionExecutionMode(options, sequentialExecution);
    api.SetSessionGraphOptimizationLevel(options, allGraphOptimizations);
    api.AddSessionConfigEntry(
      options,
      `${disabledOptimizers.section}.${disabledOptimizers.key}`,
      disabledOptimizers.names,
    );
    api.SetIntraOpNumThreads(options, settings.threads);
    api.SetInterOpNumThreads(options, 1);
    if (settings.profilePrefix !== undefined) api.EnableProfiling(options, settings.profilePrefix);
    settings.addProviders?.(options);
    const session = new BigUint64Array(1);
    await library.later('CreateSession', library.environment, settings.modelFile, options, session);
    return session[0]!;
  } finally {
    api.ReleaseSessionOptions(options);
  }
}

export function sessionInputs({ api, allocator }: OrtLibrary, session: bigint): TensorInfo[] {
  return list(Number(made((out) => api.SessionGetInputCount(session, out))), (index) => ({
    name: ownedText(api, allocator, (out) => api.SessionGetInputName(session, index, allocator, out)),
    ...typeAndShape(api, (out) => api.SessionGetInputTypeInfo(session, index, out)),
  }));
}

export function sessionOutputs({ api, allocator }: OrtLibrary, session: bigint): TensorInfo[] {
  return list(Number(made((out) => api.SessionGetOutputCount(session, out))), (index) => ({
    name: ownedText(api, allocator, (out) => api.SessionGetOutputName(session, index, allocator, out)),
    ...typeAndShape(api, (out) => api.SessionGetOutputTypeInfo(session, index, out)),
  }));
}

function list<T>(length: number, at: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => at(index));
}

type Api = OrtLibrary['api'];

/** A text that the library made for its caller, who frees it. */
export function ownedText(api: Api, allocator: bigint, make: (out: BigUint64Array) => void): string {
  const address = made(make);
  const text = textAt(address);
  api.AllocatorFree(allocator, address);
  return text;
}

function typeAndShape(api: Api, make: (out: BigUint64Array) => void): Omit<TensorInfo, 'name'> {
  const info = made(make);
  try {
    // Belongs to `info`; none for a sequence or a map.
    const tensor = made((out) => api.CastTypeInfoToTensorInfo(info, out));
    if (tensor === 0n) return { type: 'no tensor', shape: [] };
    const sides = dimensions(api, tensor);
    const names = new BigUint64Array(sides.length);
    api.GetSymbolicDimensions(tensor, names, names.length);
    return {
      type: elementType(api, tensor),
      shape: sides.map((side, axis) => (side < 0 ? textAt(names[axis]!) : side)),
    };
  } finally {
    api.ReleaseTypeInfo(info);
  }
}

/** Type and shape of a value that a run gave. */
export function valueTypeAndShape(api: Api, value: bigint): { type: string; shape: number[] } {
  const info = made((out) => api.GetTensorTypeAndShape(value, out));
  try {
    return { type: elementType(api, info), shape: dimensions(api, info) };
  } finally {
    api.ReleaseTensorTypeAndShapeInfo(info);
  }
}

function elementType(api: Api, tensor: bigint): string {
  const type = new Int32Array(1);
  api.GetTensorElementType(tensor, type);
  return elementTypes[type[0]!] ?? `type ${type[0]}`;
}

/** -1 for a dynamic side. */
function dimensions(api: Api, tensor: bigint): number[] {
  const sides = new BigInt64Array(Number(made((out) => api.GetDimensionsCount(tensor, out))));
  api.GetDimensions(tensor, sides, sides.length);
  return Array.from(sides, Number);
}
