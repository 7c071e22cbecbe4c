import { SingleBar } from 'cli-progress';
import { monotonicNowMs } from '../platform/clock.ts';

export interface Progress {
  update(done: number): void;
  /** Says, in the place of how long it will take, why nothing moves; until the next `update`. */
  say(text: string): void;
  end(): void;
}

const endings = ['SIGINT', 'SIGTERM'] as const;

/** A bar on standard error; on something that is no terminal a line for every tenth. Ctrl-C gives the cursor back. */
export function createProgress(what: string, total: number): Progress {
  const bar = new SingleBar({
    format: `${what} {bar} {shown} of {total}, {left}`,
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
    hideCursor: true,
  });
  const startedAtMs = monotonicNowMs();
  const end = (): void => {
    bar.stop();
    for (const signal of endings) process.removeListener(signal, interrupt);
  };
  const interrupt = (signal: NodeJS.Signals): void => {
    end();
    // As if nobody had listened, unless somebody else does and knows what to do.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  for (const signal of endings) process.on(signal, interrupt);
  bar.start(total, 0, { shown: '0', left: leftText(0, total, 0) });
  return {
    update(done) {
      const shown = Number.isInteger(done) ? String(done) : done.toFixed(1);
      bar.update(Math.min(done, total), { shown, left: leftText(done, total, monotonicNowMs() - startedAtMs) });
    },
    say(text) {
      bar.update({ left: text });
    },
    end,
  };
}

/** Of so small a part no pace can be told. */
const leastShare = 0.005;

/** How long it will take at the pace so far, with the words for it. */
export function leftText(done: number, total: number, passedMs: number): string {
  if (done <= 0 || done < leastShare * total) return '... to go';
  const leftS = Math.round((passedMs / 1000) * Math.max(0, total / done - 1));
  return leftS < 100 ? `${leftS} s to go` : `${Math.round(leftS / 60)} min to go`;
}
