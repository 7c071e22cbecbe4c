import { whyUnwritable } from '../platform/file-trouble.ts';

/** What a shell says of a program that SIGPIPE ended: 128 + 13. */
const endedByPipe = 141;

/**
 * A command whose answer nobody takes any more ends: without a word when its reader has what it wanted (`| head -1`), else
 * with the reason, such as a full disk.
 */
export function endWithoutReader(error: Error): never {
  if ('code' in error && error.code === 'EPIPE') process.exit(endedByPipe);
  process.stderr.write(`jetson-car: the standard output ${whyUnwritable(error)}.\n`);
  process.exit(1);
}

/** The car drives on, whoever reads along: what it writes there is also in its log. */
export function outliveReader(): void {
  process.stdout.off('error', endWithoutReader);
  process.stdout.on('error', () => {});
}
