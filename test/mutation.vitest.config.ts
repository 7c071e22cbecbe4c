import { defineConfig } from 'vitest/config';

/** The tests that hold the last gate, alone: `npm run test:mutation` runs them once for each change it plants. */
export default defineConfig({
  test: {
    setupFiles: ['test/harness/property-seed.ts'],
    include: ['daemon/actuation/gate*.test.ts', 'daemon/actuation/slew.test.ts'],
    env: { PROPERTY_RUNS: '25' },
    testTimeout: 30_000,
  },
});
