import { expect, test } from 'vitest';
import type { Telemetry } from '../../../daemon/protocol/telemetry.ts';
import { History, historySeries } from './history.ts';

const telemetry = (atMs: number, more: Partial<Telemetry> = {}): Telemetry => ({
  kind: 'telemetry',
  atMs,
  mode: 'manual',
  obstacles: [],
  vehicle: 'test',
  pilot: 'cones',
  asked: { steering: -1, throttle: 0.5 },
  given: { steering: -0.8, throttle: 0.4 },
  speedMps: 1,
  cameraFramesPerSecond: 20,
  detectorFramesPerSecond: 20,
  controlJitterMs: 0,
  clients: 1,
  ...more,
});

test('keeps the newest, all series of one length, and what is not known is a gap', () => {
  const history = new History(3);
  for (const atMs of [1000, 1100, 1200, 1300]) history.add(telemetry(atMs), undefined);
  history.add(telemetry(1400, { stages: { waitMs: 6, preprocessMs: 1, runMs: 17, decodeMs: 1 } }), 12);
  expect(history.timesS).toEqual([1.2, 1.3, 1.4]);
  for (const name of historySeries) expect(history.values[name], name).toHaveLength(3);
  expect(history.values.runMs).toEqual([null, null, 17]);
  expect(history.values.linkMs).toEqual([null, null, 12]);
  expect(history.values.steeringAsked.at(-1), 'a stick to the right is above the middle').toBe(1);
});

test('a car that was started anew begins a new history', () => {
  const history = new History();
  history.add(telemetry(90_000), undefined);
  history.add(telemetry(100), undefined);
  expect(history.timesS).toEqual([0.1]);
});
