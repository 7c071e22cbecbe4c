import { foreign } from '../../../platform/foreign-functions.ts';
import type { PictureInput } from './runtime.ts';

/**
 * The same memory as an array that does not say that it is shared: onnxruntime-node refuses a SharedArrayBuffer, though
 * nothing about reading one is different in native code, and copying every picture costs a twentieth of a small network's
 * run. The caller keeps `data` reachable for as long as the view is used; an array that is not shared is given back as it is.
 */
export function unsharedView(data: PictureInput['data']): PictureInput['data'] {
  if (!(data.buffer instanceof SharedArrayBuffer)) return data;
  // koffi's doc/pointers.md, "Unwrap pointers"; the address of shared memory never moves.
  const memory = foreign.view(foreign.address(data), data.byteLength);
  if (data instanceof Float32Array) return new Float32Array(memory);
  if (data instanceof Int8Array) return new Int8Array(memory);
  return data instanceof Uint16Array ? new Uint16Array(memory) : new Uint8Array(memory);
}
