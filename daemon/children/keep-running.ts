import type { Child, ChildExit } from '../platform/child.ts';
import type { Logger } from '../platform/log.ts';

const firstPauseMs = 200;
const longestPauseMs = 5000;
/** A process that ran this long has recovered: its next failure is a first one. */
const recoveredAfterMs = 10_000;
const failuresCountMs = 60_000;

export interface KeptProcess {
  /** Undefined while it is down. */
  readonly child: Child | undefined;
  /** Ends it in order, giving it the grace time, and starts it anew at once. It is no failure. */
  restart(graceMs: number): void;
  /** Ends it for good, giving it the grace time. */
  end(graceMs: number): Promise<void>;
}

/**
 * Starts a process and starts it again when it ends by itself, with a pause that doubles up to five seconds.
 * `onDown` runs whenever it did not end in order (exit code 0, asked for); a restart and `end` wait for it.
 * `onRestart` runs instead when it ended in order to be started anew.
 */
export function keepRunning(options: {
  readonly name: string;
  readonly log: Logger;
  readonly nowMs: () => number;
  start(): Child;
  onDown(exit: ChildExit): Promise<void>;
  onRestart(): void;
  /** One that fails so often within a minute is not started any more; for ever where it is not given. */
  readonly giveUp?: { readonly afterFailures: number; onGivenUp(): void };
}): KeptProcess {
  const { name, log, nowMs } = options;
  let child: Child | undefined;
  let ending = false;
  let restarting = false;
  let pauseMs = firstPauseMs;
  let failuresAtMs: number[] = [];
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
      if (restarting && exit.code === 0) {
        restarting = false;
        options.onRestart();
        launch();
        return;
      }
      const asked = restarting || ending;
      restarting = false;
      if (!asked) log.error({ process: name, ...exit }, 'the process ended by itself');
      // Asked to end while it was still starting, on a busy computer: no failure of anything.
      else if (exit.signal === 'SIGKILL')
        log.info({ process: name }, 'the process was ended: it took long to end by itself');
      else log.error({ process: name, ...exit }, 'the process did not end in order');
      down = options.onDown(exit);
      await down;
      failuresAtMs = failuresAtMs.filter((atMs) => nowMs() - atMs < failuresCountMs);
      // One that was asked to end, and did so badly, did not fail by itself: that is no reason to give it up.
      if (!asked) failuresAtMs.push(nowMs());
      if (!ending && options.giveUp !== undefined && failuresAtMs.length >= options.giveUp.afterFailures) {
        log.fatal({ process: name, failures: failuresAtMs.length }, 'it fails again and again: it stays down');
        options.giveUp.onGivenUp();
        return;
      }
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
    restart(graceMs) {
      // One that is down comes back by itself, with whatever it is started with then.
      if (ending || restarting || child === undefined) return;
      restarting = true;
      void child.end(graceMs);
    },
    async end(graceMs) {
      ending = true;
      clearTimeout(restart);
      await child?.end(graceMs);
      await down;
    },
  };
}
