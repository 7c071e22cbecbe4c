import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { hideSecrets, LogBook } from './log-book.ts';

const roomy = { maxEntries: 100, maxCharacters: 100_000 };

function bookOf(write: (log: pino.Logger) => void, limits = roomy): LogBook {
  const book = new LogBook('first', limits);
  write(pino({ name: 'car', level: 'trace' }, { write: (line: string) => book.add(line.trimEnd(), 0) }));
  return book;
}
const texts = (book: LogBook, query: Parameters<LogBook['read']>[0] = {}) =>
  book.read(query).entries.map(({ text }) => text);

test('each line has its level, its process, and what belongs to it', () => {
  const book = bookOf((log) => {
    log.debug('fine');
    log.info({ laps: 2 }, 'round');
    log.warn({ process: 'perception' }, 'last words');
    log.error({ err: new Error('no board') }, 'the wheels');
    log.fatal('gone');
  });
  book.add('{"level":30,"time":1000,"name":"actuation","msg":"armed"}', 0);
  book.add('Segmentation fault', 5);
  expect(book.read({}).entries.map(({ level, process }) => [level, process])).toEqual([
    ['debug', 'car'],
    ['info', 'car'],
    ['warning', 'perception'],
    ['error', 'car'],
    ['fatal', 'car'],
    ['info', 'actuation'],
    ['warning', 'car'],
  ]);
  expect(texts(book)[1]).toBe('round laps=2');
  expect(texts(book)[3]).toMatch(/^the wheels: no board at /);
  expect(book.read({}).entries.at(-2)?.at).toBe('1970-01-01T00:00:01.000Z');
  expect(book.read({}).entries.at(-1)?.at).toBe('1970-01-01T00:00:00.005Z');
});

test('is read on from where one was, and filtered by level, process and text', () => {
  const book = bookOf((log) => {
    for (const n of [1, 2, 3]) log.info(`line ${n}`);
    log.warn({ process: 'actuation' }, 'Board lost');
  });
  expect(texts(book, { after: 2 })).toEqual(['line 3', 'Board lost process=actuation']);
  expect(book.read({ after: 4 })).toEqual({ run: 'first', entries: [], newest: 4, missed: 0 });
  expect(texts(book, { level: 'warning' })).toHaveLength(1);
  expect(texts(book, { process: 'actuation' })).toHaveLength(1);
  expect(texts(book, { text: 'BOARD' })).toHaveLength(1);
  expect(texts(book, { limit: 2, process: 'car' })).toEqual(['line 2', 'line 3']);
  expect(book.read({ limit: 2 }).missed).toBe(2);
});

test('stays within its bounds, whatever is logged, and says how much was missed', () => {
  const limits = { maxEntries: 20, maxCharacters: 3000 };
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 1500 }), { maxLength: 80 }), (lines) => {
      const book = new LogBook('first', limits);
      for (const line of lines) book.add(line, 0);
      const { entries, newest, missed } = book.read({ after: 0, limit: 1000 });
      expect(entries.length).toBeLessThanOrEqual(limits.maxEntries);
      expect(entries.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(limits.maxCharacters);
      expect(entries.length + missed).toBe(lines.length);
      expect(newest).toBe(lines.length);
      expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => missed + 1 + index));
    }),
  );
});

/** Of a token's looks. */
const token = 'q1_w-E3r4T5y6U7i8O9p0A1s2D3f4G5h6J7k8L9z0X1';

test('keeps nothing that opens the door', () => {
  const book = bookOf((log) => {
    log.info({ code: '428193', role: 'driver' }, 'pairing is open: type this code in on the phone');
    log.info({ token, ticket: 'abc' }, 'paired');
    log.info(`GET /video.mjpg?ticket=${token.slice(0, 32)}&size=small`);
    log.info({ headers: { authorization: `Bearer ${token}`, cookie: `jetson-car-8080=${token}` } }, 'asked');
    log.info(`the code 428 193, the token ${token}`);
  });
  const all = texts(book).join('\n');
  for (const secret of ['428193', '428 193', token, token.slice(0, 32), 'abc']) expect(all).not.toContain(secret);
  expect(all).toContain('size=small');
});

test('leaves alone what only looks like it', () => {
  for (const text of [
    'exited code=1 signal=null',
    'code=ENOENT',
    'took 123456 us',
    `sha256 ${'0123456789abcdef'.repeat(4)}`,
    'device=Xy12_-abCDef was paired',
  ]) {
    expect(hideSecrets(text)).toBe(text);
  }
});
