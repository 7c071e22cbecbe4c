// Fuzzes the parsers of messages and of the configuration: node scripts/fuzz.js [--count N] [--seed N]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
console.log(`fuzzing with --count ${values.count} --seed ${values.seed}`);
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'unit',
    'daemon/remote/message-fuzz.test.ts',
    'daemon/car/config-fuzz.test.ts',
  ],
  { stdio: 'inherit', env: { ...process.env, FUZZ_COUNT: values.count, FUZZ_SEED: values.seed } },
);
process.exitCode = status ?? 1;
