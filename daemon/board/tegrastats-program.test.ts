import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { startTegrastats } from './tegrastats-program.ts';

const folder = testFolder('jetson-car-tegrastats');

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

it('tells the newest line of the program, and nothing once it has ended', async () => {
  const file = join(folder, 'tegrastats');
  writeFileSync(file, '#!/bin/sh\necho "RAM 1/2MB"\necho "RAM 3/4MB GR3D_FREQ 5%@76"\nexec sleep 30\n');
  chmodSync(file, 0o755);
  const running = startTegrastats(file);
  await until(() => running.newest().gpuLoad !== undefined);
  expect(running.newest()).toEqual({ memoryUsedMb: 3, memoryTotalMb: 4, gpuLoad: 0.05, gpuClockMhz: 76 });
  running.stop();
  await until(() => Object.keys(running.newest()).length === 0);
});

it('tells nothing where there is no such program', () => {
  const none = startTegrastats(join(folder, 'not-there'));
  expect(none.newest()).toEqual({});
  none.stop();
});
