import { defineConfig } from 'vitest/config';

/** Tests of the whole that start no process. */
const processless = [
  'test/architecture.test.ts',
  'test/campaign.test.ts',
  'test/replay.test.ts',
  'test/noisy-drives.test.ts',
  'test/safety-campaign.test.ts',
];

export default defineConfig({
  test: {
    reporters: ['default', './test/harness/second-tries.ts'],
    coverage: { provider: 'v8', include: ['daemon/**/*.ts'] },
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['test/harness/property-seed.ts'],
          include: [
            'daemon/**/*.test.ts',
            'scripts/packaging/**/*.test.ts',
            'test/virtual-jetson/*.test.ts',
            'test/virtual-jetson/testing/*.test.ts',
            'web-remote/src/**/*.test.ts',
            ...processless,
          ],
          testTimeout: 30_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          // Real processes, browsers and cameras, whose reactions are measured: one file at a time.
          name: 'whole',
          setupFiles: ['test/harness/property-seed.ts'],
          include: ['test/**/*.test.ts', 'web-remote/testing/**/*.test.ts'],
          exclude: [...processless, 'test/virtual-jetson/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          // They measure how soon real processes act, on machines that others use too; who needs it is told at the end.
          retry: process.env['CI'] === 'true' ? 1 : 0,
        },
      },
      {
        // No test: `npm run screenshots` takes the pictures of docs/screens.
        test: {
          name: 'screenshots',
          include: ['web-remote/testing/screenshots.ts'],
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
