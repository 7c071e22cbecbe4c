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
  /** float32: a Float32Array; float16: its bits in a Uint16Array. Valid until the next run of the same binding. */
  readonly data: ArrayBufferView;
}

/** The run that reads an input buffer. Two of them let one buffer be filled while the other is read. */
export interface Binding {
  /** One run at a time. Outputs come in the network's own order. @throws Error with the runtime's text. */
  run(): Promise<readonly OutputTensor[]>;
}

/** Who runs the graph. One loaded network with one input. */
export interface Runtime {
  /** The execution provider that does the work, such as `cpu`. */
  readonly provider: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Binds the input to a buffer that the caller fills before each run: float32 values, or the bits of float16 ones. */
  bind(input: Float32Array | Uint16Array, shape: readonly number[]): Binding;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  readonly modelFile: string;
  /** Threads inside one operator. */
  readonly threads: number;
}

/** @throws UserError naming the file when the runtime refuses it. */
export type LoadRuntime = (options: RuntimeOptions) => Promise<Runtime>;
