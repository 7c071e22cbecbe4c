import { z } from 'zod';
import { parseJson } from './line-channel.ts';

const lineSchema = z.looseObject({
  level: z.number(),
  time: z.number().optional(),
  name: z.string().optional(),
  msg: z.string().optional(),
  err: z.looseObject({ message: z.string().optional(), stack: z.string().optional() }).optional(),
});
/** Said elsewhere in the line, or of no use to a reader. */
const notDetails = new Set(['level', 'name', 'msg', 'err', 'time', 'pid', 'hostname']);

/** A line of a process's log, read for people. */
export interface LogLine {
  /** By pino: 30 is info, 40 a warning. */
  readonly level: number;
  /** Wall clock. */
  readonly timeMs: number | undefined;
  readonly name: string;
  /** The process that it is said of, where that is another one. */
  readonly about: string | undefined;
  /** The message, why, and what belongs to it as ` key=value`. On one line, without control characters. */
  readonly text: string;
  /** Of an error. */
  readonly stack: readonly string[];
}

/** Undefined for what is no line of ours. */
export function parseLogLine(line: string): LogLine | undefined {
  const json = parseJson(line);
  const entry = lineSchema.safeParse(json.ok ? json.value : undefined);
  if (!entry.success) return undefined;
  const { level, time, name = 'car', msg = '', err, ...rest } = entry.data;
  const details = Object.entries(rest)
    .filter(([key]) => !notDetails.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const because = err?.message === undefined || msg === err.message ? '' : `: ${err.message}`;
  const stack = (err?.stack ?? '').split('\n').filter((text) => text.trimStart().startsWith('at '));
  return {
    level,
    timeMs: time,
    name: withoutControls(name),
    about: typeof rest['process'] === 'string' ? withoutControls(rest['process']) : undefined,
    text: withoutControls(`${msg}${because}${details.join('')}`),
    stack: stack.map(withoutControls),
  };
}

/** Control characters as escapes: nobody writes a line of the log but the program. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a log
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
