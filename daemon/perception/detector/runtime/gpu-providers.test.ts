import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../../test/harness/test-folders.ts';
import { UserError } from '../../../platform/user-error.ts';
import { detectorRuntimeDefaults, detectorRuntimeSchema } from '../../../protocol/detector-runtime.ts';
import { cudaOptions, tensorRtOptions } from './gpu-providers.ts';
import { addressOf, textAt, textList } from './ort-library.ts';
import { readProfile } from './profile.ts';
import { provenProvider } from './proven-provider.ts';

const folder = testFolder('gpu-providers');

function save(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

describe('what a GPU is told', () => {
  const { gpu } = detectorRuntimeDefaults;

  it('for CUDA: the memory limit in bytes, whole at each bound, and the search', () => {
    const limits = detectorRuntimeSchema.shape.gpu.shape.cudaMemoryLimitMb;
    fc.assert(
      fc.property(fc.integer({ min: 64, max: 131_072 }), (cudaMemoryLimitMb) => {
        expect(limits.safeParse(cudaMemoryLimitMb).success).toBe(true);
        const options = cudaOptions({ ...gpu, deviceId: 3, cudaMemoryLimitMb, cudnnSearch: 'DEFAULT' });
        expect(options).toMatchObject({ cudnn_conv_algo_search: 'DEFAULT', device_id: '3' });
        expect(options['gpu_mem_limit']).toMatch(/^\d+$/);
        expect(Number(options['gpu_mem_limit'])).toBe(cudaMemoryLimitMb * 2 ** 20);
      }),
    );
    expect(limits.safeParse(63).success).toBe(false);
  });

  it('for TensorRT: half precision, and a folder of its own for each content of the network', () => {
    const networks = [save('a.onnx', 'weights'), save('b.onnx', 'weights'), save('c.onnx', 'other weights')];
    const engineCacheFolder = join(folder, 'engines', 'deep');
    const options = networks.map((file) => tensorRtOptions({ ...gpu, engineCacheFolder }, file));
    expect(options[0]).toMatchObject({ device_id: '0', trt_fp16_enable: '1', trt_engine_cache_enable: '1' });
    const [a, b, c] = options.map((each) => each['trt_engine_cache_path']!);
    expect([a === b, a === c]).toEqual([true, false]);
    expect(a!.startsWith(engineCacheFolder) && existsSync(a!) && existsSync(c!)).toBe(true);
    const without = tensorRtOptions({ ...gpu, fp16: false }, networks[0]!);
    expect(without).toMatchObject({ trt_fp16_enable: '0' });
    expect(without).not.toHaveProperty('trt_engine_cache_enable');
  });

  it('refuses a folder for engines that cannot be written', () => {
    const file = save('d.onnx', 'weights');
    const engineCacheFolder = join(file, 'engines');
    expect(() => tensorRtOptions({ ...gpu, engineCacheFolder }, file)).toThrow(UserError);
    expect(() => tensorRtOptions({ ...gpu, engineCacheFolder }, file)).toThrow(
      /Change detector\.gpu\.engineCacheFolder/,
    );
  });

  it('reaches it as C strings', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''))), (texts) => {
        const pointers = textList(texts);
        expect(Array.from(pointers, textAt)).toEqual(texts);
        if (texts.length > 0) expect(pointers[0]).toBe(addressOf(pointers) + BigInt(8 * texts.length));
      }),
    );
  });
});

describe('who did the work, by a profile', () => {
  const node = (provider: string, dur: number) => ({ cat: 'Node', name: 'x_kernel_time', dur, args: { provider } });
  const session = { cat: 'Session', dur: 1e6, args: {} };

  it.each([
    {
      what: 'the one with most of the time, not with most of the nodes',
      events: [session, ...[1, 2, 3].map(() => node('CPUExecutionProvider', 10)), node('CUDAExecutionProvider', 500)],
      provider: 'CUDAExecutionProvider',
    },
    {
      what: 'the processor, where the GPU has but a node',
      events: [node('CUDAExecutionProvider', 40), node('CPUExecutionProvider', 30), node('CPUExecutionProvider', 20)],
      provider: 'CPUExecutionProvider',
    },
    { what: 'nobody, where no node ran', events: [session, { cat: 'Node', dur: 5 }], provider: undefined },
  ])('is $what', ({ events, provider }) => {
    expect(provenProvider(readProfile(save('profile.json', JSON.stringify(events))))).toBe(provider);
  });
});
