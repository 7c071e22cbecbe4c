import { execFile } from 'node:child_process';

const usualLimitMs = 3000;
const maxOutputBytes = 256 << 10;

/** Runs a program. Resolves with what it printed; rejects with its words when it is not there or fails. */
export type AskProgram = (program: string, args: readonly string[]) => Promise<string>;

/**
 * What a program prints on its standard output, without a shell. Rejects with its own last words when it is not there, fails,
 * or takes longer than `limitMs`. LC_ALL is C, so that what it prints can be read.
 */
export function askProgram(program: string, args: readonly string[], limitMs = usualLimitMs): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: limitMs, maxBuffer: maxOutputBytes, env: { ...process.env, LC_ALL: 'C' } };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr.trim().split('\n').at(-1) || error.message));
    });
  });
}
