import { describe, expect, test } from 'vitest';
import type { BoardReadings } from '../protocol/board.ts';
import { judgeBoard } from './judge-board.ts';
import { nano } from './testing/sound-car.ts';

describe('the computer', () => {
  const verdicts = (board: BoardReadings) =>
    Object.fromEntries(judgeBoard(board).map((finding) => [finding.check, finding]));

  test('is told with its power mode, supply and draw, and its hottest sensor', () => {
    expect(verdicts(nano)).toMatchObject({
      power: { verdict: 'well', text: 'power mode MAXN, supply 5.02 V, draws 4.2 W' },
      temperature: { verdict: 'well', text: 'CPU 48 °C' },
      clocks: { verdict: 'well', text: '1479 of 1479 MHz' },
      memory: { verdict: 'well', text: '1900 of 3964 MB in use' },
    });
  });

  test.each([
    ['power', { supplyV: 4.6 }, 'ill', '5 V 4 A'],
    ['power', { cpuCores: { online: 2, present: 4 } }, 'weak', 'nvpmodel -m 0'],
    ['temperature', { temperatures: [{ name: 'GPU', celsius: 84 }] }, 'weak', 'fan'],
    ['temperature', { temperatures: [{ name: 'GPU', celsius: 93 }] }, 'ill', 'fan'],
    ['clocks', { cpuClockMhz: { current: 614, maximum: 1479 } }, 'weak', 'supply'],
    ['memory', { memoryUsedMb: 3800 }, 'weak', 'desktop'],
  ] as const)('has trouble with its %s: %j', (check, change, verdict, cure) => {
    const finding = verdicts({ ...nano, ...change } as BoardReadings)[check];
    expect(finding).toMatchObject({ check, verdict, cure: expect.stringContaining(cure) });
  });
});
