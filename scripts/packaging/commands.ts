import { spawnSync } from 'node:child_process';
import { UserError } from '../../daemon/platform/user-error.ts';

/**
 * Runs a program to its end, its output to standard error.
 * @throws UserError when it is not there or fails, with `cure`.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly folder?: string; readonly environment?: NodeJS.ProcessEnv; readonly cure?: string } = {},
): void {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: options.folder,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return;
  const why = error !== undefined ? `cannot be started (${error.message})` : `ended with ${signal ?? status}`;
  const cure = options.cure === undefined ? '' : ` ${options.cure}`;
  throw new UserError(`${[program, ...args].join(' ').slice(0, 200)} ${why}.${cure}`);
}
