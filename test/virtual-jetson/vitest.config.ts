import { basename, join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { guestResults } from './measured.ts';
import { RetriedReporter } from './retried.ts';

/** First the devices, while the service does not hold them; taking the car away comes last. */
const order = [
  ...['bus', 'pins', 'drivers', 'camera', 'detector'],
  ...['hardware', 'fittings', 'doctor', 'service', 'installation'],
];

class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => order.indexOf(basename(moduleId, '.test.ts'));
    return [...files].sort((a, b) => place(a) - place(b));
  }
}

/** Only inside of the virtual Jetson: the suites take its buses, stop its services and take its car away. */
export default defineConfig({
  root: import.meta.dirname,
  cacheDir: '/tmp/vitest',
  test: {
    include: ['suites/**/*.test.ts'],
    setupFiles: ['../harness/property-seed.ts'],
    // An emulated processor is slow, and when it idles its clock follows a host that may be busy. What the campaign measured in
    // either try stands in its table, and the table of tests says which passed only then.
    retry: 1,
    reporters: [
      'verbose',
      ['junit', { outputFile: join(guestResults, 'junit.xml') }],
      new RetriedReporter(guestResults),
    ],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    // One process for all files: to start another takes longer there than the tests do. Not threads: epoll's add-on has its own.
    pool: 'forks',
    isolate: false,
    sequence: { sequencer: InOrder },
  },
});
