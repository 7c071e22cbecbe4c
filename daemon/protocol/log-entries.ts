import { z } from 'zod';

/** From talk to trouble. */
export const logLevels = ['debug', 'info', 'warning', 'error', 'fatal'] as const;
const logLevelSchema = z.enum(logLevels);
export type LogLevel = z.infer<typeof logLevelSchema>;

/** One line of the car's log, of whichever of its processes. */
const logEntrySchema = z.object({
  /** Grows by one with every line since the car's program started. */
  sequence: z.int().nonnegative(),
  /** By the car's own clock, which may be wrong where it has no network. */
  at: z.iso.datetime(),
  level: logLevelSchema,
  /** `car`, `actuation`, `perception`, `simulator`. */
  process: z.string(),
  text: z.string(),
});
export type LogEntry = z.infer<typeof logEntrySchema>;

/** What of the log is wanted; everything where nothing is said. */
const logFilterSchema = z.object({
  /** This level and worse ones. */
  level: logLevelSchema.optional(),
  process: z.string().max(40).optional(),
  /** Anywhere in the line, whatever its case. */
  text: z.string().max(200).optional(),
});
export type LogFilter = z.infer<typeof logFilterSchema>;

/** `GET /api/logs`: as it stands in the address. */
export const logQuerySchema = logFilterSchema.extend({
  /** Only what came after the line of this number. */
  after: z.coerce.number().int().nonnegative().optional(),
  /** The newest of them. */
  limit: z.coerce.number().int().min(1).max(1000).optional(),
});
export type LogQuery = z.infer<typeof logQuerySchema>;

export const logPageSchema = z.object({
  /** Another one whenever the car's program was started anew: the numbers begin anew with it. */
  run: z.string(),
  entries: z.array(logEntrySchema),
  /** What `after` has to be to go on from here. */
  newest: z.int().nonnegative(),
  /** So many lines after `after` were too old to be kept, or too many for one answer. */
  missed: z.int().nonnegative(),
});
export type LogPage = z.infer<typeof logPageSchema>;

export function fitsLogFilter(entry: LogEntry, filter: LogFilter): boolean {
  const { level, process, text } = filter;
  if (level !== undefined && logLevels.indexOf(entry.level) < logLevels.indexOf(level)) return false;
  if (process !== undefined && process !== '' && entry.process !== process) return false;
  return text === undefined || entry.text.toLowerCase().includes(text.toLowerCase());
}
