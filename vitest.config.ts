import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['daemon/**/*.ts'] },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['daemon/**/*.test.ts', 'web-remote/src/**/*.test.ts', 'test/architecture.test.ts'],
          testTimeout: 30_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          // Real processes, browsers and cameras, whose reactions are measured: one file at a time.
          name: 'whole',
          include: ['test/**/*.test.ts', 'web-remote/testing/**/*.test.ts'],
          exclude: ['test/architecture.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
