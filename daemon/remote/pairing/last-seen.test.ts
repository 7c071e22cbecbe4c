import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { folderForEachTest, testFolder } from '../../../test/harness/test-folders.ts';
import { LastSeen } from './last-seen.ts';
import { lastSeenFile } from './last-seen-file.ts';

const log = pino({ level: 'silent' });
const startMs = Date.parse('2026-05-01T10:00:00Z');
const folder = folderForEachTest(testFolder('jetson-car-seen'));

test('is written at once, then every five minutes, and forgets who is no longer paired', () => {
  const saved: object[] = [];
  const seen = new LastSeen({ load: () => ({ gone: '2026-01-01T00:00:00.000Z' }), save: (one) => saved.push(one) });
  seen.saw('a', startMs, ['a']);
  seen.saw('a', startMs + 299_000, ['a']);
  expect(saved).toEqual([{ a: '2026-05-01T10:00:00.000Z' }]);
  seen.saw('a', startMs + 300_000, ['a']);
  // The clock was set back by a day.
  seen.saw('a', startMs - 86_400_000, ['a']);
  expect(saved).toHaveLength(3);
  expect(seen.of('a')).toBe('2026-04-30T10:00:00.000Z');
  expect(seen.of('gone')).toBeUndefined();
});

test('is known again after a restart, in a file for the owner alone', async () => {
  const store = lastSeenFile(folder(), log);
  new LastSeen(store).saw('a', startMs, ['a']);
  const isKnown = () => expect(new LastSeen(lastSeenFile(folder(), log)).of('a')).toBe('2026-05-01T10:00:00.000Z');
  await vi.waitFor(isKnown, 25_000);
  expect(statSync(join(folder(), 'devices-seen.json')).mode & 0o077).toBe(0);
});

test.each(['', '{', '{"version":2}', '{"version":1,"seen":{"a":"yesterday"}}'])(
  'a file of %j counts as none',
  (text) => {
    writeFileSync(join(folder(), 'devices-seen.json'), text);
    expect(new LastSeen(lastSeenFile(folder(), log)).of('a')).toBeUndefined();
  },
);
