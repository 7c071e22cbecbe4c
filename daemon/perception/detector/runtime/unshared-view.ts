import { foreign } from '../../../platform/foreign-functions.ts';
import type { PictureInput } from './runtime.ts';

export interface UnsharedPicture {
  readonly data: PictureInput['data'];
  /** Call it before each run. */
  refresh(): void;
}

/**
 * A picture as an array that does not say that it is shared: onnxruntime-node refuses a SharedArrayBuffer, though
 * nothing about reading one is different in native code. It is the same memory, as copying every picture costs a twentieth of
 * a small network's run; a copy only where nothing makes such a view. The caller keeps `data` reachable for as long as the
 * view is used; an array that is not shared is given back as it is.
 */
export function unshared(data: PictureInput['data']): UnsharedPicture {
  if (!(data.buffer instanceof SharedArrayBuffer)) return { data, refresh() {} };
  let memory: ArrayBuffer;
  try {
    // koffi's doc/pointers.md, "Unwrap pointers"; the address of shared memory never moves.
    memory = foreign().view(foreign().address(data), data.byteLength);
  } catch {
    const copy = data.slice();
    return { data: copy, refresh: () => copy.set(data) };
  }
  return { data: new (data.constructor as new (memory: ArrayBuffer) => PictureInput['data'])(memory), refresh() {} };
}
