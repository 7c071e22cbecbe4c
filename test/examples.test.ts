import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { projectFolder } from '../daemon/platform/paths.ts';
import { type RunningCar, startCar } from './harness/running-car.ts';
import { pythonWebsocketsIsThere } from './harness/tools.ts';

const run = promisify(execFile);
const examples = join(projectFolder(), 'docs', 'examples');

describe('the example programs drive a lap of the simulated car', { timeout: 180_000 }, () => {
  let car: RunningCar | undefined;
  afterEach(() => car?.end());

  const drivesALap = async (program: string, file: string) => {
    const running = await startCar();
    car = running;
    // A machine too busy for the car to drive a whole lap on stops it; the program says so, and is started again.
    for (let tries = 0; ; tries++) {
      const lapsBefore = (await running.health()).laps ?? 0;
      const ended = await run(program, [join(examples, file), running.url], { timeout: 150_000 }).catch(
        (error: { stderr: string }) => error,
      );
      if ('stdout' in ended && ended.stdout.includes('one lap driven, disarmed')) {
        expect(await running.health()).toMatchObject({ mode: 'disarmed', laps: lapsBefore + 1 });
        return;
      }
      expect(ended.stderr).toMatch(/the car stopped by itself/);
      expect(tries, ended.stderr).toBeLessThan(5);
    }
  };

  const isToldOfAStop = async (program: string, file: string) => {
    const running = await startCar();
    car = running;
    const ended = run(program, [join(examples, file), running.url], { timeout: 150_000 });
    const told = expect(ended).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^the car stopped by itself: [a-z-]+$/m),
    });
    await running.until('it to drive', ({ mode }) => mode === 'auto');
    process.kill((await running.health()).pids.perception!, 'SIGKILL');
    await told;
  };

  test('in Node; a car that stops by itself ends it', () => isToldOfAStop(process.execPath, 'drive-a-lap.mjs'));

  test.skipIf(!pythonWebsocketsIsThere())('in Python; a car that stops by itself ends it', () =>
    isToldOfAStop('python3', 'drive_a_lap.py'),
  );

  test('in Node', () => drivesALap(process.execPath, 'drive-a-lap.mjs'));

  test.skipIf(!pythonWebsocketsIsThere())('in Python', () => drivesALap('python3', 'drive_a_lap.py'));
});
