import { setImmediate } from 'node:timers/promises';
import { valueTypeAndShape } from './library-session.ts';
import { elementTypes, type OrtArguments } from './ort-api.ts';
import { addressOf, made, type OrtLibrary, textList } from './ort-library.ts';
import type { Binding, ConstantInput, OutputTensor, PictureInput, TensorInfo } from './runtime.ts';

export interface LibraryBinding extends Binding {
  /** Gives back what the library holds for it, after a run that is under way. Later runs are refused. */
  release(): Promise<void>;
}

const elementArrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};
type Elements =
  | PictureInput['data']
  | ConstantInput['data']
  | InstanceType<(typeof elementArrays)[keyof typeof elementArrays]>;

export interface BoundInput {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly data: Elements;
}

/** Zeros of an element type of numbers. @throws Error for another type. */
export function makeElements(type: string, length: number, name: string): Elements {
  if (!Object.hasOwn(elementArrays, type)) throw new Error(`"${name}" holds ${type}, not numbers`);
  return new elementArrays[type as keyof typeof elementArrays](length);
}

export function boundInput({ name, data, shape }: PictureInput | ConstantInput): BoundInput {
  return { name, type: typeOf(data), shape, data };
}

/** Where runs are made: on a thread of the pool, or on the one that asks for them, which they block and which is sooner. */
export type RunsIn = 'pool' | 'calling thread';

/**
 * Inputs are read where they are, and outputs of known shape are written into buffers made once: the values that the
 * library sees stand on the memory of typed arrays, which this binding keeps reachable. Outputs of dynamic shape are
 * the library's own; they are copied out and given back after each run.
 * @throws Error for an input whose data do not fill its shape.
 */
export function bindLibrary(
  library: OrtLibrary,
  session: bigint,
  edge: { readonly inputs: readonly BoundInput[]; readonly outputs: readonly TensorInfo[] },
  runsIn: RunsIn,
): LibraryBinding {
  const { api } = library;
  for (const { name, data, shape } of edge.inputs) {
    if (data.length !== sizeOf(shape)) {
      throw new Error(
        `input "${name}" of shape [${shape.join(', ')}] takes ${sizeOf(shape)} values, not ${data.length}`,
      );
    }
  }
  const fixed = edge.outputs.map(fixedOutput);
  /** The memory that the library knows the addresses of. */
  const held = [...edge.inputs, ...fixed.filter((output) => output !== undefined)].map(({ name, data }) => ({
    ...{ name, data, bytes: data.byteLength },
  }));
  const inputNames = textList(edge.inputs.map(({ name }) => name));
  const outputNames = textList(edge.outputs.map(({ name }) => name));
  const values: bigint[] = [];
  const makeValue = (data: ArrayBufferView, type: string, shape: readonly number[]): bigint => {
    const value = made((out) =>
      api.CreateTensorWithDataAsOrtValue(
        ...([library.cpuMemory, addressOf(data), data.byteLength] as const),
        ...([BigInt64Array.from(shape, BigInt), shape.length, elementTypes.indexOf(type), out] as const),
      ),
    );
    values.push(value);
    return value;
  };
  const releaseValues = () => {
    for (const value of values.splice(0)) api.ReleaseValue(value);
  };
  const inputValues = new BigUint64Array(edge.inputs.length);
  const outputValues = new BigUint64Array(edge.outputs.length);
  try {
    for (const [at, { data, type, shape }] of edge.inputs.entries()) inputValues[at] = makeValue(data, type, shape);
    for (const [at, output] of fixed.entries()) {
      if (output !== undefined) outputValues[at] = makeValue(output.data, output.type, output.shape);
    }
  } catch (error) {
    releaseValues();
    throw error;
  }

  const takeFresh = (): (OutputTensor | undefined)[] => {
    const fresh = fixed.map((output, at) => (output === undefined ? outputValues[at]! : 0n));
    try {
      return fresh.map((value, at) => (value === 0n ? undefined : copyOut(library, value, edge.outputs[at]!.name)));
    } finally {
      for (const [at, value] of fresh.entries()) {
        if (value === 0n) continue;
        api.ReleaseValue(value);
        outputValues[at] = 0n;
      }
    }
  };

  const refuseLostMemory = (): void => {
    for (const { name, data, bytes } of held) {
      // A buffer that was transferred has lost its memory, which the library would use all the same.
      if (data.byteLength !== bytes) throw new Error(`the memory of "${name}" was taken away`);
    }
  };
  const runSession = async (...values: OrtArguments<'Run'>): Promise<void> => {
    // Whoever has this thread run one picture after another must be able to end it.
    if (runsIn === 'calling thread') await setImmediate();
    // With nothing in between: memory may also go in the turn that was waited for.
    refuseLostMemory();
    if (runsIn === 'pool') return library.later('Run', ...values);
    api.Run(...values);
  };

  const run = async (): Promise<readonly OutputTensor[]> => {
    await runSession(
      ...([session, null, inputNames, inputValues, inputValues.length] as const),
      ...([outputNames, outputValues.length, outputValues] as const),
    );
    const fresh = takeFresh();
    return edge.outputs.map(({ name }, at) => {
      const output = fixed[at] ?? fresh[at];
      if (output === undefined) throw new Error(`the run gave no output "${name}"`);
      return output;
    });
  };

  let underWay: Promise<unknown> | undefined;
  let released = false;
  return {
    async run() {
      if (released) throw new Error('the network is closed');
      if (underWay !== undefined) throw new Error('a run of this binding is under way already');
      const running = run();
      underWay = running.catch(() => {});
      try {
        return await running;
      } finally {
        underWay = undefined;
      }
    },
    async release() {
      released = true;
      await underWay;
      releaseValues();
    },
  };
}

/** A buffer for an output whose shape is known before the run. No sides at all may also mean an unknown number. */
function fixedOutput({ name, type, shape }: TensorInfo): OutputTensor | undefined {
  const sides = shape.filter((side) => typeof side === 'number');
  const length = sizeOf(sides);
  if (sides.length < shape.length || shape.length === 0 || length === 0 || !Object.hasOwn(elementArrays, type))
    return undefined;
  return { name, type, shape: sides, data: makeElements(type, length, name) };
}

function copyOut({ api, copy }: OrtLibrary, value: bigint, name: string): OutputTensor {
  const { type, shape } = valueTypeAndShape(api, value);
  const data = makeElements(type, sizeOf(shape), `output "${name}"`);
  copy(
    made((out) => api.GetTensorMutableData(value, out)),
    data,
  );
  return { name, type, shape, data };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** float16 has no array of its own here; its bits come in a Uint16Array. */
function typeOf(data: (PictureInput | ConstantInput)['data']): string {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Uint16Array) return 'float16';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Int32Array) return 'int32';
  return 'int64';
}
