import { expect, test } from 'vitest';
import type { Telemetry } from '../../../daemon/protocol/telemetry.ts';
import type { TelemetryHistory } from '../../../daemon/protocol/telemetry-history.ts';
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

const recalled = (atMs: number[], more: Partial<TelemetryHistory> = {}): TelemetryHistory => ({
  kind: 'telemetry-history',
  atMs,
  steeringAsked: atMs.map(() => 0.25),
  ...more,
});

test('begins with what the car remembers, signs as everywhere on the plot, and goes on from there', () => {
  const history = new History();
  history.recall(recalled([1000, 1250, 1500], { runMs: [null, 17, 18] }));
  history.add(telemetry(1600), 12);
  expect(history.timesS).toEqual([1, 1.25, 1.5, 1.6]);
  expect(history.values.runMs).toEqual([null, 17, 18, null]);
  expect(history.values.steeringAsked).toEqual([-0.25, -0.25, -0.25, 1]);
  expect(history.values.linkMs).toEqual([null, null, null, 12]);
  for (const name of historySeries) expect(history.values[name], name).toHaveLength(4);
});

test('shows a minute, whatever part of it came by which way', () => {
  const history = new History();
  history.recall(recalled(Array.from({ length: 240 }, (_, i) => i * 250)));
  for (let atMs = 60_000; atMs <= 100_000; atMs += 100) history.add(telemetry(atMs), undefined);
  expect(history.timesS.at(-1)).toBe(100);
  expect(history.timesS[0]).toBe(40.25);
  for (const name of historySeries) expect(history.values[name], name).toHaveLength(history.timesS.length);
});

test('after a lost connection the gap is filled, and what the page saw itself stays', () => {
  const history = new History();
  for (const atMs of [2000, 2100, 2200]) history.add(telemetry(atMs), 12);
  history.recall(recalled([1750, 2000, 2250, 2500]));
  expect(history.timesS).toEqual([1.75, 2, 2.1, 2.2, 2.25, 2.5]);
  expect(history.values.linkMs).toEqual([null, 12, 12, 12, null, null]);
});

test('the history of a car that was started anew is not mixed with that of the one before', () => {
  const history = new History();
  for (const atMs of [90_000, 90_100]) history.add(telemetry(atMs), undefined);
  history.recall(recalled([1000, 1250]));
  expect(history.timesS).toEqual([1, 1.25]);
  history.add(telemetry(1300), undefined);
  expect(history.timesS).toEqual([1, 1.25, 1.3]);
});

test('of times that do not grow nothing is plotted, nor of a history that is empty', () => {
  const history = new History();
  history.recall(recalled([]));
  expect(history.timesS).toEqual([]);
  history.recall(recalled([1000, 900, 1000, 1250]));
  expect(history.timesS).toEqual([1, 1.25]);
  history.recall(recalled([]));
  expect(history.timesS).toEqual([1, 1.25]);
});
