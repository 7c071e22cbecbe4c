import { expect, test } from 'vitest';
import { throughputOf } from './throughput.ts';

test('each pair of turns is judged for itself: a machine that goes slower and slower changes no ratio', () => {
  const measured = [100, 90, 50, 20, 10].map((bareFps) => ({ bareFps, pipelineFps: 0.96 * bareFps }));
  const { bareFps, pipelineFps, ratio, ratioQuartiles } = throughputOf(measured);
  expect(bareFps).toBe(50);
  expect(pipelineFps).toBeCloseTo(48);
  for (const each of [ratio, ...ratioQuartiles]) expect(each).toBeCloseTo(0.96);
});

test('a turn that something got into the way of is left aside, and seen in how far the pairs are apart', () => {
  const measured = [0.3, 0.9, 0.95, 0.97, 1.0].map((pipelineFps) => ({ bareFps: 1, pipelineFps }));
  const { ratio, ratioQuartiles } = throughputOf(measured);
  expect(ratio).toBe(0.95);
  expect(ratioQuartiles).toEqual([0.9, 0.97]);
  expect(throughputOf(measured.slice(1)).ratio, 'between the middle two').toBeCloseTo(0.96);
});

test('nothing measured is no figure', () => {
  expect(() => throughputOf([])).toThrow(RangeError);
});
