import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { readLines } from './line-channel.ts';

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of ours: JSON lines in on its standard input; when that pipe closes, it ends by itself. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles once; never rejects. */
  readonly exited: Promise<ChildExit>;
  kill(signal: NodeJS.Signals): void;
  /** Closes its standard input and waits; SIGKILL after the grace time. */
  end(graceMs: number): Promise<ChildExit>;
}

/**
 * Starts a built module as a Node process. Each line of its standard error goes to `onLogLine`.
 * @throws Error when the operating system gives no process.
 */
export function startChild(options: {
  name: string;
  entry: string;
  args?: readonly string[];
  nodeArgs?: readonly string[];
  onLogLine: (line: string) => void;
}): Child {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(
    process.execPath,
    [...(options.nodeArgs ?? []), options.entry, ...(options.args ?? [])],
    // In a group of its own: Ctrl-C in a terminal is meant for the parent, and would end one that is just starting before it could
    // say what it does then. It ends by the parent's word, or by the closed pipe where the parent is no more.
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  // A child that is gone shows as its exit; a write that came too late is no further news.
  child.stdin.on('error', () => {});
  readLines(child.stderr, options.onLogLine);
  if (child.pid === undefined) throw new Error(`cannot start the ${options.name} process (${options.entry})`);
  const kill = (signal: NodeJS.Signals) => {
    child.kill(signal);
  };
  return {
    name: options.name,
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    exited,
    kill,
    async end(graceMs) {
      child.stdin.end();
      const late = setTimeout(() => kill('SIGKILL'), graceMs);
      const exit = await exited;
      clearTimeout(late);
      return exit;
    },
  };
}
