import { signal } from '@preact/signals';
import { beforeEach, expect, test } from 'vitest';
import { serverMessageSchema } from '../../daemon/protocol/remote-messages.ts';
import type { Telemetry } from '../../daemon/protocol/telemetry.ts';
import { CarNews } from './car-news.ts';
import { parseSettings, type Settings } from './settings.ts';

const telemetry: Telemetry = {
  ...{ kind: 'telemetry', atMs: 1, mode: 'disarmed', obstacles: [], vehicle: 'test', pilot: 'cones' },
  ...{ asked: { steering: 0, throttle: 0 }, given: { steering: 0, throttle: 0 }, speedMps: 0 },
  ...{ cameraFramesPerSecond: 20, detectorFramesPerSecond: 20, controlJitterMs: 0, clients: 1 },
};
const welcome = (isDriver: boolean) =>
  ({ kind: 'welcome', protocolVersion: 1, sessionId: 's', role: 'driver', isDriver, othersDrove: false }) as const;

let news: CarNews;
let done: string[];
beforeEach(() => {
  done = [];
  news = new CarNews(signal<Settings>({ ...parseSettings(null), haptics: false }), {
    onDriverChange: () => done.push('driver changed'),
    onOtherDriver: () => done.push('another drives'),
    onStopConfirmed: () => done.push('stop confirmed'),
    onUnprovenArming: () => done.push('disarm'),
  });
});

test('a car that is found in manual is disarmed, once, and may be driven when it was seen at rest', () => {
  news.hear(welcome(true), 0);
  news.hear({ ...telemetry, mode: 'manual' }, 10);
  news.hear({ ...telemetry, mode: 'manual' }, 20);
  expect(done).toEqual(['driver changed', 'disarm']);
  expect(news.mayDrive).toBe(false);
  news.hear(telemetry, 30);
  expect(news.mayDrive).toBe(true);
  news.hear(welcome(false), 40);
  expect(news.mayDrive).toBe(false);
  expect(done.at(-1)).toBe('driver changed');
});

const simulated = { xM: 0, yM: 0, headingRad: 0, speedMps: 0, laps: 0, conesHit: 0, offTrack: false };
test('after a lost connection nothing is known of it but its nature', () => {
  news.hear(welcome(true), 0);
  news.hear({ ...telemetry, simulated }, 10);
  news.hear({ kind: 'asked-to-drive', sessionId: 'other' }, 20);
  news.hear({ kind: 'arming-refused', obstacles: [] }, 20);
  news.forget();
  const { isDriver, telemetry: last, asking, refusal, isSimulated } = news;
  expect([isDriver.value, last.value, asking.value, refusal.value]).toEqual([false, undefined, undefined, undefined]);
  expect(news.mayDrive).toBe(false);
  expect(isSimulated.value).toBe(true);
});

test('that it was armed is no news of a car that is not there any more; why it stopped still is', () => {
  news.hear({ kind: 'event', event: { code: 'battery-low', atMs: 0 } }, 0);
  news.hear({ kind: 'event', event: { code: 'armed', atMs: 0 } }, 0);
  news.forget();
  expect(news.alerts.value.map(({ code }) => code)).toEqual(['battery-low']);
});

test('a refusal and a question go by themselves, the refusal also when the car is armed after all', () => {
  news.hear({ kind: 'arming-refused', obstacles: [] }, 0);
  news.hear({ kind: 'asked-to-drive', sessionId: 'other' }, 0);
  news.expire(7999);
  expect(news.refusal.value).toBeDefined();
  news.expire(8000);
  expect(news.refusal.value).toBeUndefined();
  expect(news.asking.value).toMatchObject({ sessionId: 'other' });
  news.expire(15_000);
  expect(news.asking.value).toBeUndefined();
  news.hear({ kind: 'arming-refused', obstacles: [] }, 20_000);
  news.hear({ ...telemetry, mode: 'auto' }, 20_100);
  expect(news.refusal.value).toBeUndefined();
});

test.each([
  ['that a car of before sends, without a code', {}],
  ['of a code that is newer than this page', { code: 'not-yet-known' }],
])('a refusal %s is told in the car’s own words', (_what, code) => {
  const sent = { kind: 'refused', request: 'arm', text: 'The car sleeps', ...code };
  news.hear(serverMessageSchema.parse(sent), 0);
  expect(news.alerts.value.map(({ text }) => text)).toEqual(['The car sleeps']);
});

test('why it stopped last is told once, however often the car repeats it', () => {
  const lastStop = { code: 'camera-stalled', atMs: 5 } as const;
  for (let atMs = 0; atMs < 1000; atMs += 50) news.hear({ ...telemetry, lastStop }, atMs);
  expect(news.alerts.value.map(({ code }) => code)).toEqual(['camera-stalled']);
  news.expire(1_000_000);
  news.hear({ ...telemetry, lastStop }, 1_000_001);
  expect(news.alerts.value).toEqual([]);
});

