import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startVitest } from 'vitest/node';
import { testFolder } from '../harness/test-folders.ts';
import { RetriedReporter, readRetried } from './retried.ts';

const folder = testFolder('retried');

test('where nothing was tried again nothing is read', () => {
  expect(readRetried(folder)).toEqual([]);
});

test('a test that passes at its second try is told with why the first one failed; others are not', async () => {
  writeFileSync(
    join(folder, 'some.test.ts'),
    `let tries = 0;
    describe('a pin', () => {
      test('late once', () => { if (++tries === 1) throw new Error('too late'); });
      test('sound', () => {});
    });`,
  );
  const vitest = await startVitest('test', [], {
    ...{ root: folder, config: false, globals: true, watch: false, retry: 1 },
    reporters: [new RetriedReporter(folder)],
  });
  await vitest.close();
  expect(readRetried(folder)).toEqual([
    { suite: 'some.test.ts', name: 'a pin > late once', tries: 2, text: 'too late' },
  ]);
});
