import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { reasonOf } from '../../../platform/reason-of.ts';
import { makeTemporaryFolder } from '../../../platform/temporary-folder.ts';
import { ToldError } from '../../../platform/user-error.ts';
import { trouble } from '../../../protocol/troubles.ts';
import { runtimeHere } from '../model/check-facts.ts';
import { disabledOptimizers } from './disabled-optimizers.ts';
import { type ProfiledNode, readProfile } from './profile.ts';
import { refusedByRuntime } from './refusal.ts';
import type { Binding, ConstantInput, LoadRuntime, OutputTensor, PictureInput, TensorInfo } from './runtime.ts';

type Library = typeof import('onnxruntime-node');
type Elements = PictureInput['data'] | ConstantInput['data'];

let library: Promise<Library> | undefined;

/**
 * Loaded late and once: the runtime reads its environment when it is loaded, and a process that runs no network does
 * not pay for it. In a worker thread `process.env` is a copy that native code does not see, so whoever starts one
 * sets the variable as well.
 * @throws (rejects) UserError where its native part does not load: of a machine that it was not built for, or in a process
 * that has loaded a library of another version, whose name it goes by.
 */
function loadLibrary(): Promise<Library> {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  library ??= import('onnxruntime-node').catch((error: unknown) => {
    throw new ToldError(
      trouble('runtime-library-unfit', { file: 'onnxruntime-node' }),
      `the npm package onnxruntime-node cannot be loaded: ${reasonOf(error)}. Install it anew (npm ci), or change ` +
        'detector.runtime in the configuration to the path of a libonnxruntime.so. One process takes one of both.',
    );
  });
  return library;
}

/** @throws (rejects) UserError with the library's text. */
async function createSession(
  { InferenceSession }: Library,
  modelFile: string,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(modelFile, {
      executionProviders: ['cpu'],
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
      ...options,
    });
  } catch (error) {
    throw refusedByRuntime(modelFile, reasonOf(error));
  }
}

/** ONNX Runtime by its Node binding, on the CPU. `run` blocks the thread it is called in. */
export const loadNodeRuntime: LoadRuntime = async ({ modelFile, threads, checkLimits }) => {
  checkLimits?.(runtimeHere);
  const loaded = await loadLibrary();
  const { unshared } = await import('./unshared-view.ts');
  const { Tensor } = loaded;
  const session = await createSession(loaded, modelFile, {
    intraOpNumThreads: threads,
    graphOptimizationLevel: 'all',
    extra: { [disabledOptimizers.section]: { [disabledOptimizers.key]: disabledOptimizers.names } },
  });
  const inputs = session.inputMetadata.map(tensorInfo);
  const outputs = session.outputMetadata.map(tensorInfo);
  let closing: Promise<void> | undefined;
  const refuseClosed = (): void => {
    if (closing !== undefined) throw new Error('the network is closed');
  };
  return {
    provider: 'cpu',
    fallbacks: [],
    inputs,
    outputs,
    bind(picture, constants) {
      refuseClosed();
      const { data, refresh } = unshared(picture.data);
      const seen = { ...picture, data };
      const binding = bind(session, Tensor, { inputs: [seen, ...constants], outputs });
      return {
        async run() {
          refuseClosed();
          // Named here so that the memory under a view on it stays.
          if (picture.data.length !== seen.data.length)
            throw new Error(`the memory of "${picture.name}" was taken away`);
          refresh();
          return binding.run();
        },
      };
    },
    close() {
      closing ??= session.release();
      return closing;
    },
  };
};

/**
 * Runs a network once under the profiler, its graph as the file has it: nothing is fused or left out.
 * @throws (rejects) UserError when the runtime refuses the network, Error when the run fails.
 */
export async function profileRun(
  modelFile: string,
  inputs: readonly (PictureInput | ConstantInput)[],
): Promise<readonly ProfiledNode[]> {
  const loaded = await loadLibrary();
  const folder = makeTemporaryFolder('profile');
  try {
    const session = await createSession(loaded, modelFile, {
      ...{ intraOpNumThreads: 1, graphOptimizationLevel: 'disabled' },
      ...{ enableProfiling: true, profileFilePrefix: join(folder, 'profile') },
      // Weights that a kernel has arranged for itself are missing among a profile's inputs.
      extra: { session: { disable_prepacking: '1' } },
    });
    try {
      await bind(session, loaded.Tensor, { inputs, outputs: session.outputMetadata.map(tensorInfo) }).run();
      session.endProfiling();
    } finally {
      await session.release();
    }
    // The runtime puts the time of day behind the name.
    return readdirSync(folder).flatMap((file) => readProfile(join(folder, file)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tensorInfo(metadata: InferenceSession.ValueMetadata): TensorInfo {
  if (!metadata.isTensor) return { name: metadata.name, type: 'no tensor', shape: [] };
  return { name: metadata.name, type: metadata.type, shape: metadata.shape };
}

/** Outputs of known shape are written into buffers made once; the others come anew with each run. */
function bind(
  session: InferenceSession,
  tensorClass: Library['Tensor'],
  edge: { inputs: readonly (PictureInput | ConstantInput)[]; outputs: readonly TensorInfo[] },
): Binding {
  const makeTensor = (data: Elements, shape: readonly number[]): Tensor => {
    if (data instanceof Float32Array) return new tensorClass('float32', data, shape);
    if (data instanceof Uint16Array) return new tensorClass('float16', data, shape);
    if (data instanceof Uint8Array) return new tensorClass('uint8', data, shape);
    if (data instanceof Int8Array) return new tensorClass('int8', data, shape);
    if (data instanceof Int32Array) return new tensorClass('int32', data, shape);
    return new tensorClass('int64', data, shape);
  };
  const feeds = Object.fromEntries(edge.inputs.map(({ name, data, shape }) => [name, makeTensor(data, shape)]));
  const fixed = new Map<string, OutputTensor>();
  const fetches: Record<string, Tensor | null> = {};
  for (const { name, type, shape } of edge.outputs) {
    fetches[name] = null;
    if (type !== 'float32' && type !== 'float16') continue;
    const sides = shape.filter((side) => typeof side === 'number');
    if (sides.length < shape.length || shape.length === 0) continue;
    const length = sides.reduce((product, side) => product * side, 1);
    const data = type === 'float32' ? new Float32Array(length) : new Uint16Array(length);
    fixed.set(name, { name, type, shape: sides, data });
    fetches[name] = makeTensor(data, sides);
  }
  return {
    async run() {
      const results = await session.run(feeds, fetches);
      // By the list of names: a JavaScript object moves names that look like integers to its front.
      return edge.outputs.map(({ name }) => fixed.get(name) ?? freshOutput(name, results[name]));
    },
  };
}

function freshOutput(name: string, tensor: Tensor | undefined): OutputTensor {
  if (tensor === undefined) throw new Error(`the run gave no output "${name}"`);
  if (!ArrayBuffer.isView(tensor.data)) throw new Error(`output "${name}" holds ${tensor.type}, not numbers`);
  return { name, type: tensor.type, shape: tensor.dims, data: tensor.data };
}
