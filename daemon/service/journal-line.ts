import { parseLogLine, withoutControls } from '../platform/log-line.ts';

/** Syslog's priorities for pino's levels (sd-daemon(3); RFC 5424, 6.2.1). */
const priorities: readonly { readonly fromLevel: number; readonly priority: number }[] = [
  { fromLevel: 60, priority: 2 },
  { fromLevel: 50, priority: 3 },
  { fromLevel: 40, priority: 4 },
  { fromLevel: 30, priority: 6 },
  { fromLevel: 0, priority: 7 },
];

/**
 * A log line of ours as the journal reads it: a priority in front, the message, what belongs to it as `key=value`; an
 * error's stack in lines of their own, each with the priority. What is no log line of ours comes as a warning. Time and
 * process the journal keeps by itself.
 */
export function journalLines(line: string): string {
  const entry = parseLogLine(line);
  if (entry === undefined) return `<4>${withoutControls(line)}\n`;
  const priority = priorities.find(({ fromLevel }) => entry.level >= fromLevel)?.priority ?? 7;
  return [`${entry.name}: ${entry.text}`, ...entry.stack].map((text) => `<${priority}>${text}\n`).join('');
}
