import { z } from 'zod';
import { parseJson } from '../platform/line-channel.ts';

/** Syslog's priorities for pino's levels (sd-daemon(3); RFC 5424, 6.2.1). */
const priorities: readonly { readonly fromLevel: number; readonly priority: number }[] = [
  { fromLevel: 60, priority: 2 },
  { fromLevel: 50, priority: 3 },
  { fromLevel: 40, priority: 4 },
  { fromLevel: 30, priority: 6 },
  { fromLevel: 0, priority: 7 },
];

const entrySchema = z.looseObject({
  level: z.number(),
  name: z.string().optional(),
  msg: z.string().optional(),
  err: z.looseObject({ message: z.string().optional(), stack: z.string().optional() }).optional(),
});
/** The journal keeps time and process by itself. */
const keptByJournal = new Set(['level', 'name', 'msg', 'err', 'time', 'pid', 'hostname']);

/**
 * A log line of ours as the journal reads it: a priority in front, the message, what belongs to it as `key=value`; an
 * error's stack in lines of their own, each with the priority. What is no log line of ours comes as a warning. Control
 * characters are escaped: nobody writes a line of the log but the program.
 */
export function journalLines(line: string): string {
  const json = parseJson(line);
  const entry = entrySchema.safeParse(json.ok ? json.value : undefined);
  if (!entry.success) return `<4>${escaped(line)}\n`;
  const { level, name = 'car', msg = '', err, ...rest } = entry.data;
  const priority = priorities.find(({ fromLevel }) => level >= fromLevel)?.priority ?? 7;
  const details = Object.entries(rest)
    .filter(([key]) => !keptByJournal.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const because = err?.message === undefined || msg === err.message ? '' : `: ${err.message}`;
  const stack = (err?.stack ?? '').split('\n').filter((text) => text.trimStart().startsWith('at '));
  return [`${name}: ${msg}${because}${details.join('')}`, ...stack]
    .map((text) => `<${priority}>${escaped(text)}\n`)
    .join('');
}

function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the journal
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
