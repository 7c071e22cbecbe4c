import { fitsLogFilter, type LogEntry, type LogFilter, type LogPage } from '../../../daemon/protocol/log-entries.ts';

/** What of the log the page holds: enough to look back, and no more. */
export interface LogView {
  readonly entries: readonly LogEntry[];
  readonly newest: number;
  /** Lines between those shown are missing, or were before them. */
  readonly missed: number;
}

export const emptyLogView: LogView = { entries: [], newest: 0, missed: 0 };

const mostKept = 2000;
const mostShown = 400;

/** A car that has started anew counts from the beginning: then everything before is gone. */
export function addLogPage(view: LogView, page: LogPage): LogView {
  if (page.newest < view.newest) return emptyLogView;
  return {
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
