import { parseLogLine, withoutControls } from '../platform/log-line.ts';
import { fitsLogFilter, type LogEntry, type LogLevel, type LogPage, type LogQuery } from '../protocol/log-entries.ts';

const pinoLevels: readonly { readonly fromLevel: number; readonly level: LogLevel }[] = [
  { fromLevel: 60, level: 'fatal' },
  { fromLevel: 50, level: 'error' },
  { fromLevel: 40, level: 'warning' },
  { fromLevel: 30, level: 'info' },
];
const longestText = 1000;
const usualLimit = 500;

/**
 * The newest lines of the log, for those who look at it from a phone. Bounded twice: by lines and by characters; the
 * oldest go first. Whatever could open the door to somebody is not kept: no pairing code, token, ticket or cookie.
 */
export class LogBook {
  readonly #run: string;
  readonly #maxEntries: number;
  readonly #maxCharacters: number;
  #entries: LogEntry[] = [];
  /** The entries before this one are gone already: dropped in bulk, not one by one. */
  #begin = 0;
  #characters = 0;
  #sequence = 0;

  /** @param run another one with every start of the program. */
  constructor(run: string, limits: { readonly maxEntries: number; readonly maxCharacters: number }) {
    this.#run = run;
    this.#maxEntries = limits.maxEntries;
    this.#maxCharacters = limits.maxCharacters;
  }

  /** One line as the logger wrote it, or anything else that reached the log. @param nowMs wall clock. */
  add(line: string, nowMs: number): void {
    const parsed = parseLogLine(line);
    const level = pinoLevels.find(({ fromLevel }) => (parsed?.level ?? 40) >= fromLevel)?.level ?? 'debug';
    const stack = parsed?.stack.map((frame) => ` ${frame.trim()}`).join('') ?? '';
    const text = hideSecrets(`${parsed?.text ?? withoutControls(line)}${stack}`).slice(0, longestText);
    const at = isoTime(parsed?.timeMs) ?? new Date(nowMs).toISOString();
    this.#entries.push({
      sequence: ++this.#sequence,
      at,
      level,
      process: (parsed?.about ?? parsed?.name ?? 'car').slice(0, 40),
      text,
    });
    this.#characters += text.length;
    while (this.#count > this.#maxEntries || this.#characters > this.#maxCharacters) {
      this.#characters -= this.#entries[this.#begin]?.text.length ?? 0;
      this.#begin++;
    }
    if (this.#begin > this.#maxEntries) {
      this.#entries = this.#entries.slice(this.#begin);
      this.#begin = 0;
    }
  }

  /** What fits, oldest first. */
  read(query: LogQuery): LogPage {
    const { after = 0, limit = usualLimit } = query;
    const oldest = this.#sequence - this.#count + 1;
    const from = Math.max(this.#begin, this.#begin + after + 1 - oldest);
    const fitting = this.#entries.slice(from).filter((entry) => fitsLogFilter(entry, query));
    const entries = fitting.slice(-limit);
    const forgotten = query.after === undefined ? 0 : Math.max(0, oldest - 1 - after);
    return { run: this.#run, entries, newest: this.#sequence, missed: forgotten + fitting.length - entries.length };
  }

  get #count(): number {
    return this.#entries.length - this.#begin;
  }
}

/** Undefined for no time, and for one beyond what a date can be: a child may write anything. */
function isoTime(timeMs: number | undefined): string | undefined {
  const date = new Date(timeMs ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/**
 * What a line may hold that opens the door: by the name before it, or by its looks (a token is 43 characters of base64url,
 * a ticket 32).
 */
export function hideSecrets(text: string): string {
  return text
    .replace(
      /(token|ticket|password|secret|authorization|cookie)(["']?\s*[=:]\s*["']?)(Bearer\s+)?[^\s,;&]+/gi,
      '$1$2…',
    )
    .replace(/\b(code)(["']?\s*[=:]?\s*["']?)\d{3}[ -]?\d{3}\b/gi, '$1$2…')
    .replace(/\bBearer\s+\S+/gi, 'Bearer …')
    .replace(/(?<![\w-])(?:[\w-]{43}|[\w-]{32})(?![\w-])/g, '…');
}
