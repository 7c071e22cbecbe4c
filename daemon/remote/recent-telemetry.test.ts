import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rates } from '../protocol/rates.ts';
import { serverMessageSchema } from '../protocol/remote-messages.ts';
import type { Telemetry } from '../protocol/telemetry.ts';
import { mostHistorySamples } from '../protocol/telemetry-history.ts';
import { RecentTelemetry } from './recent-telemetry.ts';
import { someTelemetry } from './testing/phone.ts';

const at = (atMs: number, more: Partial<Telemetry> = {}): Telemetry => ({ ...someTelemetry, atMs, ...more });

test('a car that has just started has no history to tell', () => {
  const recent = new RecentTelemetry();
  expect(recent.history(0)).toBeUndefined();
  recent.add(at(5000));
  expect(recent.history(5000)).toBeUndefined();
  expect(recent.encoded(5000)).toBeUndefined();
});

test('keeps four samples a second of the last minute, by the car’s clock', () => {
  const recent = new RecentTelemetry();
  for (let atMs = 0; atMs <= 200_000; atMs += rates.telemetryPeriodMs) recent.add(at(atMs));
  const { atMs } = recent.history(200_000) ?? { atMs: [] };
  expect(atMs.at(-1)).toBeGreaterThan(200_000 - rates.historyPeriodMs);
  expect(atMs[0]).toBeGreaterThan(200_000 - rates.historySpanMs);
  expect(atMs[0]).toBeLessThan(200_000 - rates.historySpanMs + 2 * rates.historyPeriodMs);
  // Each third telemetry: the next one would be too soon.
  expect(atMs.length).toBeGreaterThanOrEqual(mostHistorySamples * 0.8);
  const gaps = atMs.slice(1).map((time, i) => time - (atMs[i] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(rates.historyPeriodMs);
});

test('what is older than a minute is not told, also when nothing came since', () => {
  const recent = new RecentTelemetry();
  for (let atMs = 0; atMs < 2000; atMs += 100) recent.add(at(atMs));
  expect(recent.history(2000)?.atMs[0]).toBe(0);
  expect(recent.history(rates.historySpanMs + 1000)?.atMs[0]).toBeGreaterThan(1000);
  expect(recent.history(rates.historySpanMs + 2000)).toBeUndefined();
  expect(recent.encoded(rates.historySpanMs + 2000)).toBeUndefined();
});

test('tells each column by its own measure, a gap as null, and no column of what is not known', () => {
  const recent = new RecentTelemetry();
  const stages = { waitMs: 6.2345, preprocessMs: 1, runMs: 17.85, decodeMs: 0.04 };
  const centreLine = [0.4, 0.8].map((xM) => ({ xM, yM: -0.12345 }));
  const plan = { cones: [], centreLine, speedMps: 1, because: 'curve' };
  recent.add(at(1000.7, { asked: { steering: -0.123456, throttle: 1 / 3 } }));
  recent.add(at(1300.2, { stages, plan }));
  const history = recent.history(1400);
  expect(history).toEqual({
    kind: 'telemetry-history',
    atMs: [1000, 1300],
    waitMs: [null, 6.2],
    preprocessMs: [null, 1],
    runMs: [null, 17.9],
    decodeMs: [null, 0],
    steeringAsked: [-0.12, 0],
    steeringGiven: [0, 0],
    throttleAsked: [0.33, 0],
    throttleGiven: [0, 0],
    crossTrackM: [null, 0.123],
  });
  expect(serverMessageSchema.parse(history)).toEqual(history);
});

test('fits the schema and a weak Wi-Fi, however quickly and whatever is measured', () => {
  const part = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 1000 }), fc.infiniteStream(part), (periodMs, parts) => {
      const next = (): number => parts.next().value ?? 0;
      const ms = (): number => Math.abs(next()) * 300;
      const recent = new RecentTelemetry();
      const firstAtMs = 31_536_000_000;
      const endMs = firstAtMs + 90_000;
      for (let atMs = firstAtMs; atMs <= endMs; atMs += periodMs) {
        recent.add(
          at(atMs, {
            stages: { waitMs: ms(), preprocessMs: ms(), runMs: ms(), decodeMs: ms() },
            frameToCommandMs: ms(),
            asked: { steering: next(), throttle: next() },
            given: { steering: next(), throttle: next() },
            plan: { cones: [], centreLine: [0, 1].map((xM) => ({ xM, yM: next() })), speedMps: 1, because: 'curve' },
          }),
        );
      }
      const { text = '', deflated } = recent.encoded(endMs) ?? {};
      expect(serverMessageSchema.safeParse(JSON.parse(text)).success).toBe(true);
      // Numbers without any rhyme are the most that can be.
      expect(text.length).toBeLessThan(20_000);
      expect(deflated?.().length).toBeLessThan(9000);
    }),
    { numRuns: 20 },
  );
});

test('many who come at once get the same bytes, and the next ones a newer history', () => {
  const recent = new RecentTelemetry();
  for (let atMs = 0; atMs <= 1000; atMs += 100) recent.add(at(atMs));
  const first = recent.encoded(1000);
  recent.add(at(1200));
  expect(recent.encoded(1100)).toBe(first);
  const later = recent.encoded(1000 + rates.historyPeriodMs);
  expect(later).not.toBe(first);
  expect(JSON.parse(inflateSync(later?.deflated() ?? '').toString()).atMs.at(-1)).toBe(1200);
});
