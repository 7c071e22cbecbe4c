import { SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number): void;
  end(): void;
}

/** A bar on standard error; on something that is no terminal a line for every tenth. */
export function createProgress(what: string, total: number): Progress {
  const bar = new SingleBar({
    format: `${what} {bar} {shown} of {total}, {eta_formatted} to go`,
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
    hideCursor: true,
  });
  bar.start(total, 0, { shown: '0' });
  return {
    update: (done) =>
      bar.update(Math.min(done, total), { shown: Number.isInteger(done) ? String(done) : done.toFixed(1) }),
    end: () => bar.stop(),
  };
}
