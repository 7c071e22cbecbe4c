import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import {
  board,
  bounds,
  driveUntilDriven,
  expectNeutral,
  expectNeutralAfter,
  expectStill,
  isDrivenNow,
  losePower,
  pids,
  throttle,
  useInstalledCar,
} from '../testing/driven-car.ts';
import { failBus, hangBus, plugCamera, unplugCamera } from '../testing/hardware.ts';
import { health, until } from '../testing/service.ts';

const camera = '/dev/video0';

const disarmed = () =>
  until('the car to be disarmed', async () => ((await health())?.mode === 'disarmed' ? true : undefined));
const ready = () =>
  until('the car to be ready', async () => {
    const now = await health();
    return now?.ready === true ? now : undefined;
  });

/** Nothing resumes motion by itself, and the same processes go on. */
async function expectWellAndStill(before: Awaited<ReturnType<typeof pids>>): Promise<void> {
  const now = await ready();
  expect(now.mode).toBe('disarmed');
  expect(now.pids).toEqual(before);
  expectStill();
}

describe('hardware that fails under a car at speed', () => {
  useInstalledCar();
  afterEach(() => {
    failBus(0);
    hangBus(false);
    plugCamera();
  });

  test.each([
    ['refuses every transfer', () => failBus(constants.errno.EIO), () => failBus(0)],
    ['is silent', () => hangBus(true), () => hangBus(false)],
  ] as const)('the bus %s: disarmed, and neutral as soon as it answers', async (what, begin, end) => {
    const before = await pids();
    await driveUntilDriven('manual');
    begin();
    await disarmed();
    expect(isDrivenNow(), 'the board keeps its last pulse: no write reached it').toBe(true);
    await expectNeutral({ fault: `the bus ${what}, then answers`, boundMs: bounds.busIsBack, harm: end });
    await expectWellAndStill(before);
  });

  test('the motor board loses its power: disarmed, and set up anew', async () => {
    const before = await pids();
    await driveUntilDriven('manual');
    losePower();
    await disarmed();
    await expectWellAndStill(before);
    const { pulseUs = 0 } = throttle().at(-1) ?? {};
    expect(Math.abs(pulseUs - board.neutralPulseUs), 'neutral in its own period').toBeLessThan(10);
  });

  test('the camera is unplugged while the car drives itself, and plugged in again', async () => {
    const { planning, actuation } = await pids();
    const fault = 'the camera is unplugged in auto';
    await expectNeutralAfter({ fault, boundMs: bounds.blind, harm: unplugCamera }, 'auto');
    await disarmed();
    await until('its device to be gone', () => (existsSync(camera) ? undefined : true));
    plugCamera();
    const back = await until('pictures to come back', async () => {
      const now = await health();
      return now !== undefined && now.framesPerSecond > 0 && now.ready ? now : undefined;
    });
    expect(back.pids).toMatchObject({ planning, actuation });
    expect(back.mode).toBe('disarmed');
    expectStill();
    await until('no ended process to be left over', () =>
      execFileSync('ps', ['-u', 'jetson-car', '-o', 'stat='], { encoding: 'utf8' }).includes('Z') ? undefined : true,
    );
  });
});
