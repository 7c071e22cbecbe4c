import { spawn } from 'node:child_process';
import { readLines } from '../../platform/line-channel.ts';
import { withoutPassword } from './camera-source.ts';
import { printable } from './frame-assembler.ts';
import { guardAgainstOrphans } from './orphan-guard.ts';

export type CameraProgramEnd =
  | { readonly kind: 'ended'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  /** The operating system's error code, such as ENOENT. */
  | { readonly kind: 'not-started'; readonly code: string };

export interface CameraProgram {
  /** Settles once the program is gone and reaped; never rejects. */
  readonly gone: Promise<CameraProgramEnd>;
  /** What it last wrote to its standard error, oldest first, safe to show. */
  lastLines(): readonly string[];
  /**
   * SIGINT first (GStreamer then sends EOS down its pipeline, and capture services are left in order), SIGTERM after a
   * grace time, SIGKILL after another. Its output is not read any more.
   */
  end(): void;
}

const keptLines = 8;
const keptLineLength = 300;

/**
 * Starts a camera program in a process group of its own, so that a shell's pipeline ends as a whole. It does not outlive
 * this process, whatever ends that.
 * @param options.command program and arguments, no shell between.
 */
export function startCameraProgram(options: {
  command: readonly string[];
  graceMs: number;
  onData: (chunk: Uint8Array) => void;
  onErrorLine: (line: string) => void;
}): CameraProgram {
  const [program = '', ...args] = options.command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const guard =
    child.pid === undefined ? undefined : guardAgainstOrphans({ processGroup: child.pid, graceMs: options.graceMs });
  const lines: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let ending = false;
  let reaped = false;

  /** To the whole group. A group that is gone already is what is wanted; one of another user is not ours to end. */
  const signal = (name: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    }
  };
  const killAtExit = () => signal('SIGKILL');
  process.once('exit', killAtExit);

  child.stdout.on('data', (chunk: Buffer) => {
    if (!ending) options.onData(chunk);
  });
  readLines(child.stderr, (line) => {
    const text = withoutPassword(printable(Buffer.from(line.slice(0, keptLineLength), 'utf8')));
    lines.push(text);
    if (lines.length > keptLines) lines.shift();
    options.onErrorLine(text);
  });

  const gone = new Promise<CameraProgramEnd>((resolve) => {
    const settle = (end: CameraProgramEnd) => {
      if (reaped) return;
      reaped = true;
      clearTimeout(timer);
      process.off('exit', killAtExit);
      void (guard?.dismiss() ?? Promise.resolve()).then(() => resolve(end));
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) settle({ kind: 'not-started', code: error.code ?? 'unknown' });
    });
    child.once('exit', (code, exitSignal) => {
      // Its last words may still be in the pipe, and its own children may hold that pipe open: they go with it.
      signal('SIGKILL');
      child.once('close', () => settle({ kind: 'ended', code, signal: exitSignal }));
      clearTimeout(timer);
      timer = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, options.graceMs);
    });
  });

  return {
    gone,
    lastLines: () => lines,
    end() {
      if (ending || reaped) return;
      ending = true;
      const ladder: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGKILL'];
      const step = () => {
        const next = ladder.shift();
        if (next === undefined || reaped) return;
        signal(next);
        timer = setTimeout(step, options.graceMs);
      };
      step();
    },
  };
}