test('why it stands is there until it drives again, or somebody has seen it', () => {
  const lastStop = { code: 'track-lost', atMs: 5 } as const;
  news.hear({ ...telemetry, lastStop }, 0);
  news.expire(1_000_000);
  news.hear({ ...telemetry, lastStop }, 1_000_001);
  expect(news.alerts.value).toEqual([]);
  expect(news.whyStopped.value).toEqual(lastStop);
  news.hear({ ...telemetry, mode: 'manual' }, 1_000_002);
  expect(news.whyStopped.value).toBeUndefined();
  news.hear({ ...telemetry, lastStop: { ...lastStop, atMs: 9 } }, 1_000_003);
  expect(news.whyStopped.value).toEqual({ ...lastStop, atMs: 9 });
  news.dismiss(news.alerts.value[0]?.id ?? 0);
  news.hear({ ...telemetry, lastStop: { ...lastStop, atMs: 9 } }, 1_000_004);
  expect(news.whyStopped.value).toBeUndefined();
  expect(news.alerts.value).toEqual([]);
});

test('a page that comes back long after another phone drove and was lost gives no reason of an earlier stop', () => {
  news.hear({ ...telemetry, lastStop: { code: 'track-lost', atMs: 5 } }, 0);
  news.forget();
  const lost = { code: 'remote-lost', atMs: 60_000 } as const;
  news.hear({ ...telemetry, atMs: 100_000, lastStop: lost }, 100_000);
  expect(news.whyStopped.value).toBeUndefined();
  expect(news.alerts.value.map(({ code }) => code)).toEqual(['track-lost']);
});

test('that the wheel was lost makes nobody else the driver', () => {
  news.hear(welcome(true), 0);
  news.hear({ ...telemetry, driver: 's' }, 1);
  news.hear(welcome(false), 2);
  news.hear({ ...telemetry, driver: 's' }, 3);
  news.hear(telemetry, 4);
  expect(done).not.toContain('another drives');
  news.hear({ ...telemetry, driver: 'other' }, 5);
  expect(done).toContain('another drives');
});

test('that somebody else drove while this page was away is heard when it comes back', () => {
  news.hear(welcome(true), 0);
  news.forget();
  news.hear(welcome(true), 1);
  expect(done).not.toContain('another drives');
  news.forget();
  news.hear({ ...welcome(true), othersDrove: true }, 2);
  expect(done).toContain('another drives');
});

test('another phone drives: said to all pages but the one that does', () => {
  const event = { kind: 'event', event: { code: 'driver-changed', atMs: 1 } } as const;
  news.hear(welcome(false), 0);
  news.hear(event, 1);
  expect(news.alerts.value[0]?.text).toBe('Another phone drives now');
  news.hear(welcome(true), 2);
  news.hear(event, 3);
  expect(news.alerts.value[0]?.text).toBe('This phone drives now');
  news.hear({ ...telemetry, lastStop: event.event }, 4);
  expect(news.alerts.value.map(({ text }) => text)).toEqual(['This phone drives now', 'Another phone drives now']);
});

test('a stop is confirmed by the mode alone', () => {
  news.hear(telemetry, 0);
  expect(done).toEqual([]);
  news.hear({ ...telemetry, mode: 'estop' }, 50);
  expect(done).toEqual(['stop confirmed']);
});

test('a late signal over a quick link is not blamed on the distance', () => {
  const late = { kind: 'event', event: { code: 'driver-late', atMs: 0 } } as const;
  news.hear(late, 0);
  const far = news.alerts.value.at(-1)?.cure;
  news.expire(1_000_000);
  news.hear({ kind: 'pong', sentAtMs: 1_000_000, atMs: 5 }, 1_000_010);
  news.hear(late, 1_000_020);
  expect(news.alerts.value.at(-1)?.cure).not.toBe(far);
});

test('that no phone was there is told to one that comes soon, and is over for one that comes later', () => {
  const lastStop = { code: 'remote-lost', atMs: 1000 } as const;
  news.hear({ ...telemetry, atMs: 51_000, lastStop }, 0);
  expect(news.alerts.value).toEqual([]);
  news.hear({ ...telemetry, atMs: 61_000, lastStop: { ...lastStop, atMs: 60_000 } }, 1);
  expect(news.alerts.value.map(({ code }) => code)).toEqual(['remote-lost']);
});

test('a stop of long ago is no news to a page that comes later, and still why the car stands', () => {
  const lastStop = { code: 'left-track', atMs: 2000 } as const;
  news.hear({ ...telemetry, atMs: 91_000, lastStop }, 0);
  expect(news.alerts.value).toEqual([]);
  expect(news.whyStopped.value).toEqual(lastStop);
  const soon = { ...lastStop, atMs: 92_000 };
  news.hear({ ...telemetry, atMs: 121_999, lastStop: soon }, 1);
  expect(news.alerts.value.map(({ code }) => code)).toEqual(['left-track']);
  expect(news.whyStopped.value).toEqual(soon);
});

test('what the car remembers stands in the history before its first telemetry; of an older car there is none', () => {
  news.hear(welcome(true), 0);
  news.hear({ kind: 'telemetry-history', atMs: [100, 350], throttleGiven: [0.5, 0.25] }, 5);
  news.hear({ ...telemetry, atMs: 400 }, 10);
  expect(news.history.timesS).toEqual([0.1, 0.35, 0.4]);
  expect(news.history.values.throttleGiven).toEqual([0.5, 0.25, 0]);
  expect(news.telemetry.value?.atMs).toBe(400);
});
