import { expect, test } from 'vitest';
import type { InstalledNetwork, NetworkFacts } from '../../../daemon/protocol/settings.ts';
import { en } from '../texts/en.ts';
import { vi } from '../texts/vi.ts';
import { cardRows, MeasuredTimes } from './network-facts.ts';

const network: InstalledNetwork = {
  name: 'a',
  modelFile: 'models/a.onnx',
  bytes: 3_995_534,
  origin: 'own',
  licence: 'MIT',
  card: { source: 'a class of 2026' },
};
const facts: NetworkFacts = {
  name: 'a',
  layout: 'yolov8',
  labels: Array.from({ length: 80 }, (_, index) => `thing ${index}`),
  input: { widthPx: 384, heightPx: 288, channels: 'rgb', type: 'float32' },
  opset: 13,
  irVersion: 7,
  parameters: 981_102,
  producer: 'pytorch',
  sha256: 'ab',
  warnings: [],
};

test('the card says what is known, and what is not yet read', () => {
  const before = Object.fromEntries(cardRows(network, undefined, en.carWords));
  expect(before).toMatchObject({ input: undefined, size: '4.0 MB', source: 'a class of 2026', licence: 'MIT' });
  const after = Object.fromEntries(cardRows(network, facts, en.carWords));
  expect(after).toMatchObject({
    input: '384 × 288, rgb, float32',
    opset: '13 (IR 7)',
    size: '4.0 MB',
    parameters: '0.98 M',
  });
  expect(after['classes']).toMatch(/^80: thing 0, .*thing 11, …$/);
  expect(Object.fromEntries(cardRows({ ...network, card: {} }, facts, en.carWords))['source']).toBe('pytorch');
});

test('the labels are in the words of the language, as the boxes to tick have them; what it does not know stays', () => {
  const cones = { ...network, classes: ['blue cone', 'thing'] };
  expect(Object.fromEntries(cardRows(cones, undefined, vi.carWords))['classes']).toBe('2: cọc xanh, thing');
});

test('a time is that of the network in use, smoothed, and stays known when another one is', () => {
  const times = new MeasuredTimes();
  const stages = { waitMs: 0, preprocessMs: 0, decodeMs: 0 };
  times.see({ model: '/opt/models/a.onnx', stages: { ...stages, runMs: 10 } });
  times.see({ model: '/opt/models/a.onnx', stages: { ...stages, runMs: 30 } });
  times.see({ model: 'b', stages: { ...stages, runMs: 5 } });
  times.see({});
  expect(times.of('a')).toBeCloseTo(11, 9);
  expect(times.of('b')).toBe(5);
  expect(times.of('c')).toBeUndefined();
});
