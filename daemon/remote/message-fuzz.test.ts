import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientMessageSchema } from '../protocol/remote-messages.ts';
import { parseMessage } from './parse-message.ts';

/** A few in every run; `npm run test:fuzz -- --count 1000000` for many. */
const numRuns = Number(process.env['FUZZ_COUNT'] ?? 3000);
const seed = Number(process.env['FUZZ_SEED'] ?? 1);

const kinds = clientMessageSchema.options.map((option) => option.shape.kind.value);
const names = [
  'kind',
  'sequence',
  'steering',
  'throttle',
  'inputAtMs',
  'sentAtMs',
  'mode',
  'session',
  'to',
  '__proto__',
];

/** Values as they stand in a message's text: JSON, nearly JSON, and what only looks like it. */
const value = fc.oneof(
  fc.constantFrom(...kinds).map((kind) => JSON.stringify(kind)),
  fc.constantFrom(
    'NaN',
    'Infinity',
    '1e999',
    '-1e999',
    '-0',
    '2',
    '-1.0000001',
    '1e-400',
    'null',
    'true',
    '"1"',
    '[]',
    '{}',
  ),
  fc.constantFrom('"\\ud800"', '"\\u0000"', '"manual"', '"auto"', '[[[[', '{"__proto__":1}', '"', ''),
  fc.double().map(String),
  fc.integer().map(String),
  fc.json({ maxDepth: 3 }),
);
const entry = fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 5 })), value);
const nearlyMessage = fc.array(entry, { maxLength: 8 }).map((list) => {
  const text = list.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',');
  return Buffer.from(`{${text}}`, 'utf8');
});
const goodDrive = fc
  .record({
    steering: fc.double({ min: -1, max: 1, noNaN: true }),
    throttle: fc.double({ min: -1, max: 1, noNaN: true }),
  })
  .map((stick) => ({ kind: 'drive', sequence: 1, inputAtMs: 1, sentAtMs: 1, ...stick }));
/** A good message with one byte changed or with its end cut off. */
const broken = fc.tuple(goodDrive, fc.nat(200), fc.nat(255), fc.boolean()).map(([message, at, byte, cut]) => {
  const bytes = Buffer.from(JSON.stringify(message), 'utf8');
  if (cut) return bytes.subarray(0, at % bytes.length);
  bytes[at % bytes.length] = byte;
  return bytes;
});
const frame = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  nearlyMessage,
  broken,
  goodDrive.map((message) => Buffer.from(JSON.stringify(message), 'utf8')),
);

test('whatever comes, it is a message within its bounds or it is refused', { timeout: 3_600_000 }, () => {
  let accepted = 0;
  fc.assert(
    fc.property(frame, fc.boolean(), (bytes, isBinary) => {
      const incoming = parseMessage(bytes, isBinary);
      expect(({} as Record<string, unknown>)['isDriver']).toBeUndefined();
      if (incoming.kind !== 'message') return;
      accepted++;
      const { message } = incoming;
      expect(kinds).toContain(message.kind);
      if (message.kind !== 'drive') return;
      for (const stick of [message.steering, message.throttle]) expect(Math.abs(stick)).toBeLessThanOrEqual(1);
      for (const time of [message.inputAtMs, message.sentAtMs]) expect(Number.isFinite(time)).toBe(true);
      expect(Number.isSafeInteger(message.sequence) && message.sequence >= 0).toBe(true);
    }),
    { numRuns, seed },
  );
  // A fuzzer that never gets past the parser proves nothing.
  expect(accepted).toBeGreaterThan(numRuns / 50);
});
