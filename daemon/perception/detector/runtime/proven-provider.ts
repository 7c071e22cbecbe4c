import type { ProfiledNode } from './profile.ts';

/**
 * Who did the work of the runs that a profile tells of, such as `CUDAExecutionProvider`: the one whose nodes took most
 * of the time. Only a profile tells: a session lists a provider that was given no node, or none that matters.
 * @returns undefined when no node ran.
 */
export function provenProvider(nodes: readonly ProfiledNode[]): string | undefined {
  const total = new Map<string, number>();
  for (const { provider, microseconds } of nodes) total.set(provider, (total.get(provider) ?? 0) + microseconds);
  const [best] = [...total].sort(([, a], [, b]) => b - a);
  return best?.[0];
}
