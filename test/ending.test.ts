import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { driveByHand } from './harness/drive-by-hand.ts';
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

  test.each<[string, NodeJS.Signals]>([
    ['a hangup', 'SIGHUP'],
    ['Ctrl-C', 'SIGINT'],
  ])('%s', async (_, signal) => {
    const running = await startCar();
    car = running;
    expect(left()).toHaveLength(1);
    running.process.kill(signal);
    expect(await running.exited).toBe(0);
    expect(left()).toEqual([]);
  });

  test('Ctrl-C twice', async () => {
    let code: number | null = 0;
    // Where this process was held up the car had ended before the second one came: that is once, and is tried again.
    for (let tries = 0; tries < 5 && code === 0; tries++) {
      const running = await startCar();
      car = running;
      expect(left()).toHaveLength(1);
      running.process.kill('SIGINT');
      // Two of one kind at once are one to the operating system.
      await new Promise((resolve) => setTimeout(resolve, 20));
      running.process.kill('SIGINT');
      code = await running.exited;
      expect(left()).toEqual([]);
    }
    expect(code).toBe(1);
  });

  test.each<NodeJS.Signals>(['SIGHUP', 'SIGINT', 'SIGTERM'])(
    '%s to all of its processes at once, as a terminal or timeout(1) sends it: nobody is taken for failed',
    async (signal) => {
      const running = await startCar([], {}, { ownGroup: true });
      car = running;
      // One that still loads its network cannot be asked to end, and ends all the same.
      await running.until(
        'the detector to see',
        ({ provider, framesPerSecond }) => provider !== null && framesPerSecond > 0,
      );
      const hand = await driveByHand(running, 'it to drive', ({ states }) => (states.at(-1)?.speedMps ?? 0) > 0.2);
      process.kill(-(running.process.pid ?? Number.NaN), signal);
      expect(await running.exited).toBe(0);
      hand.letGo();
      expect(running.output()).not.toMatch(/ended by itself|not end in order|is silent|not be neutralised/);
      // Neutral first, then no pulses at all.
      expect(running.trace().states.at(-1)?.throttlePulseUs).toBe(0);
      expect(left()).toEqual([]);
    },
  );

  test('SIGINT to all of its processes while they start: it ends in order, without a word', async () => {
    const starting = spawn(
      process.execPath,
      [join(import.meta.dirname, '..', 'scripts', 'jetson-car.js'), 'run', '--port', '0'],
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    let errors = '';
    starting.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const closed = once(starting, 'close');
    try {
      // The simulated car's process is started with this folder, and has not yet said what it does with a signal.
      await vi.waitUntil(() => left().length > 0 || starting.exitCode !== null, { timeout: 60_000, interval: 2 });
      process.kill(-(starting.pid ?? Number.NaN), 'SIGINT');
      expect((await closed)[0], errors).toBe(0);
    } finally {
      starting.kill('SIGKILL');
    }
    expect(errors).not.toMatch(/Error|"level":[56]0|Motor control ended/);
    expect(left()).toEqual([]);
  });

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
