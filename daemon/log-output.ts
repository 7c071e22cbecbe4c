import type { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export interface LogOutput {
  readonly log: Logger;
  /** Prints a line that a child process logged, JSON or its last words. */
  childLine(name: string, line: string): void;
}

/** The daemon's log on standard error: pretty on a terminal, one JSON object a line elsewhere. */
export function createLogOutput(): LogOutput {
  const output: Writable = process.stderr.isTTY
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
    : process.stderr;
  const log = pino({ name: 'car', level: process.env['JETSON_CAR_LOG_LEVEL'] ?? 'info' }, output);
  return {
    log,
    childLine(name, line) {
      if (line.startsWith('{"level":')) output.write(`${line}\n`);
      else log.warn({ process: name }, line);
    },
  };
}
