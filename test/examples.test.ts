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
    const { stdout } = await run(program, [join(examples, file), running.url], { timeout: 150_000 });
    expect(stdout).toContain('one lap driven, disarmed');
    expect(await running.health()).toMatchObject({ mode: 'disarmed', laps: 1 });
  };

  test('in Node', () => drivesALap(process.execPath, 'drive-a-lap.mjs'));

  test.skipIf(!pythonWebsocketsIsThere())('in Python', () => drivesALap('python3', 'drive_a_lap.py'));
});
