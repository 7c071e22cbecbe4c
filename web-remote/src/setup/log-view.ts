import { fitsLogFilter, type LogEntry, type LogFilter, type LogPage } from '../../../daemon/protocol/log-entries.ts';

/** What of the log the page holds: enough to look back, and no more. */
export interface LogView {
  /** Of the car's program; undefined before its first word. */
  readonly run: string | undefined;
  readonly entries: readonly LogEntry[];
  readonly newest: number;
  /** Lines between those shown are missing, or were before them. */
  readonly missed: number;
}

export const emptyLogView: LogView = { run: undefined, entries: [], newest: 0, missed: 0 };

const mostKept = 2000;
const mostShown = 400;

/**
 * A car that has started anew counts from the beginning, and may have said more by now than was seen of its run before: then
 * everything is asked for anew.
 */
export function addLogPage(view: LogView, page: LogPage): LogView {
  if (view.run !== undefined && page.run !== view.run) return emptyLogView;
  return {
    run: page.run,
    entries: [...view.entries, ...page.entries].slice(-mostKept),
    newest: page.newest,
    missed: view.missed + page.missed,
  };
}

/** The newest that fit. */
export function shownEntries(view: LogView, filter: LogFilter): readonly LogEntry[] {
  return view.entries.filter((entry) => fitsLogFilter(entry, filter)).slice(-mostShown);
}

/** Every process that has said something, for the filter. */
export function processesOf(view: LogView): readonly string[] {
  return [...new Set(view.entries.map(({ process }) => process))].sort();
}
