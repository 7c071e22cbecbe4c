import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../../platform/reason-of.ts';
import { makeTemporaryFolder } from '../../../platform/temporary-folder.ts';
import { ToldError, UserError } from '../../../platform/user-error.ts';
import type { Device, GpuSettings } from '../../../protocol/detector-runtime.ts';
import { trouble } from '../../../protocol/troubles.ts';
import { limitsOf } from '../model/check-facts.ts';
import { addGpuProviders, type GpuDevice, providerNames } from './gpu-providers.ts';
import {
  type BoundInput,
  bindLibrary,
  boundInput,
  type LibraryBinding,
  makeElements,
  type RunsIn,
} from './library-binding.ts';
import { createSession, ownedText, sessionInputs, sessionOutputs } from './library-session.ts';
import { type OrtLibrary, openOrtLibrary } from './ort-library.ts';
import { readProfile } from './profile.ts';
import { provenProvider } from './proven-provider.ts';
import { refusedByRuntime } from './refusal.ts';
import type { ConstantInput, Fallback, PictureInput, Runtime, RuntimeOptions, TensorInfo } from './runtime.ts';

export interface LibraryRuntimeOptions extends RuntimeOptions {
  /** A libonnxruntime.so of ONNX Runtime 1.11 or later. */
  readonly libraryFile: string;
  /** Tried in this order; the first that proves to do the work is taken. */
  readonly devices: readonly Device[];
  readonly gpu: GpuSettings;
  /** On a thread of the pool unless told otherwise. */
  readonly runsIn?: RunsIn;
}

/**
 * ONNX Runtime by the C API of any library of it, by default with runs on threads of the pool: the calling thread stays free. On a GPU it
 * is unproven; what is tested is that the GPU's absence leads to the processor and is told.
 * @throws (rejects) UserError when the library cannot be used, or refuses the network on the last device.
 */
export async function loadLibraryRuntime(options: LibraryRuntimeOptions): Promise<Runtime> {
  const library = openOrtLibrary(options.libraryFile);
  const limits = limitsOf(library.version);
  if (limits !== undefined) options.checkLimits?.(limits);
  const fallbacks: Fallback[] = [];
  for (const device of options.devices) {
    try {
      const session = await openSession(library, device, options);
      try {
        return runtimeOf(library, session, { device, fallbacks, runsIn: options.runsIn ?? 'pool' });
      } catch (error) {
        library.api.ReleaseSession(session);
        throw error;
      }
    } catch (error) {
      if (error instanceof UserError) throw error;
      fallbacks.push({ provider: device, why: reasonOf(error), cure: 'See docs/on-the-jetson.md, "The GPU"' });
    }
  }
  throw refusal(options, fallbacks);
}

function refusal({ modelFile, devices }: LibraryRuntimeOptions, fallbacks: readonly Fallback[]): UserError {
  const last = fallbacks.at(-1);
  if (devices.includes('cpu')) return refusedByRuntime(modelFile, last?.why);
  const tried = fallbacks.map(({ provider, why }) => `${provider}: ${why}`).join('; ');
  return new ToldError(
    trouble('network-refused-by-devices', { file: modelFile }),
    `ONNX Runtime refuses the network ${modelFile} on each of detector.devices: ${tried}. ` +
      'Add "cpu" to detector.devices to run it on the processor.',
  );
}

/** A session that has proven to run on the device. The processor needs no proof: it does what nobody else did. */
async function openSession(library: OrtLibrary, device: Device, options: LibraryRuntimeOptions): Promise<bigint> {
  const { modelFile, threads, gpu, trialInputs } = options;
  if (device === 'cpu') return createSession(library, { modelFile, threads });
  const addProviders = (sessionOptions: bigint) =>
    addGpuProviders(library, sessionOptions, { device: device satisfies GpuDevice, gpu, modelFile });
  return createProvenSession(library, {
    modelFile,
    threads,
    device,
    addProviders,
    ...(trialInputs && { trialInputs }),
  });
}

/**
 * Runs the network once, under the profiler, and looks who did the work.
 * @throws (rejects) Error saying why the device is none for this network.
 */
export async function createProvenSession(
  library: OrtLibrary,
  settings: Parameters<typeof createSession>[1] & Pick<RuntimeOptions, 'trialInputs'> & { readonly device: Device },
): Promise<bigint> {
  const { api, allocator } = library;
  const folder = makeTemporaryFolder('profile');
  try {
    const session = await createSession(library, { ...settings, profilePrefix: join(folder, 'profile') });
    try {
      await runOnce(library, session, settings.trialInputs ?? zeros);
      const file = ownedText(api, allocator, (out) => api.SessionEndProfiling(session, allocator, out));
      const provider = provenProvider(readProfile(file));
      if (provider === providerNames[settings.device]) return session;
      throw new Error(`the network was given to ${settings.device}, but ${provider ?? 'nobody'} did most of the work`);
    } catch (error) {
      api.ReleaseSession(session);
      throw error;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error for an input with a side of no fixed size. */
function zeros(inputs: readonly TensorInfo[]): BoundInput[] {
  return inputs.map(({ name, type, shape }) => {
    const sides = shape.filter((side) => typeof side === 'number');
    if (sides.length < shape.length) throw new Error(`its input "${name}" has sides of no fixed size`);
    const length = sides.reduce((product, side) => product * side, 1);
    return { name, data: makeElements(type, length, name), type, shape: sides };
  });
}

async function runOnce(
  library: OrtLibrary,
  session: bigint,
  fill: (inputs: readonly TensorInfo[]) => readonly (BoundInput | PictureInput | ConstantInput)[],
): Promise<void> {
  const inputs = fill(sessionInputs(library, session)).map((input) => ('type' in input ? input : boundInput(input)));
  const binding = bindLibrary(library, session, { inputs, outputs: sessionOutputs(library, session) }, 'pool');
  try {
    await binding.run();
  } finally {
    await binding.release();
  }
}

function runtimeOf(
  library: OrtLibrary,
  session: bigint,
  { device, fallbacks, runsIn }: { device: Device; fallbacks: readonly Fallback[]; runsIn: RunsIn },
): Runtime {
  const inputs = sessionInputs(library, session);
  const outputs = sessionOutputs(library, session);
  const bindings: LibraryBinding[] = [];
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all(bindings.map((binding) => binding.release()));
    library.api.ReleaseSession(session);
  };
  return {
    provider: device,
    fallbacks,
    inputs,
    outputs,
    bind(picture, constants) {
      if (closing !== undefined) throw new Error('the network is closed');
      const inputsBound = [picture, ...constants].map(boundInput);
      const binding = bindLibrary(library, session, { inputs: inputsBound, outputs }, runsIn);
      bindings.push(binding);
      return binding;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
