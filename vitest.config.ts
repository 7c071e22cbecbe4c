import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['daemon/**/*.test.ts', 'test/**/*.test.ts', 'web-remote/**/*.test.ts'],
    testTimeout: 20_000,
    // Two cores are what the smallest machine has; tests that start real processes measure reaction times.
    maxWorkers: 2,
    coverage: { provider: 'v8', include: ['daemon/**/*.ts'] },
  },
});
