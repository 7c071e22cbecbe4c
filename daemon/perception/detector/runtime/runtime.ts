import type { RuntimeLimits } from '../model/check-facts.ts';

/** A tensor at a network's edge, as the runtime tells it. A string names a dynamic dimension. */
export interface TensorInfo {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface OutputTensor {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** In the type's own typed array; float16: its bits in a Uint16Array. Valid until the next run of the same binding. */
  readonly data: ArrayBufferView;
}

/** An input that is the same at every run, such as the picture's size. */
export interface ConstantInput {
  readonly name: string;
  readonly data: Float32Array | Int32Array | BigInt64Array;
  readonly shape: readonly number[];
}

/** The picture that a run reads. */
export interface PictureInput {
  readonly name: string;
  /**
   * Filled by the caller before each run: float32 values, the bits of float16 ones, or numbers of uint8 or int8. May lie in
   * shared memory, which nobody may write during a run.
   */
  readonly data: Float32Array | Uint16Array | Uint8Array | Int8Array;
  readonly shape: readonly number[];
}

/** The run that reads an input buffer. Two of them let one buffer be filled while the other is read. */
export interface Binding {
  /** One run at a time. Outputs come in the network's own order. @throws Error with the runtime's text. */
  run(): Promise<readonly OutputTensor[]>;
}

/** A provider or a library that does not run the network though it was to, why not, and what helps; for people. */
export interface Fallback {
  readonly provider: string;
  readonly why: string;
  readonly cure: string;
}

/** In a sentence or two. */
export function describeFallback({ provider, why, cure }: Fallback): string {
  return `${provider} is not used: ${why.trim().replace(/\.$/, '')}. ${cure}.`;
}

/** Who runs the graph: one loaded network. */
export interface Runtime {
  /** The execution provider that is proven to do the work, such as `cpu`; never what was merely asked for. */
  readonly provider: string;
  /** What was asked for before that and is not used. */
  readonly fallbacks: readonly Fallback[];
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Binds the network's inputs to buffers; each of the network's inputs is named once. */
  bind(picture: PictureInput, constants: readonly ConstantInput[]): Binding;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  readonly modelFile: string;
  /** Threads inside one operator. */
  readonly threads: number;
  /**
   * What a first run reads, by which a device is proven: an empty picture, of the size that it will have. Without it the
   * network's own sides are taken, and all must be fixed. @throws UserError for inputs that nobody can fill.
   */
  readonly trialInputs?: (inputs: readonly TensorInfo[]) => readonly (PictureInput | ConstantInput)[];
  /**
   * Told what the runtime takes, before the network is given to it. Runtimes that are newer than all whose limits are known tell
   * nothing, and refuse by themselves. @throws UserError for a network beyond that.
   */
  readonly checkLimits?: (limits: RuntimeLimits) => void;
}

/** @throws UserError naming the file when the runtime refuses it. */
export type LoadRuntime = (options: RuntimeOptions) => Promise<Runtime>;
