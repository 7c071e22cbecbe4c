import { expect, it, vi } from 'vitest';
import { loadNodeRuntime } from './node-runtime.ts';
import { runtimeContract } from './runtime.contract.ts';

runtimeContract('of the npm package', () => loadNodeRuntime);

it('says what to do where the package cannot be loaded', async () => {
  vi.doMock('onnxruntime-node', () => {
    throw new Error('libonnxruntime.so.1: no such file');
  });
  vi.resetModules();
  try {
    const { loadNodeRuntime: loadAnew } = await import('./node-runtime.ts');
    const { UserError } = await import('../../../platform/user-error.ts');
    const refused = loadAnew({ modelFile: 'net.onnx', threads: 1 });
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(/onnxruntime-node cannot be loaded: .*Install it anew .*detector\.runtime/s);
  } finally {
    vi.doUnmock('onnxruntime-node');
    vi.resetModules();
  }
});
