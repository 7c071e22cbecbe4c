import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** One event of a profile: https://onnxruntime.ai/docs/performance/tune-performance/profiling-tools.html */
const profileSchema = z.array(
  z.object({
    cat: z.string().optional(),
    /** Microseconds. */
    dur: z.number().optional(),
    args: z.object({ provider: z.string().optional() }).optional(),
  }),
);

/**
 * Who did the work of the runs that a profile tells of, such as `CUDAExecutionProvider`: the one whose nodes took most
 * of the time. Only a profile tells: a session lists a provider that was given no node, or none that matters.
 * @returns undefined when no node ran.
 * @throws Error when the file is no profile.
 */
export function provenProvider(profileFile: string): string | undefined {
  const microseconds = new Map<string, number>();
  for (const { cat, dur = 0, args } of profileSchema.parse(JSON.parse(readFileSync(profileFile, 'utf8')))) {
    const provider = args?.provider;
    if (cat !== 'Node' || provider === undefined || provider === '') continue;
    microseconds.set(provider, (microseconds.get(provider) ?? 0) + dur);
  }
  const [best] = [...microseconds].sort(([, a], [, b]) => b - a);
  return best?.[0];
}
