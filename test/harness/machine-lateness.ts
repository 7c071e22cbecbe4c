import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll } from 'vitest';

/** Wakes up every few milliseconds and says when, and how late that was, on the monotonic clock. */
const sleepMs = 5;
const sleeper = `
  const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
  let dueMs = nowMs() + ${sleepMs};
  const wake = () => {
    const atMs = nowMs();
    process.stdout.write(atMs + ' ' + (atMs - dueMs) + '\\n');
    dueMs = atMs + ${sleepMs};
    setTimeout(wake, ${sleepMs});
  };
  setTimeout(wake, ${sleepMs});`;

/**
 * How late this machine lets a process run that has nothing else to do: what a bound in milliseconds, kept by real processes, must be
 * held against on a machine that others use, too. A car's own process that is slow is none of it.
 */
export interface MachineLateness {
  /** The longest of the delays with which the sleeper woke up between two moments of the monotonic clock; the one after them included. */
  worstMs(fromMs: number, untilMs: number): Promise<number>;
  /**
   * What all but a hundredth of the steps of something that is due every `periodMs` would be late by at most, since a moment of the
   * monotonic clock: the sleeper is due more often.
   */
  p99Ms(sinceMs: number, periodMs: number): number;
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
    p99Ms(sinceMs, periodMs) {
      const late = wakings.filter(({ atMs }) => atMs >= sinceMs).map(({ lateMs }) => lateMs);
      const exempt = Math.floor((0.01 * late.length * sleepMs) / periodMs);
      return late.toSorted((a, b) => b - a)[exempt] ?? 0;
    },
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

/** Watched as long as the tests of a file run. */
export function latenessDuringTests(): MachineLateness {
  const lateness = watchLateness();
  afterAll(() => lateness.end());
  return lateness;
}
