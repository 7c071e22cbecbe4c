import type { Child, ChildExit } from './platform/child.ts';
import type { Logger } from './platform/log.ts';

const firstPauseMs = 200;
const longestPauseMs = 5000;
/** A process that ran this long has recovered: its next failure is a first one. */
const recoveredAfterMs = 10_000;

export interface KeptProcess {
  /** Undefined while it is down. */
  readonly child: Child | undefined;
  /** Ends it for good, giving it the grace time. */
  end(graceMs: number): Promise<void>;
}

/**
 * Starts a process and starts it again when it ends by itself, with a pause that doubles up to five seconds.
 * `onDown` runs whenever it did not end in order (exit code 0, asked for); a restart and `end` wait for it.
 */
export function keepRunning(options: {
  readonly name: string;
  readonly log: Logger;
  readonly nowMs: () => number;
  start(): Child;
  onDown(exit: ChildExit): Promise<void>;
}): KeptProcess {
  const { name, log, nowMs } = options;
  let child: Child | undefined;
  let ending = false;
  let pauseMs = firstPauseMs;
  let restart: NodeJS.Timeout | undefined;
  /** What `onDown` has still to do. */
  let down: Promise<void> = Promise.resolve();

  const launch = () => {
    const startedAtMs = nowMs();
    const started = options.start();
    child = started;
    log.debug({ process: name, pid: started.pid }, 'started');
    void started.exited.then(async (exit) => {
      child = undefined;
      if (ending && exit.code === 0) return;
      log.error(
        { process: name, ...exit },
        ending ? 'the process did not end in order' : 'the process ended by itself',
      );
      down = options.onDown(exit);
      await down;
      if (nowMs() - startedAtMs > recoveredAfterMs) pauseMs = firstPauseMs;
      if (!ending) restart = setTimeout(launch, pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    });
  };
  launch();
  return {
    get child() {
      return child;
    },
    async end(graceMs) {
      ending = true;
      clearTimeout(restart);
      await child?.end(graceMs);
      await down;
    },
  };
}
