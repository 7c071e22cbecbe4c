// The reliability campaign as a table: fault, expected, measured, bound, verdict; then random faults on simulated time.
//   npm run test:faults -- [--count N] [--seed N] [--simulated] [--short] [--soak HOURS]
// Exit code 0 only when everything held.
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '20261' },
    // Leaves out the faults of real processes, which take their time.
    simulated: { type: 'boolean', default: false },
    // As `npm test` does: each story once, long drives shortened.
    short: { type: 'boolean', default: false },
    // Simulated hours of the soak (F78).
    soak: { type: 'string', default: '1' },
  },
});
process.env.CAMPAIGN = values.short ? 'short' : 'whole';
process.env.CAMPAIGN_SOAK_HOURS = values.soak;
process.env.CAMPAIGN_COUNT = values.count;
process.env.CAMPAIGN_SEED = values.seed;
const files = ['test/campaign.test.ts', ...(values.simulated ? [] : ['test/faults.test.ts'])];
const vitest = await startVitest('test', files, { watch: false, reporters: [['default', { summary: false }]] });
const rows = [];
const notes = [];
const elsewhere = [];
const neutralTimes = [];
for (const module of vitest.state.getTestModules()) {
  for (const testCase of module.children.allTests()) {
    const { row, note, held, neutralTimes: times } = testCase.meta();
    if (row !== undefined) rows.push({ ...row, verdict: testCase.result().state });
    if (note !== undefined) notes.push(note);
    if (times !== undefined) neutralTimes.push(...times);
    if (held !== undefined) elsewhere.push(...held);
  }
}
const number = (id) => Number(/\d+/.exec(id)?.[0] ?? 0);
rows.sort((a, b) => number(a.id) - number(b.id));
const line = (cells) =>
  cells
    .map(([text, width]) => String(text).slice(0, width).padEnd(width))
    .join('  ')
    .trimEnd();
const print = (text) => process.stdout.write(`${text}\n`);
print('');
print(
  line([
    ['fault', 5],
    ['what is done', 72],
    ['expected', 62],
    ['ms', 5],
    ['bound', 5],
    ['verdict', 7],
    ['seen', 100],
  ]),
);
for (const { id, fault, expected, ms, boundMs, verdict, text } of rows) {
  const cells = [
    [id, 5],
    [fault, 72],
    [expected, 62],
    [ms ?? '', 5],
    [boundMs ?? '', 5],
    [verdict, 7],
    [text, 100],
  ];
  print(line(cells));
}
print('\nRandom faults, alone, that must stop the car: the longest time to neutral');
for (const { fault, times, worstMs, withinMs } of neutralTimes)
  print(
    line([
      [fault, 24],
      [`${times} times`, 12],
      [`${worstMs} ms`, 8],
      [`of ${withinMs}`, 8],
    ]),
  );
print('\nElsewhere:');
for (const { id, fault, where } of elsewhere)
  print(
    line([
      [id, 5],
      [fault, 40],
      [where, 100],
    ]),
  );
print(`\n${notes.join('\n')}`);
await vitest.close();
