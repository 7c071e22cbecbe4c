import { describe, expect, test } from 'vitest';
import { simulatedCases } from './campaign/simulated-cases.ts';

describe('the campaign on simulated time', { timeout: 120_000 }, () => {
  test.each(simulatedCases)('$id $fault: $expected', async ({ boundMs, run }) => {
    const measured = await run();
    if (boundMs !== undefined) expect(measured.ms, measured.text).toBeLessThanOrEqual(boundMs);
    expect(measured.holds, measured.text).toBe(true);
  });
});
