/**
 * ONNX Runtime's C API as far as it is used here: a struct of function pointers, `OrtApi`, that only ever grows at its
 * end. A function's index in it is the same in every version that has it, so these hold for each library from 1.11 on.
 * Order, and the index at which each version ends (209 for version 11), from the table `ort_api_1_to_25` and the
 * static_asserts below it in https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/session/onnxruntime_c_api.cc,
 * arguments from include/onnxruntime/core/session/onnxruntime_c_api.h.
 */
export const ortApiVersion = 11;
export const ortApiLength = 210;

/** Kinds of arguments: `pointer` (an address, or memory to point at), `size` (size_t), `int` (int and enum), `text`. */
interface ArgumentKinds {
  readonly pointer: bigint | ArrayBufferView | null;
  readonly size: number;
  readonly int: number;
  readonly text: string;
}

/** Kinds of results: a `status` is null or an error, which is thrown. */
interface ResultKinds {
  readonly status: undefined;
  readonly text: string;
  readonly nothing: undefined;
}

export interface OrtFunction {
  readonly index: number;
  readonly result: keyof ResultKinds;
  readonly takes: readonly (keyof ArgumentKinds)[];
}

/** What a function makes, it writes to its last `pointer`. */
export const ortFunctions = {
  GetErrorMessage: { index: 2, result: 'text', takes: ['pointer'] },
  CreateEnv: { index: 3, result: 'status', takes: ['int', 'text', 'pointer'] },
  DisableTelemetryEvents: { index: 6, result: 'status', takes: ['pointer'] },
  CreateSession: { index: 7, result: 'status', takes: ['pointer', 'text', 'pointer', 'pointer'] },
  /** Session, run options; names and values of the inputs and their count; names of the outputs, count, values. */
  Run: {
    index: 9,
    result: 'status',
    takes: ['pointer', 'pointer', 'pointer', 'pointer', 'size', 'pointer', 'size', 'pointer'],
  },
  CreateSessionOptions: { index: 10, result: 'status', takes: ['pointer'] },
  SetSessionExecutionMode: { index: 13, result: 'status', takes: ['pointer', 'int'] },
  EnableProfiling: { index: 14, result: 'status', takes: ['pointer', 'text'] },
  SetSessionLogSeverityLevel: { index: 22, result: 'status', takes: ['pointer', 'int'] },
  SetSessionGraphOptimizationLevel: { index: 23, result: 'status', takes: ['pointer', 'int'] },
  SetIntraOpNumThreads: { index: 24, result: 'status', takes: ['pointer', 'int'] },
  SetInterOpNumThreads: { index: 25, result: 'status', takes: ['pointer', 'int'] },
  SessionGetInputCount: { index: 30, result: 'status', takes: ['pointer', 'pointer'] },
  SessionGetOutputCount: { index: 31, result: 'status', takes: ['pointer', 'pointer'] },
  SessionGetInputTypeInfo: { index: 33, result: 'status', takes: ['pointer', 'size', 'pointer'] },
  SessionGetOutputTypeInfo: { index: 34, result: 'status', takes: ['pointer', 'size', 'pointer'] },
  SessionGetInputName: { index: 36, result: 'status', takes: ['pointer', 'size', 'pointer', 'pointer'] },
  SessionGetOutputName: { index: 37, result: 'status', takes: ['pointer', 'size', 'pointer', 'pointer'] },
  /** Memory info; data and its bytes; shape and its length; element type; the value. */
  CreateTensorWithDataAsOrtValue: {
    index: 49,
    result: 'status',
    takes: ['pointer', 'pointer', 'size', 'pointer', 'size', 'int', 'pointer'],
  },
  GetTensorMutableData: { index: 51, result: 'status', takes: ['pointer', 'pointer'] },
  CastTypeInfoToTensorInfo: { index: 55, result: 'status', takes: ['pointer', 'pointer'] },
  GetTensorElementType: { index: 60, result: 'status', takes: ['pointer', 'pointer'] },
  GetDimensionsCount: { index: 61, result: 'status', takes: ['pointer', 'pointer'] },
  GetDimensions: { index: 62, result: 'status', takes: ['pointer', 'pointer', 'size'] },
  GetSymbolicDimensions: { index: 63, result: 'status', takes: ['pointer', 'pointer', 'size'] },
  GetTensorTypeAndShape: { index: 65, result: 'status', takes: ['pointer', 'pointer'] },
  CreateCpuMemoryInfo: { index: 69, result: 'status', takes: ['int', 'int', 'pointer'] },
  AllocatorFree: { index: 76, result: 'status', takes: ['pointer', 'pointer'] },
  GetAllocatorWithDefaultOptions: { index: 78, result: 'status', takes: ['pointer'] },
  ReleaseStatus: { index: 93, result: 'nothing', takes: ['pointer'] },
  ReleaseSession: { index: 95, result: 'nothing', takes: ['pointer'] },
  ReleaseValue: { index: 96, result: 'nothing', takes: ['pointer'] },
  ReleaseTypeInfo: { index: 98, result: 'nothing', takes: ['pointer'] },
  ReleaseTensorTypeAndShapeInfo: { index: 99, result: 'nothing', takes: ['pointer'] },
  ReleaseSessionOptions: { index: 100, result: 'nothing', takes: ['pointer'] },
  SessionEndProfiling: { index: 110, result: 'status', takes: ['pointer', 'pointer', 'pointer'] },
  GetAvailableProviders: { index: 125, result: 'status', takes: ['pointer', 'pointer'] },
  ReleaseAvailableProviders: { index: 126, result: 'status', takes: ['pointer', 'int'] },
  AddSessionConfigEntry: { index: 130, result: 'status', takes: ['pointer', 'text', 'text'] },
  SessionOptionsAppendExecutionProvider_TensorRT_V2: { index: 170, result: 'status', takes: ['pointer', 'pointer'] },
  CreateTensorRTProviderOptions: { index: 171, result: 'status', takes: ['pointer'] },
  UpdateTensorRTProviderOptions: { index: 172, result: 'status', takes: ['pointer', 'pointer', 'pointer', 'size'] },
  ReleaseTensorRTProviderOptions: { index: 174, result: 'nothing', takes: ['pointer'] },
  SessionOptionsAppendExecutionProvider_CUDA_V2: { index: 204, result: 'status', takes: ['pointer', 'pointer'] },
  CreateCUDAProviderOptions: { index: 205, result: 'status', takes: ['pointer'] },
  UpdateCUDAProviderOptions: { index: 206, result: 'status', takes: ['pointer', 'pointer', 'pointer', 'size'] },
  ReleaseCUDAProviderOptions: { index: 208, result: 'nothing', takes: ['pointer'] },
} as const satisfies Readonly<Record<string, OrtFunction>>;

export type OrtFunctionName = keyof typeof ortFunctions;
type Takes<Name extends OrtFunctionName> = (typeof ortFunctions)[Name]['takes'];
type Values<Kinds extends readonly (keyof ArgumentKinds)[]> = { [At in keyof Kinds]: ArgumentKinds[Kinds[At]] };
export type OrtArguments<Name extends OrtFunctionName> = [...Values<Takes<Name>>];

/** The C API as functions. Those with a status throw an Error with its text. */
export type OrtApi = {
  readonly [Name in OrtFunctionName]: (
    ...values: OrtArguments<Name>
  ) => ResultKinds[(typeof ortFunctions)[Name]['result']];
};

/** Positions of ONNXTensorElementDataType, by the names that the Node binding has for them. */
export const elementTypes: readonly string[] = [
  ...['undefined', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16'],
  ...['float64', 'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16'],
];

export const logErrorsOnly = 3;
export const sequentialExecution = 0;
export const allGraphOptimizations = 99;
export const arenaAllocator = 1;
export const defaultMemory = 0;
