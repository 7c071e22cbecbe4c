import type { OutputTensor, Runtime, TensorInfo } from './runtime.ts';

/**
 * A network for several pictures at once as one for a single picture: its outputs are those of the first, in the same memory.
 * Outputs that are not listed by pictures, such as rows that say which picture they are of, stay whole.
 */
export function firstOfBatch(runtime: Runtime, pictures: number): Runtime {
  if (pictures === 1) return runtime;
  const areListed = runtime.outputs.map((output) => isListedByPicture(output, pictures));
  return {
    ...runtime,
    outputs: runtime.outputs.map((output, at) => (areListed[at] === true ? firstShape(output) : output)),
    bind(picture, constants) {
      const binding = runtime.bind(picture, constants);
      return {
        async run() {
          const outputs = await binding.run();
          return outputs.map((output, at) => (areListed[at] === true ? firstPart(output, pictures) : output));
        },
      };
    },
    close: () => runtime.close(),
  };
}

/** The shapes of a network's outputs as far as they are the first picture's. */
export function firstShapes<Tensor extends TensorInfo>(outputs: readonly Tensor[], pictures: number): Tensor[] {
  return outputs.map((output) => (isListedByPicture(output, pictures) ? firstShape(output) : output));
}

/** By what the file says. A side without a number may be that of the boxes that were found, where there are only two sides. */
function isListedByPicture({ shape }: TensorInfo, pictures: number): boolean {
  const [first] = shape;
  return pictures > 1 && (first === pictures || (typeof first === 'string' && shape.length > 2));
}

function firstShape<Tensor extends TensorInfo>(output: Tensor): Tensor {
  return { ...output, shape: [1, ...output.shape.slice(1)] };
}

function firstPart(output: OutputTensor, pictures: number): OutputTensor {
  const { data, shape } = output;
  if (shape[0] !== pictures || !('subarray' in data)) return output;
  const { length, subarray } = data as Float32Array;
  return { ...firstShape(output), data: subarray.call(data, 0, length / pictures) };
}
