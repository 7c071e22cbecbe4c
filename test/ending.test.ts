import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningCar, startCar } from './harness/running-car.ts';
import { folderForEachTest, testFolder } from './harness/test-folders.ts';

describe('however the car is ended, it leaves no folder behind', { timeout: 120_000 }, () => {
  const before = process.env['TMPDIR'];
  // A short name: sockets lie below it.
  const folder = folderForEachTest(testFolder('jc'));
  let car: RunningCar | undefined;
  beforeEach(() => {
    process.env['TMPDIR'] = folder();
  });
  afterEach(async () => {
    await car?.end();
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  const left = () => readdirSync(folder()).filter((name) => /^jetson-car-(?!test-)/.test(name));

  test.each<[string, NodeJS.Signals[], number]>([
    ['a hangup', ['SIGHUP'], 0],
    ['Ctrl-C', ['SIGINT'], 0],
    ['Ctrl-C twice', ['SIGINT', 'SIGINT'], 1],
  ])('%s', async (_, signals, code) => {
    const running = await startCar();
    car = running;
    expect(left()).toHaveLength(1);
    for (const signal of signals) {
      running.process.kill(signal);
      // Two of one kind at once are one to the operating system.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await running.exited).toBe(code);
    expect(left()).toEqual([]);
  });

  test.each<NodeJS.Signals>(['SIGHUP', 'SIGINT', 'SIGTERM'])(
    '%s to all of its processes at once, as a terminal or timeout(1) sends it: nobody is taken for failed',
    async (signal) => {
      const running = await startCar(['--auto'], {}, { ownGroup: true });
      car = running;
      await running.untilTrace('driving', ({ states }) => states.some(({ speedMps }) => speedMps > 0.2));
      process.kill(-(running.process.pid ?? Number.NaN), signal);
      expect(await running.exited).toBe(0);
      expect(running.output()).not.toMatch(/ended by itself|not end in order|is silent|not be neutralised/);
      // Neutral first, then no pulses at all.
      expect(running.trace().states.at(-1)?.throttlePulseUs).toBe(0);
      expect(left()).toEqual([]);
    },
  );

  test('SIGKILL: what it could not remove, the next start does', async () => {
    const running = await startCar();
    car = running;
    running.process.kill('SIGKILL');
    await running.exited;
    expect(left()).toHaveLength(1);
    car = await startCar();
    expect(left()).toHaveLength(1);
    await car.end();
    expect(left()).toEqual([]);
  });
});
