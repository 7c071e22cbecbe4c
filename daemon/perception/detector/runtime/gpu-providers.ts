import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { prepareFolder } from '../../../platform/file-trouble.ts';
import { reasonOf } from '../../../platform/reason-of.ts';
import type { Device, GpuSettings } from '../../../protocol/detector-runtime.ts';
import { made, type OrtLibrary, textList } from './ort-library.ts';

export type GpuDevice = Exclude<Device, 'cpu'>;

/** The names that ONNX Runtime has for those who run a network. */
export const providerNames: Readonly<Record<Device, string>> = {
  tensorrt: 'TensorrtExecutionProvider',
  cuda: 'CUDAExecutionProvider',
  cpu: 'CPUExecutionProvider',
};

/** ONNX Runtime loads a device's own library from beside its main one. */
const providerFiles: Readonly<Record<GpuDevice, { readonly file: string; readonly needs: string }>> = {
  tensorrt: { file: 'libonnxruntime_providers_tensorrt.so', needs: 'CUDA, cuDNN and TensorRT' },
  cuda: { file: 'libonnxruntime_providers_cuda.so', needs: 'CUDA and cuDNN' },
};

const bytesPerMb = 1024 * 1024;

/**
 * Has a session run on the GPU: by TensorRT and, for what that cannot do, by CUDA; or by CUDA alone. What neither can
 * do, the processor does.
 * @throws Error saying what the library lacks and what would be right.
 */
export function addGpuProviders(
  library: OrtLibrary,
  sessionOptions: bigint,
  { device, gpu, modelFile }: { readonly device: GpuDevice; readonly gpu: GpuSettings; readonly modelFile: string },
): void {
  const { api, file, providers } = library;
  const name = providerNames[device];
  if (!providers.includes(name)) {
    throw new Error(
      `${file} was built without ${name}: it has ${providers.join(', ')}. ` +
        `For ${device}, detector.runtime must name a library that was built with it`,
    );
  }
  try {
    if (device === 'tensorrt') {
      const options = made((out) => api.CreateTensorRTProviderOptions(out));
      try {
        const { keys, values } = keysAndValues(tensorRtOptions(gpu, modelFile));
        api.UpdateTensorRTProviderOptions(options, keys, values, keys.length);
        api.SessionOptionsAppendExecutionProvider_TensorRT_V2(sessionOptions, options);
      } finally {
        api.ReleaseTensorRTProviderOptions(options);
      }
    }
    const options = made((out) => api.CreateCUDAProviderOptions(out));
    try {
      const { keys, values } = keysAndValues(cudaOptions(gpu));
      api.UpdateCUDAProviderOptions(options, keys, values, keys.length);
      api.SessionOptionsAppendExecutionProvider_CUDA_V2(sessionOptions, options);
    } finally {
      api.ReleaseCUDAProviderOptions(options);
    }
  } catch (error) {
    const { file: providerFile, needs } = providerFiles[device];
    throw new Error(
      `${file} cannot set up ${name}: ${reasonOf(error)}. It needs libonnxruntime_providers_shared.so and ` +
        `${providerFile} beside it, and ${needs} installed`,
    );
  }
}

function keysAndValues(options: Readonly<Record<string, string>>) {
  return { keys: textList(Object.keys(options)), values: textList(Object.values(options)) };
}

/** https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html#configuration-options */
export function cudaOptions({ deviceId, cudaMemoryLimitMb, cudnnSearch }: GpuSettings): Record<string, string> {
  return {
    device_id: String(deviceId),
    gpu_mem_limit: String(cudaMemoryLimitMb * bytesPerMb),
    // The other strategy doubles what it takes, up to twice the need: too much where all share 4 GB.
    arena_extend_strategy: 'kSameAsRequested',
    cudnn_conv_algo_search: cudnnSearch,
  };
}

/**
 * https://onnxruntime.ai/docs/execution-providers/TensorRT-ExecutionProvider.html#configurations
 * Engines are named by the graph, not by its weights: each content of a network's file gets a folder of its own.
 */
export function tensorRtOptions(gpu: GpuSettings, modelFile: string): Record<string, string> {
  const { deviceId, cudaMemoryLimitMb, fp16, engineCacheFolder } = gpu;
  const options = {
    device_id: String(deviceId),
    trt_max_workspace_size: String(cudaMemoryLimitMb * bytesPerMb),
    trt_fp16_enable: fp16 ? '1' : '0',
  };
  if (engineCacheFolder === undefined) return options;
  const content = createHash('sha256').update(readFileSync(modelFile)).digest('hex');
  const folder = join(resolve(engineCacheFolder), content.slice(0, 16));
  prepareFolder(folder, 'detector.gpu.engineCacheFolder');
  return { ...options, trt_engine_cache_enable: '1', trt_engine_cache_path: folder };
}
