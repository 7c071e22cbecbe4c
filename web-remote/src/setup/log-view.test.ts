import { expect, test } from 'vitest';
import type { LogEntry } from '../../../daemon/protocol/log-entries.ts';
import { addLogPage, emptyLogView, processesOf, shownEntries } from './log-view.ts';

const run = 'first';
const line = (sequence: number, more: Partial<LogEntry> = {}): LogEntry => ({
  sequence,
  at: '2026-01-01T00:00:00.000Z',
  level: 'info',
  process: 'car',
  text: `line ${sequence}`,
  ...more,
});

test('pages follow one another, and what the car no longer had is counted', () => {
  const first = addLogPage(emptyLogView, { run, entries: [line(1), line(2)], newest: 2, missed: 0 });
  const second = addLogPage(first, { run, entries: [line(9, { process: 'actuation' })], newest: 9, missed: 6 });
  expect(second.entries.map(({ sequence }) => sequence)).toEqual([1, 2, 9]);
  expect(second).toMatchObject({ newest: 9, missed: 6 });
  expect(processesOf(second)).toEqual(['actuation', 'car']);
});

test('a car that started anew begins a new log', () => {
  const before = addLogPage(emptyLogView, { run, entries: [line(500)], newest: 500, missed: 0 });
  // Also when it has said more since than was seen of its run before: what came behind line 500 is not the whole of it.
  for (const newest of [12, 800]) {
    const page = { run: 'second', entries: newest > 500 ? [line(501)] : [], newest, missed: 0 };
    expect(addLogPage(before, page)).toEqual(emptyLogView);
  }
  const whole = { run: 'second', entries: [line(1), line(2)], newest: 2, missed: 0 };
  expect(addLogPage(emptyLogView, whole)).toMatchObject({ run: 'second', entries: [line(1), line(2)] });
});

test('no more is kept than can be looked at', () => {
  const entries = Array.from({ length: 1000 }, (_, index) => line(index + 1));
  let view = emptyLogView;
  for (let round = 0; round < 5; round++) view = addLogPage(view, { run, entries, newest: 1000, missed: 0 });
  expect(view.entries).toHaveLength(2000);
  expect(shownEntries(view, {})).toHaveLength(400);
});

test('what is shown fits the filter: this level and worse, this process, this text', () => {
  const entries = [
    line(1, { level: 'debug' }),
    line(2, { level: 'error', text: 'The Board is lost' }),
    line(3, { level: 'warning', process: 'actuation' }),
  ];
  const view = addLogPage(emptyLogView, { run, entries, newest: 3, missed: 0 });
  const shown = (filter: Parameters<typeof shownEntries>[1]) => shownEntries(view, filter).map((one) => one.sequence);
  expect(shown({ level: 'warning' })).toEqual([2, 3]);
  expect(shown({ process: 'actuation' })).toEqual([3]);
  expect(shown({ process: '', text: 'board' })).toEqual([2]);
});
