import { expect, test } from 'vitest';
import { rates } from '../protocol/rates.ts';
import { lapPace } from './report.ts';

const spread = (p50: number) => ({ p50, p99: p50 });
const stages = {
  ...{ grabMs: spread(0), preprocessMs: spread(1), runMs: spread(4), decodeMs: spread(1) },
  ...{ planMs: spread(0), commandMs: spread(0), jpegMs: spread(9) },
};

test('laps go at the pace of the slower thread', () => {
  const simulator = { renderMs: spread(9), worldMs: spread(0) };
  expect(lapPace({ stages, simulator }, 20)).toEqual({ simulatorMs: 10, networkMs: 5, timesRealTimeAtMost: 5 });
  const quick = { renderMs: spread(1), worldMs: spread(0) };
  expect(lapPace({ stages, simulator: quick }, 20)).toMatchObject({ simulatorMs: 2, timesRealTimeAtMost: 10 });
});

test('what happens more often than pictures counts as often', () => {
  const simulator = { renderMs: spread(9), worldMs: spread(1) };
  expect(lapPace({ stages, simulator }, 20).simulatorMs).toBeCloseTo(10 + 50 / rates.actuationPeriodMs);
});
