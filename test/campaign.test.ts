import { expect, test } from 'vitest';
import { elsewhere } from './campaign/elsewhere.ts';
import { processFaults } from './campaign/process-faults.ts';
import { randomCampaign } from './campaign/random-campaign.ts';
import { simulatedCases } from './campaign/simulated-cases.ts';
import './campaign/task-meta.ts';

const extent = process.env['CAMPAIGN'] === 'whole' ? 'whole' : 'short';
const count = Number(process.env['CAMPAIGN_COUNT'] ?? 20);
const seed = Number(process.env['CAMPAIGN_SEED'] ?? 20_261);
/** Generous, for a soak of a day: the machine may be busy. */
const longestMs = 6 * 3_600_000;
/** Generous, for one injection: the machine may be busy. */
const msPerInjection = 10_000;

test.for(simulatedCases)('$id $fault: $expected', { timeout: longestMs }, async (each, { task }) => {
  const measured = await each.run(extent);
  const { id, fault, expected, boundMs } = each;
  task.meta.row = { id, fault, expected, text: measured.text, ms: measured.ms, boundMs };
  if (boundMs !== undefined) expect(measured.ms, measured.text).toBeLessThanOrEqual(boundMs);
  expect(measured.holds, measured.text).toBe(true);
});

test(`${count} random faults break no invariant (seed ${seed})`, { timeout: count * msPerInjection }, async ({
  task,
}) => {
  const { violations, undrivable, done, neutral, writes, simulatedS } = await randomCampaign({ count, seed });
  task.meta.note =
    `${count} random faults (seed ${seed}) in ${Math.round(simulatedS)} s of driving, ${writes} writes to the registers: ` +
    `${violations.length} violations of I1 to I5; ${undrivable.length} cars did not get under way again`;
  task.meta.neutralTimes = [...neutral].map(([fault, times]) => ({ fault, ...times }));
  expect(violations).toEqual([]);
  // Safe, but a campaign among cars that stand tries nothing.
  expect(undrivable.length, undrivable[0]).toBeLessThanOrEqual(Math.ceil(count / 100));
  // Nothing was checked if nothing was done.
  expect(done.size).toBeGreaterThan(Math.min(12, count / 3));
  expect(writes).toBeGreaterThan(50 * count);
});

test('no fault of the campaign is forgotten', ({ task }) => {
  task.meta.held = elsewhere;
  const held = new Set([...simulatedCases, ...elsewhere, ...processFaults].map(({ id }) => id.replace(/[a-dn]$/, '')));
  const every = Array.from({ length: 78 }, (_, index) => `F${index + 1}`);
  expect(every.filter((id) => !held.has(id))).toEqual([]);
});
