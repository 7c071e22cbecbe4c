import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Wakes up every few milliseconds and says when, and how late that was, on the monotonic clock. */
const sleeper = `
  const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
  let dueMs = nowMs() + 5;
  const wake = () => {
    const atMs = nowMs();
    process.stdout.write(atMs + ' ' + (atMs - dueMs) + '\\n');
    dueMs = atMs + 5;
    setTimeout(wake, 5);
  };
  setTimeout(wake, 5);`;

/**
 * How late this machine lets a process run that has nothing else to do: what a bound in milliseconds, kept by real processes, must be
 * held against on a machine that others use, too. A car's own process that is slow is none of it.
 */
export interface MachineLateness {
  /** The longest of the delays with which the sleeper woke up between two moments of the monotonic clock; the one after them included. */
  worstMs(fromMs: number, untilMs: number): Promise<number>;
  end(): void;
}

export function watchLateness(): MachineLateness {
  const child = spawn(process.execPath, ['-e', sleeper], { stdio: ['ignore', 'pipe', 'ignore'] });
  const wakings: { readonly atMs: number; readonly lateMs: number }[] = [];
  let onWaking: (() => void) | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [atMs = Number.NaN, lateMs = Number.NaN] = line.split(' ').map(Number);
    wakings.push({ atMs, lateMs });
    onWaking?.();
  });
  const end = (): void => {
    child.kill('SIGKILL');
    process.off('exit', end);
  };
  process.on('exit', end);
  return {
    end,
    async worstMs(fromMs, untilMs) {
      // What it slept through is known only when it is awake again.
      while ((wakings.at(-1)?.atMs ?? 0) <= untilMs) {
        await new Promise<void>((resolve) => {
          onWaking = resolve;
        });
      }
      const within = wakings.filter(({ atMs, lateMs }) => atMs >= fromMs && atMs - lateMs <= untilMs);
      return Math.max(0, ...within.map(({ lateMs }) => lateMs));
    },
  };
}
