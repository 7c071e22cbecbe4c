import { expect } from 'vitest';
import type { Binding, LoadRuntime, OutputTensor, Runtime } from './runtime.ts';

/** For tests: the memory of a network's one picture, and the run that reads it. */
export function bindPicture(runtime: Runtime): { readonly data: Float32Array<ArrayBuffer>; readonly binding: Binding } {
  const { name, shape } = runtime.inputs[0]!;
  const sides = shape.map(Number);
  const data = new Float32Array(sides.reduce((product, side) => product * side, 1));
  return { data, binding: runtime.bind({ name, data, shape: sides }, []) };
}

/** Whether two runtimes of one version compute the same, to the last bit, of four pictures of noise. */
export async function expectSameBits(
  options: { readonly modelFile: string; readonly threads: number },
  loadRuntimes: readonly [LoadRuntime, LoadRuntime],
): Promise<void> {
  const runtimes: Runtime[] = [];
  for (const loadRuntime of loadRuntimes) runtimes.push(await loadRuntime(options));
  const [one, other] = runtimes.map(bindPicture);
  const seen = new Set<string>();
  for (let seed = 1; seed <= 4; seed++) {
    fillRandomly(one!.data, seed);
    other!.data.set(one!.data);
    const [ours, theirs] = [await one!.binding.run(), await other!.binding.run()];
    expect(ours.map(({ name, type, shape }) => ({ name, type, shape }))).toEqual(
      theirs.map(({ name, type, shape }) => ({ name, type, shape })),
    );
    for (const [at, output] of ours.entries()) expect(bytesOf(output).equals(bytesOf(theirs[at]!))).toBe(true);
    seen.add(bytesOf(ours[0]!).toString('base64'));
  }
  expect(seen.size).toBe(4);
  await Promise.all(runtimes.map((runtime) => runtime.close()));
}

/** Numbers in [0, 1) that look random, the same ones each time (Numerical Recipes' generator). */
function fillRandomly(data: Float32Array, seed: number): void {
  let state = seed;
  for (let at = 0; at < data.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[at] = state / 2 ** 32;
  }
}

const bytesOf = ({ data }: OutputTensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
