import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A tensor as a profile has it: its element type, then its sides. */
const profiledTensorSchema = z.record(z.string(), z.array(z.number()));

/** One event of a profile: https://onnxruntime.ai/docs/performance/tune-performance/profiling-tools.html */
const profileSchema = z.array(
  z.object({
    cat: z.string().optional(),
    /** Microseconds. */
    dur: z.number().optional(),
    args: z
      .object({
        provider: z.string().optional(),
        op_name: z.string().optional(),
        input_type_shape: z.array(profiledTensorSchema).optional(),
        output_type_shape: z.array(profiledTensorSchema).optional(),
      })
      .optional(),
  }),
);

/** One execution of one node of the graph. */
export interface ProfiledNode {
  /** Who ran it, such as `CUDAExecutionProvider`. */
  readonly provider: string;
  /** Without its domain, such as `Conv`. */
  readonly operator: string;
  readonly microseconds: number;
  /** Weights are inputs too; those that were left out do not count. */
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputShapes: readonly (readonly number[])[];
}

/**
 * The nodes that ran while a session was profiled, in the order they ended.
 * @throws Error when the file is no profile.
 */
export function readProfile(profileFile: string): readonly ProfiledNode[] {
  const shapesOf = (tensors: readonly Record<string, number[]>[] = []) =>
    tensors.map((tensor) => Object.values(tensor)[0] ?? []);
  return profileSchema.parse(JSON.parse(readFileSync(profileFile, 'utf8'))).flatMap(({ cat, dur = 0, args }) => {
    if (cat !== 'Node' || args?.provider === undefined || args.provider === '') return [];
    return {
      provider: args.provider,
      operator: args.op_name ?? '',
      microseconds: dur,
      inputShapes: shapesOf(args.input_type_shape),
      outputShapes: shapesOf(args.output_type_shape),
    };
  });
}
