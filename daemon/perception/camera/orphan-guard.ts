import { spawn } from 'node:child_process';

/**
 * Waits for the end of its standard input, which comes when whoever holds the other end is gone, however it went. Then the
 * same ladder as for a program that is ended in order. It looks at no output: a program that writes nothing ends as well.
 */
const script = `
while read -r _; do :; done
for signal in INT TERM KILL; do
  kill -s "$signal" -- "-$1" 2>/dev/null || exit 0
  sleep "$2"
done
`;

export interface OrphanGuard {
  /** The group is gone by itself: the guard goes too. Resolves when it was reaped. */
  dismiss(): Promise<void>;
}

/**
 * Ends a process group when this process dies without having done so itself: by SIGKILL, of which no process hears. A camera
 * left behind would keep the device, and the next one could not open it. (Linux's PR_SET_PDEATHSIG knows only one
 * process, not a shell's pipeline, and is out of Node's reach.)
 */
export function guardAgainstOrphans(options: { processGroup: number; graceMs: number }): OrphanGuard {
  const guard = spawn(
    '/bin/sh',
    ['-c', script, 'orphan-guard', String(options.processGroup), String(options.graceMs / 1000)],
    // A group of its own: what is sent to ours, by a terminal or to the camera, must not reach it.
    { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  );
  const gone = new Promise<void>((resolve) => {
    guard.once('exit', () => resolve());
    guard.once('error', () => resolve());
  });
  guard.stdin.on('error', () => {});
  return {
    dismiss() {
      guard.kill('SIGKILL');
      return gone;
    },
  };
}
