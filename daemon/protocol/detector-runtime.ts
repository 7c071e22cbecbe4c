import { z } from 'zod';

/** What runs the detector's network, as the configuration says it and as the perception process is told. */
export const detectorRuntimeSchema = z.strictObject({
  /** `node`: the runtime of the npm package, on the processor. Else the path of a libonnxruntime.so. */
  runtime: z.string().refine((text) => text === 'node' || /[/\\]/.test(text), {
    error: 'expected "node", or the path of a libonnxruntime.so with its folder, such as ./libonnxruntime.so',
  }),
  /** What the network is run on: the first that proves to work. The package's runtime has the processor alone. */
  devices: z
    .array(z.enum(['tensorrt', 'cuda', 'cpu']))
    .min(1)
    .max(3)
    .refine((devices) => new Set(devices).size === devices.length, { error: 'expected each device once' }),
  gpu: z.strictObject({
    /** Which GPU, as CUDA numbers them; a Jetson has one, 0. */
    deviceId: z.int().min(0).max(63),
    /** The most that CUDA's arena may hold; cuDNN, cuBLAS and their kernels come on top (about 1.2 GB on a Nano). */
    cudaMemoryLimitMb: z.int().min(64).max(131_072),
    /** How cuDNN chooses its convolutions: EXHAUSTIVE times them all, which makes the first run very slow. */
    cudnnSearch: z.enum(['HEURISTIC', 'DEFAULT', 'EXHAUSTIVE']),
    /** Lets TensorRT compute in half precision. */
    fp16: z.boolean(),
    /** Where TensorRT's engines are kept, which take minutes to build. Without it they are built at each start. */
    engineCacheFolder: z.string().min(1).optional(),
  }),
});
export type DetectorRuntime = z.infer<typeof detectorRuntimeSchema>;
export type Device = DetectorRuntime['devices'][number];
export type GpuSettings = DetectorRuntime['gpu'];

/** What is left out is as in `detectorRuntimeDefaults`, and as `devicesOf` has it. */
export type DetectorRuntimeChoice = {
  readonly [Key in keyof DetectorRuntime]?: Readonly<DetectorRuntime[Key]> | undefined;
};

export const detectorRuntimeDefaults: Omit<DetectorRuntime, 'devices'> = {
  runtime: 'node',
  gpu: { deviceId: 0, cudaMemoryLimitMb: 1024, cudnnSearch: 'HEURISTIC', fp16: true },
};

/** What the network is to be run on, in this order: as asked for, else all that the runtime could have. */
export function devicesOf({ runtime, devices }: DetectorRuntimeChoice): readonly Device[] {
  if (devices !== undefined) return devices;
  return (runtime ?? detectorRuntimeDefaults.runtime) === 'node' ? ['cpu'] : ['tensorrt', 'cuda', 'cpu'];
}
