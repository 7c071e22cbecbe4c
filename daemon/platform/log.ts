import { type Logger, pino } from 'pino';

export type { Logger };

/**
 * A process's own logger: one JSON object a line on standard error. The daemon collects its children's lines and
 * prints them with its own, so that a child's last words are kept. A closed standard error must never end a process
 * that holds the wheels, so write errors are swallowed here.
 */
export function createLogger(name: string): Logger {
  process.stderr.on('error', () => {});
  return pino({ name, level: process.env['JETSON_CAR_LOG_LEVEL'] ?? 'info' }, process.stderr);
}
