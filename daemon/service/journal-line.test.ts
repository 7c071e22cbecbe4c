import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { journalLines } from './journal-line.ts';

function logged(write: (log: pino.Logger) => void): string {
  let text = '';
  write(pino({ name: 'car', level: 'trace' }, { write: (line: string) => (text += journalLines(line.trimEnd())) }));
  return text;
}

test('each level has its priority', () => {
  expect(logged((log) => log.fatal('gone'))).toBe('<2>car: gone\n');
  expect(logged((log) => log.error('bad'))).toBe('<3>car: bad\n');
  expect(logged((log) => log.warn('odd'))).toBe('<4>car: odd\n');
  expect(logged((log) => log.info('so'))).toBe('<6>car: so\n');
  expect(logged((log) => log.debug('fine'))).toBe('<7>car: fine\n');
  expect(logged((log) => log.trace('finer'))).toBe('<7>car: finer\n');
});

test('what belongs to a message follows it', () => {
  expect(logged((log) => log.warn({ event: 'camera-stalled', ageMs: 320, pids: [1, 2] }, 'no picture'))).toBe(
    '<4>car: no picture event=camera-stalled ageMs=320 pids=[1,2]\n',
  );
});

test('an error says why, and its stack keeps the priority', () => {
  const lines = logged((log) => log.error({ err: new Error('no board') }, 'the wheels')).split('\n');
  expect(lines[0]).toBe('<3>car: the wheels: no board');
  expect(lines[1]).toMatch(/^<3> +at /);
});

test('last words that are no log line come as a warning', () => {
  expect(journalLines('Segmentation fault')).toBe('<4>Segmentation fault\n');
  expect(journalLines('{"level":"high"}')).toBe('<4>{"level":"high"}\n');
});

test('no text begins a line of its own', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, value) => {
      const text = logged((log) => log.info({ value }, message));
      expect(text.endsWith('\n')).toBe(true);
      const line = text.slice(0, -1);
      expect(line).toMatch(/^<6>car: /);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
      expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f]/);
    }),
  );
});
