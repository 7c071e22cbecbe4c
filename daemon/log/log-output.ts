import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { whyUnwritable } from '../platform/file-trouble.ts';
import { journalLines } from '../service/journal-line.ts';
import { LogBook } from './log-book.ts';

/** About an hour of a car that drives; half a megabyte at most. */
const bookLimits = { maxEntries: 2000, maxCharacters: 250_000 };

export interface LogOutput {
  readonly log: Logger;
  /** The newest lines, for whoever looks from a phone. */
  readonly book: LogBook;
  /** Calls back once when a line could not be written, for another reason than that nobody reads; at once where that was so before. */
  onUnwritable(tell: (text: string) => void): void;
  /** Prints a line that a child process logged, JSON or its last words. */
  childLine(name: string, line: string): void;
}

/**
 * The daemon's log on standard error: pretty on a terminal, lines with priorities for the journal of systemd, one JSON
 * object a line elsewhere. A line that cannot be written, for the disk is full or nobody reads any more, is dropped there
 * and stands in the book: the car drives on.
 */
export function createLogOutput(environment: NodeJS.ProcessEnv = process.env): LogOutput {
  const output = chooseOutput(environment);
  const book = new LogBook(randomUUID(), bookLimits);
  let trouble: string | undefined;
  let onTrouble = (_text: string): void => {};
  process.stderr.on('error', (error) => {
    // A reader that left has what it wanted.
    if (trouble !== undefined || ('code' in error && error.code === 'EPIPE')) return;
    trouble = `the standard error ${whyUnwritable(error)}`;
    book.add(`${trouble}: lines of the log are lost there`, Date.now());
    onTrouble(trouble);
  });
  const both = {
    write(line: string) {
      book.add(line.trimEnd(), Date.now());
      output.write(line);
    },
  };
  const log = pino({ name: 'car', level: environment['JETSON_CAR_LOG_LEVEL'] ?? 'info' }, both);
  return {
    log,
    book,
    onUnwritable(tell) {
      onTrouble = tell;
      if (trouble !== undefined) tell(trouble);
    },
    childLine(name, line) {
      if (line.startsWith('{"level":')) both.write(`${line}\n`);
      else log.warn({ process: name }, line);
    },
  };
}

function chooseOutput(environment: NodeJS.ProcessEnv): Writable {
  if (process.stderr.isTTY) {
    return pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' });
  }
  // systemd sets it where it connects standard output or error to the journal (systemd.exec(5)).
  if (environment['JOURNAL_STREAM'] === undefined) return process.stderr;
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      // What could not be written is told by the standard error itself.
      process.stderr.write(journalLines(line.trimEnd()), () => done());
    },
  });
}
